"""The conditions of the plans and of quick construction, each broken by what a project may do: DRF's way is taken."""

import copy
import datetime as dt
import functools
import pickle
import subprocess
import sys
from decimal import Decimal
from typing import Any

import pytest
from django.test import override_settings
from django.utils import translation
from rest_framework import fields as drf
from rest_framework import serializers as drf_serializers
from serializers_testapp.models import Book

from restflow.serializers import ListSerializer, ModelSerializer, Serializer
from restflow.serializers._making import QuicklyMade

RENDERED = {"id": 1, "title": "t", "pages": 2, "price": "1.50"}
INPUT = {"title": "t", "pages": 2, "price": "1.50"}
OUTPUT_METHODS = ["to_representation", "get_fields"]
OF_MODELS = [
    "get_field_names",
    "get_extra_kwargs",
    "include_extra_kwargs",
    "get_uniqueness_extra_kwargs",
    "build_field",
    "build_standard_field",
]
INPUT_METHODS = ["to_internal_value", "run_validation", "validate_empty_values", "set_value", "validate"]
PROPERTIES = ["fields", "_readable_fields", "_writable_fields", "data"]


class BookSerializer(ModelSerializer):
    class Meta:
        model = Book
        fields = ["id", "title", "pages", "price"]


def book() -> Book:
    return Book(id=1, title="t", pages=2, price="1.5")


def noting(cls: Any, name: str, log: list[str]) -> Any:
    """The member of the class, which notes that it is used."""
    original = getattr(cls, name)
    if isinstance(original, property) or hasattr(original, "func"):

        def get(self: Any) -> Any:
            log.append(name)
            return original.__get__(self, type(self))

        return property(get)

    @functools.wraps(original)  # as instruments do: it looks like the library's own
    def method(*args: Any, **kwargs: Any) -> Any:
        log.append(name)
        return original(*args, **kwargs)

    return method


def output_of(cls: Any) -> Any:
    return cls(book()).data, cls([book()], many=True).data


def input_of(cls: Any) -> Any:
    serializer = cls(data=INPUT)
    assert serializer.is_valid(), serializer.errors
    return dict(serializer.validated_data)


each_way = pytest.mark.parametrize("way", ["subclass", "mixin", "patch of the class", "patch of the library's class"])


def with_member(way: str, name: str, log: list[str], patch: pytest.MonkeyPatch) -> Any:
    cls: Any = type("Own", (BookSerializer,), {"__module__": __name__})
    if way == "subclass":
        return type("Own", (BookSerializer,), {name: noting(cls, name, log), "__module__": __name__})
    if way == "mixin":
        mixin = type("Mixin", (), {name: noting(cls, name, log)})
        return type("Own", (mixin, BookSerializer), {"__module__": __name__})
    output_of(cls)
    input_of(cls)  # the plans are made now
    owner = cls
    if way != "patch of the class":
        owner = next(klass for klass in cls.__mro__ if name in vars(klass))
    patch.setattr(owner, name, noting(cls, name, log), raising=False)
    return cls


@pytest.mark.django_db
class TestFirstCondition:
    @each_way
    @pytest.mark.parametrize("name", [*OUTPUT_METHODS, *OF_MODELS, "fields", "_readable_fields", "data"])
    def test_an_override_of_output(self, name: str, way: str, monkeypatch: pytest.MonkeyPatch) -> None:
        log: list[str] = []
        cls = with_member(way, name, log, monkeypatch)
        assert output_of(cls) == (RENDERED, [RENDERED])
        assert log

    @each_way
    @pytest.mark.parametrize("name", [*INPUT_METHODS, *OF_MODELS, "get_fields", "fields", "_writable_fields"])
    def test_an_override_of_input(self, name: str, way: str, monkeypatch: pytest.MonkeyPatch) -> None:
        if name == "set_value" and not hasattr(BookSerializer, "set_value"):
            name = "run_validators"  # newer versions of DRF have no such method
        log: list[str] = []
        cls = with_member(way, name, log, monkeypatch)
        assert input_of(cls) == {"title": "t", "pages": 2, "price": Decimal("1.50")}
        assert log


