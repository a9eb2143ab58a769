"""The five conditions of the plans, each broken; what they hold, and what they cost the fields of an instance."""

import datetime as dt
import gc
import weakref
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from unittest import mock

import pytest
from django.test import override_settings
from django.utils import timezone
from rest_framework import fields as drf
from rest_framework import serializers as drf_serializers
from rest_framework.renderers import JSONRenderer
from serializers_testapp.models import Author, Book

from restflow.serializers import ListSerializer, ModelSerializer, Serializer
from restflow.serializers._own_fields import planned_blueprint
from restflow.serializers._rendering import renderer_of


class BookSerializer(ModelSerializer):
    class Meta:
        model = Book
        fields = ["id", "title", "pages", "price"]


class TitleSerializer(ModelSerializer):
    class Meta:
        model = Book
        fields = ["title"]


def book() -> Book:
    return Book(id=1, title="t", pages=2, price="1.5")


RENDERED = {"id": 1, "title": "t", "pages": 2, "price": "1.50"}


def test_a_plan_is_used_and_makes_no_fields() -> None:
    serializer = BookSerializer(book())
    assert renderer_of(serializer) is not None
    assert serializer.data == RENDERED
    assert "_bound_fields" not in vars(serializer)


class TestFirstCondition:
    """The class inherits the methods that the plan replaces."""

    @pytest.mark.parametrize(
        "name", ["get_fields", "fields", "_readable_fields", "build_standard_field", "get_field_names"]
    )
    def test_an_override_is_called(self, name: str) -> None:
        called = mock.Mock()
        original: Any = getattr(ModelSerializer, name)

        def override(self: Any, *arguments: Any, **keywords: Any) -> Any:
            called()
            inner = original.__get__(self) if isinstance(original, property) else original
            return inner if isinstance(original, property) else inner(self, *arguments, **keywords)

        member: Any = property(override) if isinstance(original, property) else override
        cls: Any = type("Some", (BookSerializer,), {name: member, "__module__": __name__})
        assert cls(book()).data == RENDERED
        assert called.called

    def test_an_overridden_to_representation_is_called_at_every_depth(self) -> None:
        class Loud(BookSerializer):
            def to_representation(self, instance: Any) -> Any:
                return {**super().to_representation(instance), "loud": True}

        class Shelf(Serializer):
            one = Loud()
            many = Loud(many=True)

        loud = {**RENDERED, "loud": True}
        assert Loud([book()], many=True).data == [loud]
        assert Shelf({"one": book(), "many": [book()]}).data == {"one": loud, "many": [loud]}

    def test_a_patch_takes_effect(self) -> None:
        def only_one(self: Any) -> Any:
            return {"only": drf.ReadOnlyField(default=1)}

        assert BookSerializer(book()).data == RENDERED
        with mock.patch.object(BookSerializer, "get_fields", only_one):
            assert BookSerializer(book()).data == {"only": 1}
        assert BookSerializer(book()).data == RENDERED


class TestSecondCondition:
    """The fields of the instance have not been in anyone's hands."""

    def test_popping_adding_and_editing_take_effect(self) -> None:
        serializer = BookSerializer(book())
        serializer.fields.pop("id")
        serializer.fields["extra"] = drf.ReadOnlyField(default="x")
        serializer.fields["title"].source = "pages"
        serializer.fields["title"].source_attrs = ["pages"]
        assert serializer.data == {"title": "2", "pages": 2, "price": "1.50", "extra": "x"}
        assert BookSerializer(book()).data == RENDERED

    def test_dynamic_fields_in_the_constructor(self) -> None:
        class Dynamic(BookSerializer):
            def __init__(self, *args: Any, only: Any = (), **kwargs: Any) -> None:
                super().__init__(*args, **kwargs)
                for name in set(self.fields) - set(only):
                    self.fields.pop(name)

        class Shelf(Serializer):
            one = Dynamic(only=["id"])

        assert Dynamic(book(), only=["title"]).data == {"title": "t"}
        assert Dynamic([book()], many=True, only=["title"]).data == [{"title": "t"}]
        assert Shelf({"one": book()}).data == {"one": {"id": 1}}

    def test_fields_of_a_child_count_too(self) -> None:
        serializer: Any = BookSerializer([book()], many=True)
        serializer.child.fields.pop("price")
        assert serializer.data == [{"id": 1, "title": "t", "pages": 2}]

    def test_validation_sees_edited_fields(self) -> None:
        serializer = BookSerializer(data={})
        for field in serializer._writable_fields:
            field.required = False
        assert serializer.is_valid()

    @pytest.mark.django_db
    def test_the_library_only_looks(self) -> None:
        serializer = BookSerializer(data={"title": "t", "pages": 1})
        serializer.is_valid(raise_exception=True)
        assert planned_blueprint(serializer) is not None
        assert list(serializer.fields)
        assert planned_blueprint(serializer) is None