class TestThirdCondition:
    """A field of the project's is called through its own methods, at output and at input."""

    @pytest.mark.parametrize("way", ["subclass", "patch of the class", "patch of DRF's class", "on the instance"])
    @pytest.mark.parametrize("name", ["get_attribute", "to_representation", "to_internal_value", "run_validation"])
    @pytest.mark.parametrize("field", [drf.IntegerField, drf.CharField, drf.BooleanField, drf.DateField], ids=str)
    def test_an_override(self, field: Any, name: str, way: str, monkeypatch: pytest.MonkeyPatch) -> None:
        log: list[str] = []
        own = type("Own", (field,), {name: noting(field, name, log)} if way == "subclass" else {})
        values = {drf.IntegerField: 1, drf.CharField: "x", drf.BooleanField: True, drf.DateField: "2024-01-02"}
        made = own() if way in ("subclass", "patch of the class") else field()
        cls: Any = type("Some", (Serializer,), {"x": made, "__module__": __name__})

        def use() -> tuple[Any, Any]:
            given = cls(data={"x": values[field]})
            if way == "on the instance":
                original = getattr(given.fields["x"], name)
                setattr(given.fields["x"], name, lambda *args: (log.append(name), original(*args))[1])
            assert given.is_valid()
            shown = cls({"x": given.validated_data["x"]})
            if way == "on the instance":
                again = getattr(shown.fields["x"], name)
                setattr(shown.fields["x"], name, lambda *args: (log.append(name), again(*args))[1])
            return given.validated_data["x"], shown.data["x"]

        expected = use() if way == "patch of the class" else None  # the plan is made then
        if way.startswith("patch"):
            owner = own if way == "patch of the class" else field
            monkeypatch.setattr(owner, name, noting(owner, name, log))
        used = use()
        assert log
        assert used == (expected or used)
        assert used[1] == values[field]


SETTINGS: list[dict[str, Any]] = [
    {"REST_FRAMEWORK": {"COERCE_DECIMAL_TO_STRING": False}},
    {"REST_FRAMEWORK": {"DATETIME_FORMAT": "%Y"}},
    {"REST_FRAMEWORK": {"DATETIME_FORMAT": None}},
    {"REST_FRAMEWORK": {"DATE_FORMAT": "%d.%m.%Y", "DATE_INPUT_FORMATS": ["%d.%m.%Y", "iso-8601"]}},
    {"REST_FRAMEWORK": {"TIME_FORMAT": "%H"}},
    {"REST_FRAMEWORK": {"NON_FIELD_ERRORS_KEY": "whole"}},
    {"REST_FRAMEWORK": {"UPLOADED_FILES_USE_URL": False}},
    {"USE_TZ": False},
    {"TIME_ZONE": "Asia/Dhaka"},
    {"USE_I18N": False},
    {"LANGUAGE_CODE": "de"},
    {"USE_THOUSAND_SEPARATOR": True},
]


def _of_every_kind(base: Any) -> Any:
    def validate(self: Any, data: Any) -> Any:
        if data.get("number") == 5:
            raise drf_serializers.ValidationError("not five")
        return data

    fields = {
        "number": drf.IntegerField(),
        "amount": drf.DecimalField(max_digits=8, decimal_places=2),
        "local": drf.DecimalField(max_digits=8, decimal_places=2, localize=True, required=False),
        "day": drf.DateField(),
        "hour": drf.TimeField(),
        "moment": drf.DateTimeField(),
    }
    return type("Kinds", (base,), {**copy.deepcopy(fields), "validate": validate, "__module__": __name__})


def test_fifth_condition_settings_are_followed_as_drf_follows_them() -> None:
    value = {
        "number": 1,
        "amount": Decimal("1234.5"),
        "local": Decimal("1234.5"),
        "day": dt.date(2024, 1, 2),
        "hour": dt.time(3, 4, 5),
        "moment": dt.datetime(2024, 1, 2, 3, 4, 5, tzinfo=dt.UTC),
    }
    given = {"number": "5", "amount": "1.5", "day": "2024-01-02", "hour": "03:04", "moment": "2024-01-02T03:04:05"}

    def all_of(cls: Any) -> Any:
        wrong, right = cls(data=given), cls(data={**given, "number": 6})
        empty = cls(data={})
        valid = wrong.is_valid(), right.is_valid(), empty.is_valid()
        shown = cls(value).data
        return valid, wrong.errors, dict(right.validated_data), empty.errors, dict(shown), cls([value], many=True).data

    own = _of_every_kind(Serializer)
    plain = all_of(own)
    for changed in SETTINGS:
        with override_settings(**changed), translation.override(changed.get("LANGUAGE_CODE", "en")):
            # DRF's fields read settings when they are made, at every instance
            assert all_of(own) == all_of(_of_every_kind(drf_serializers.Serializer)), changed
    assert all_of(own) == plain