def test_third_condition_a_field_of_the_project_is_called_with_its_serializer() -> None:
    class Greeting(drf.CharField):
        def get_attribute(self, instance: Any) -> Any:
            return self.parent.context["word"]

        def to_representation(self, value: Any) -> str:
            return f"{value} {self.field_name}"

    class Some(Serializer):
        hello = Greeting()
        late = drf.DateTimeField(format="%Y")

    for word in ("a", "b"):
        output = Some([{"late": None}] * 2, many=True, context={"word": word}).data
        assert output == [{"hello": f"{word} hello", "late": None}] * 2


class TestFourthCondition:
    """`_declared_fields` and `Meta` are what the plan was made from."""

    def test_declared_fields_may_change(self) -> None:
        class Some(Serializer):
            a = drf.CharField()

        assert Some({"a": 1, "b": 2}).data == {"a": "1"}
        Some._declared_fields["b"] = drf.IntegerField()
        assert Some({"a": 1, "b": 2}).data == {"a": "1", "b": 2}
        assert not Some(data={"a": "x"}).is_valid()
        del Some._declared_fields["b"]
        assert Some(data={"a": "x"}).is_valid()

    @pytest.mark.parametrize(
        ("change", "expected"),
        [
            (lambda meta: meta.fields.append("isbn"), {**RENDERED, "isbn": ""}),
            (lambda meta: setattr(meta, "fields", ["id"]), {"id": 1}),
            (lambda meta: setattr(meta, "extra_kwargs", {"id": {"source": "pages"}}), {**RENDERED, "id": 2}),
        ],
    )
    def test_options_may_change(self, change: Any, expected: Any) -> None:
        meta = type("Meta", (), {"model": Book, "fields": ["id", "title", "pages", "price"]})
        cls: Any = type("Some", (ModelSerializer,), {"Meta": meta, "__module__": __name__})
        assert cls(book()).data == RENDERED
        change(cls.Meta)
        assert cls(book()).data == expected


def test_nothing_of_a_request_is_kept() -> None:
    class Request:
        pass

    class Some(Serializer):
        name = drf.CharField()
        own = drf_serializers.SerializerMethodField()

        def get_own(self, instance: Any) -> Any:
            return self.context["request"] is not None

    request = Request()
    gone = weakref.ref(request)
    context = {"request": request}
    assert Some([{"name": "x"}], many=True, context=context).data[0]["own"] is True
    assert Some(data={"name": "x"}, context=context).is_valid()
    del request, context
    gc.collect()
    assert gone() is None


def test_many_threads_may_make_one_plan() -> None:
    class Some(ModelSerializer):
        class Meta:
            model = Book
            fields = ["id", "title", "pages", "price"]

    with ThreadPoolExecutor(8) as pool:
        outputs = list(pool.map(lambda _number: Some([book()] * 3, many=True).data, range(32)))
    assert all(output == [RENDERED] * 3 for output in outputs)


def test_instances_do_not_share_what_may_be_changed() -> None:
    class Some(Serializer):
        items = drf.ListField(default=[])
        pick = drf.ChoiceField(choices=["a"], error_messages={"required": "x"})

    first, second = Some(), Some()
    first.fields["items"].validators.append(print)
    first.fields["items"].default.append(1)
    first.fields["pick"].choices = ["z"]
    first.fields["pick"].error_messages["required"] = "changed"
    assert second.fields["items"].validators == []
    assert second.fields["items"].default == []
    assert list(second.fields["pick"].choices) == ["a"]  # type: ignore[attr-defined]
    assert second.fields["pick"].error_messages["required"] == "x"


@pytest.mark.django_db
def test_rows_that_one_instance_has_read_are_not_those_of_the_next() -> None:
    class Some(Serializer):
        author = drf_serializers.PrimaryKeyRelatedField(queryset=Author.objects.all())

    assert list(Some().fields["author"].queryset) == []  # type: ignore[attr-defined]
    author = Author.objects.create(name="x")
    assert list(Some().fields["author"].queryset) == [author]  # type: ignore[attr-defined]


def test_the_zone_of_the_output_is_the_one_that_is_active() -> None:
    class Some(Serializer):
        at = drf.DateTimeField()

    moment = {"at": dt.datetime(2024, 1, 2, 3, 4, 5, tzinfo=dt.UTC)}

    def texts() -> tuple[Any, Any]:
        data: Any = Some(data={"at": "2024-01-02T03:04:05Z"})
        assert data.is_valid()
        return Some(moment).data["at"], data.validated_data["at"].isoformat()

    assert texts() == ("2024-01-02T03:04:05Z", "2024-01-02T03:04:05+00:00")
    with timezone.override("Asia/Dhaka"):
        assert texts() == ("2024-01-02T09:04:05+06:00", "2024-01-02T09:04:05+06:00")
    with override_settings(TIME_ZONE="America/Chicago"):
        assert texts() == ("2024-01-01T21:04:05-06:00", "2024-01-01T21:04:05-06:00")
    assert texts() == ("2024-01-02T03:04:05Z", "2024-01-02T03:04:05+00:00")


class TestJson:
    @pytest.mark.parametrize("zone", ["America/Chicago", "Africa/Monrovia", "Europe/London", "Asia/Kathmandu"])
    def test_moments_of_a_zone_are_written_as_drf_writes_them(self, zone: str) -> None:
        pytest.importorskip("orjson")

        class Some(Serializer):
            at = drf.DateTimeField()

        rows = [{"at": dt.datetime(year, 7, 2, 3, 4, 5, year, tzinfo=dt.UTC)} for year in (1, 1850, 1960, 1973, 2024)]
        with timezone.override(zone):
            expected = Some(rows, many=True).data
            serializer: Any = Some(rows, many=True)
            assert serializer.render_json() == JSONRenderer().render(expected)
            assert serializer.data == expected

    def test_none_where_the_renderer_must_decide(self) -> None:
        pytest.importorskip("orjson")

        class Open(Serializer):
            x = drf.ReadOnlyField()
            real = drf.FloatField(default=1.0)

        for value in (float("nan"), 1e16, 2**64, "\ud800", {1: 2}, object()):
            serializer = Open({"x": value})
            assert serializer.render_json() is None
            assert serializer.data["x"] is value
        assert Open({"x": 1, "real": 1e-7}).render_json() is None
        assert Open({"x": "é\u2028"}).render_json() == '{"x":"é\\u2028","real":1.0}'.encode()
        assert Open().render_json() is None

    def test_none_without_orjson(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("restflow.serializers._json.orjson", None)
        serializer = BookSerializer(book())
        assert serializer.render_json() is None
        assert serializer.data == RENDERED

    @pytest.mark.parametrize("setting", ["UNICODE_JSON", "COMPACT_JSON", "STRICT_JSON"])
    def test_none_where_a_setting_of_json_is_changed(self, setting: str) -> None:
        pytest.importorskip("orjson")
        serializer = BookSerializer(book())
        with override_settings(REST_FRAMEWORK={setting: False}):
            assert serializer.render_json() is None
        assert serializer.render_json() == JSONRenderer().render(RENDERED)

    def test_none_where_there_are_errors_or_a_hook_awaits(self) -> None:
        pytest.importorskip("orjson")

        class Awaited(BookSerializer):
            later = drf_serializers.SerializerMethodField()

            class Meta(BookSerializer.Meta):
                fields = ["id", "later"]

            async def get_later(self, instance: Any) -> int:
                return 1

        class Outer(Serializer):
            one = Awaited()

        assert Awaited(book()).render_json() is None
        assert Awaited([book()], many=True).render_json() is None
        assert Outer({"one": book()}).render_json() is None
        refused = TitleSerializer(book(), data={"title": ""})
        assert not refused.is_valid()
        assert refused.render_json() is None

    def test_none_where_the_fields_were_in_hand_and_then_data_as_ever(self) -> None:
        pytest.importorskip("orjson")
        serializer = BookSerializer(book())
        serializer.fields.pop("price")
        assert serializer.render_json() is None
        assert serializer.data == {"id": 1, "title": "t", "pages": 2}

    def test_hooks_run_once(self) -> None:
        pytest.importorskip("orjson")
        calls: list[Any] = []

        class Some(Serializer):
            own = drf_serializers.SerializerMethodField()

            def get_own(self, instance: Any) -> Any:
                calls.append(instance)
                return {"when": [1]}

        serializer: Any = Some([{}, {}], many=True)
        assert isinstance(serializer, ListSerializer)
        assert serializer.render_json() == b'[{"own":{"when":[1]}},{"own":{"when":[1]}}]'
        assert serializer.data == [{"own": {"when": [1]}}] * 2
        assert len(calls) == 2

    def test_none_for_a_class_that_renders_itself_and_for_one_nested(self) -> None:
        class Loud(Serializer):
            def to_representation(self, instance: Any) -> Any:
                return {}

        class Holder(Serializer):
            one = Loud()

        assert Loud({}).render_json() is None
        assert Holder({"one": 1}).render_json() is None
        assert Holder([{"one": 1}], many=True).render_json() is None