def state(serializer: Any) -> dict[str, Any]:
    return {name: value for name, value in vars(serializer).items() if name not in ("_creation_counter", "_made_state")}


class Some(Serializer):
    n = drf.IntegerField()


class AsDRF(drf_serializers.Serializer[Any]):
    n = drf.IntegerField()


class TestConstruction:
    """Instances that are made without DRF's constructor, where something else would show that."""

    @pytest.fixture(autouse=True)
    def known(self) -> None:
        Some()
        assert Some._made_state is not None

    def test_a_new_of_its_own(self) -> None:
        class Own(Some):
            def __new__(cls, *args: Any, mark: Any = None, **kwargs: Any) -> Any:
                made = super().__new__(cls, *args, **kwargs)
                made.mark = mark
                return made

            def __init__(self, *args: Any, mark: Any = None, **kwargs: Any) -> None:
                super().__init__(*args, **kwargs)

        for mark in "abc":
            assert Own({"n": 1}, mark=mark).mark == mark

    @pytest.mark.parametrize("owner", [drf_serializers.BaseSerializer, drf.Field, QuicklyMade, Some], ids=str)
    @pytest.mark.parametrize("name", ["__init__", "__new__"])
    def test_a_patched_constructor_is_called(self, name: str, owner: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        log: list[str] = []
        original = getattr(owner, name)

        def noted(*args: Any, **kwargs: Any) -> Any:
            log.append(name)
            return original(*args, **kwargs)

        monkeypatch.setattr(owner, name, noted)
        for _time in range(3):
            log.clear()
            assert Some({"n": 1}).instance == {"n": 1}
            assert log
        monkeypatch.undo()
        assert state(Some({"n": 1})) == state(AsDRF({"n": 1}))

    def test_what_a_patch_gave_the_first_instance_is_not_given_to_the_next(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        class Own(Some):
            pass

        original = drf.Field.__init__

        def noted(self: Any, *args: Any, **kwargs: Any) -> None:
            original(self, *args, **kwargs)
            self.noted = True

        monkeypatch.setattr(drf.Field, "__init__", noted)
        assert Own().noted
        monkeypatch.undo()
        assert state(Own()) == state(Own()) == state(AsDRF())

    def test_a_view_s_serializers_are_made_quickly_too(self) -> None:
        class Own(Some):
            pass

        Own(context={"a": 1}, partial=True)
        assert vars(Own)["_made_state"] is not None
        assert state(Own()) == state(AsDRF())

    def test_a_setattr_of_its_own(self) -> None:
        log: list[str] = []

        class Own(Serializer):
            def __setattr__(self, name: str, value: Any) -> None:
                log.append(name)
                super().__setattr__(name, value)

        Own()
        once = sorted(set(log))
        assert "read_only" in once
        log.clear()
        Own()
        assert sorted(set(log)) == once

    @pytest.mark.parametrize("name", ["label", "partial", "instance", "read_only", "error_messages"])
    def test_a_property_that_takes_what_the_constructor_sets(self, name: str) -> None:
        log: list[Any] = []

        class Own(Serializer):
            pass

        setattr(Own, name, property(lambda self: None, lambda self, value: log.append(value)))
        for count in (1, 2, 3):
            made = Own()
            assert len(log) == count
            assert name not in vars(made)

    @pytest.mark.parametrize("replaced", [False, True])
    def test_messages_of_drf_that_are_changed_later(self, replaced: bool, monkeypatch: pytest.MonkeyPatch) -> None:
        """Projects reword them when apps are ready, after nested serializers have been made."""
        if replaced:
            messages = {**drf.Field.default_error_messages, "required": "Say it."}
            monkeypatch.setattr(drf.Field, "default_error_messages", messages)
        else:
            monkeypatch.setitem(drf.Field.default_error_messages, "required", "Say it.")  # type: ignore[arg-type]
        assert Some().error_messages["required"] == AsDRF().error_messages["required"] == "Say it."
        monkeypatch.undo()
        assert Some().error_messages == AsDRF().error_messages

    @pytest.mark.parametrize(
        "keywords",
        [
            {"read_only": True},
            {"write_only": True},
            {"required": False},
            {"default": {"n": 1}},
            {"allow_null": True},
            {"source": "x"},
            {"source": "*"},
            {"label": "L", "help_text": "H", "style": {"a": 1}},
            {"initial": {"n": 2}},
            {"validators": []},
            {"error_messages": {"invalid": "no"}},
        ],
        ids=str,
    )
    def test_keywords_of_fields(self, keywords: dict[str, Any]) -> None:
        made, expected = Some(**keywords), AsDRF(**keywords)
        assert state(made) == state(expected)
        assert state(copy.deepcopy(made)) == state(copy.deepcopy(expected))
        many, expected_many = Some(many=True, **keywords), AsDRF(many=True, **keywords)
        assert isinstance(many, ListSerializer)
        leave = ("child", "validators", "_kwargs")
        assert {k: v for k, v in state(many).items() if k not in leave} == {
            k: v for k, v in state(expected_many).items() if k not in leave
        }
        assert state(Some()) == state(AsDRF())  # nothing of it stays with the class

    @pytest.mark.parametrize(
        "keywords", [{"read_only": True, "required": True}, {"read_only": True, "write_only": True}]
    )
    def test_what_drf_refuses_is_refused(self, keywords: dict[str, Any]) -> None:
        for cls in (Some, AsDRF):
            with pytest.raises(AssertionError):
                cls(**keywords)
        for cls in (Some, AsDRF):
            with pytest.raises(TypeError):
                cls(nothing=1)
            with pytest.raises(TypeError):
                cls(1, 2, 3)

    def test_deep_copies_are_made_of_the_arguments(self) -> None:
        arguments: dict[str, Any] = {"instance": {"n": 1}, "context": {"a": [1]}, "partial": True}
        made, expected = copy.deepcopy(Some(**arguments)), copy.deepcopy(AsDRF(**arguments))
        assert state(made) == state(expected)
        assert made._kwargs == expected._kwargs
        assert made.data == expected.data

    def test_it_pickles_as_drfs_does(self) -> None:
        for arguments in ({}, {"instance": {"n": 1}}, {"data": {"n": "1"}, "context": {"a": 1}}):
            made, expected = (pickle.loads(pickle.dumps(cls(**arguments))) for cls in (Some, AsDRF))
            assert state(made).keys() >= state(expected).keys()
            assert {name: state(made)[name] for name in state(expected)} == state(expected)
            if "data" in arguments:
                assert made.is_valid()
                assert made.validated_data == {"n": 1}
            elif arguments:
                assert made.data == expected.data

    def test_as_a_field(self) -> None:
        def holder(base: Any, child: Any) -> Any:
            one, many, late = child(), child(many=True, required=False), child(source="one", read_only=True)
            return type("Holder", (base,), {"one": one, "many": many, "late": late, "__module__": __name__})

        own, expected = holder(Serializer, Some), holder(drf_serializers.Serializer, AsDRF)
        assert list(own().fields) == list(expected().fields) == ["one", "many", "late"]
        value = {"one": {"n": 1}, "many": [{"n": 2}]}
        assert own(value).data == expected(value).data
        for data in (value, {}, {"one": 5, "many": 5}, {"one": {"n": "x"}, "many": [{}]}, {"one": None}):
            made, other = own(data=data), expected(data=data)
            assert made.is_valid() == other.is_valid()
            assert made.errors == other.errors
        bound = own().fields["one"]
        assert (bound.field_name, type(bound.parent).__name__) == ("one", "Holder")
        assert own().fields["one"] is not bound
        assert Some().parent is None

    def test_the_order_of_creation_is_that_of_the_source(self) -> None:
        made = [make() for make in (drf.CharField, Some, drf.CharField, Some, Some, drf.IntegerField, AsDRF, Some)]
        counters = [field._creation_counter for field in made]
        assert counters == sorted(counters)
        assert len(set(counters)) == len(counters)

    @pytest.mark.parametrize("owner", ["BaseSerializer", "Field"])
    def test_a_project_that_patched_drf_before_this_was_imported(self, owner: str) -> None:
        program = f"""
import functools
from django.conf import settings
settings.configure()
import django
django.setup()
from rest_framework.fields import Field
from rest_framework.serializers import BaseSerializer
own, log = {owner}.__init__, []
@functools.wraps(own)
def noted(self, *args, **kwargs):
    log.append(1)
    own(self, *args, **kwargs)
{owner}.__init__ = noted
from restflow.serializers import Serializer
class Some(Serializer):
    pass
log.clear()
for _time in range(3):
    Some()
print(len(log))
"""
        ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
        assert (ran.stdout, ran.stderr) == ("3\n", "")
