"""Every class has the whole async surface, and each of its methods comes to what the sync one comes to."""

import inspect
from collections.abc import Awaitable
from typing import Any

import pytest
from django.db import connections
from rest_framework import serializers as drf_serializers
from serializers_testapp.models import Tag

from restflow import serializers as rs
from restflow.core import in_thread

PAIRS = {
    "is_valid": "ais_valid",
    "run_validation": "arun_validation",
    "to_internal_value": "ato_internal_value",
    "save": "asave",
    "create": "acreate",
    "update": "aupdate",
    "to_representation": "ato_representation",
}
CLASSES: list[Any] = [
    rs.Serializer,
    rs.ModelSerializer,
    rs.HyperlinkedModelSerializer,
    rs.ListSerializer,
    rs.BulkListSerializer,
]


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_the_names_are_there_with_docstrings(cls: Any) -> None:
    for name in (*PAIRS.values(), "avalidate"):
        assert inspect.iscoroutinefunction(getattr(cls, name)), name
        assert getattr(cls, name).__doc__
    assert isinstance(cls.adata, property)
    assert isinstance(cls.has_async_hooks, property)
    for name in ("to_internal_value", "run_validation", "is_valid", "save"):
        assert callable(getattr(cls, name))


@pytest.mark.parametrize("name", ["Serializer", "ModelSerializer", "HyperlinkedModelSerializer", "ListSerializer"])
def test_they_are_rest_framework_s_classes(name: str) -> None:
    assert issubclass(getattr(rs, name), getattr(drf_serializers, name))


class Plain(rs.Serializer):
    name: str

    def validate(self, attrs: Any) -> Any:
        if attrs["name"] == "bad":
            raise drf_serializers.ValidationError("bad", code="bad")
        return attrs

    def create(self, validated_data: Any) -> Any:
        return Tag.objects.create(**validated_data)

    def update(self, instance: Any, validated_data: Any) -> Any:
        instance.name = validated_data["name"]
        instance.save()
        return instance


class OfModel(rs.ModelSerializer):
    class Meta:
        model = Tag
        fields = ["name"]

    validate = Plain.validate


class InBulk(OfModel):
    class Meta(OfModel.Meta):
        list_serializer_class = rs.BulkListSerializer


MAKE: dict[str, tuple[Any, bool]] = {
    "plain": (Plain, False),
    "of a model": (OfModel, False),
    "a list": (Plain, True),
    "a list of a model": (OfModel, True),
    "a bulk list": (InBulk, True),
}
SENT: list[Any] = [{"name": "a"}, {"name": "bad"}, {"name": ""}, {}, None, 3, "x", []]


async def outcome(value: Any) -> Any:
    try:
        got = value() if callable(value) else value
        return "gave", await got if isinstance(got, Awaitable) else got
    except (drf_serializers.ValidationError, AssertionError, NotImplementedError) as error:
        return type(error).__name__, repr(getattr(error, "detail", str(error)))


@pytest.mark.parametrize("what", MAKE)
@pytest.mark.parametrize("sent", SENT, ids=repr)
async def test_validation_comes_to_the_same(what: str, sent: Any) -> None:
    cls, many = MAKE[what]
    data = [sent, {"name": "b"}] if many else sent
    sync, awaited = cls(data=data, many=many), cls(data=data, many=many)
    assert await awaited.ais_valid() is sync.is_valid()
    assert repr(awaited.errors) == repr(sync.errors)
    assert repr(awaited.validated_data) == repr(sync.validated_data)
    assert type(awaited.validated_data) is type(sync.validated_data)
    for name in ("run_validation", "to_internal_value"):
        one, other = cls(many=many), cls(many=many)
        expected = await outcome(lambda: getattr(one, name)(data))  # noqa: B023
        assert await outcome(lambda: getattr(other, PAIRS[name])(data)) == expected  # noqa: B023
    raising = await outcome(lambda: cls(data=data, many=many).is_valid(raise_exception=True))
    assert await outcome(lambda: cls(data=data, many=many).ais_valid(raise_exception=True)) == raising


@pytest.mark.django_db
@pytest.mark.parametrize("what", MAKE)
async def test_output_and_saving_come_to_the_same(what: str) -> None:
    cls, many = MAKE[what]
    instance: Any = [Tag(name="a"), Tag(name="b")] if many else Tag(name="a")
    expected = cls(instance, many=many).data
    assert await cls(instance, many=many).adata == expected
    assert await cls(many=many).ato_representation(instance) == cls(many=many).to_representation(instance) == expected
    data = [{"name": "c"}, {"name": "d"}] if many else {"name": "c"}
    for save in ("sync", "async"):
        serializer: Any = cls(data=data, many=many)
        assert await serializer.ais_valid()
        made = await (serializer.asave(name="kw") if save == "async" else in_thread(serializer.save, name="kw"))
        assert [tag.name for tag in (made if many else [made])] == ["kw"] * (2 if many else 1)
        assert serializer.instance is made
    made = await cls(many=many).acreate(data)
    assert [tag.name for tag in (made if many else [made])] == [one["name"] for one in (data if many else [data])]
    if not many:
        assert (await cls().aupdate(made, {"name": "new"})).name == "new"


async def test_updating_a_plain_list_is_refused_in_rest_framework_s_words() -> None:
    tags = [Tag(name="a")]
    serializer: Any = Plain(tags, data=[{"name": "b"}], many=True)
    assert await serializer.ais_valid()
    with pytest.raises(NotImplementedError, match="multiple update by default"):
        await serializer.asave()


async def test_the_assertions_of_calls_out_of_order() -> None:
    for make in (lambda **keywords: OfModel(**keywords), lambda **keywords: OfModel(**keywords, many=True)):
        for name in ("errors", "validated_data"):
            fresh: Any = make(data={})
            with pytest.raises(AssertionError, match="is_valid"):
                getattr(fresh, name)
        with pytest.raises(AssertionError, match="no `data=` keyword"):
            await make().ais_valid()
        unchecked: Any = make(data={})
        with pytest.raises(AssertionError, match="is_valid"):
            await unchecked.asave()
    refused = OfModel(data={})  # lists with errors REST framework saves, as the empty list
    assert not await refused.ais_valid()
    with pytest.raises(AssertionError, match="invalid data"):
        await refused.asave()
    good = OfModel(data={"name": "x"})
    assert await good.ais_valid()
    with pytest.raises(AssertionError, match="commit"):
        await good.asave(commit=True)
    await good.adata
    with pytest.raises(AssertionError, match=r"after accessing `serializer\.data`"):
        await good.asave()


def test_lists_are_saved_where_there_is_no_database(monkeypatch: pytest.MonkeyPatch) -> None:
    class Kept(rs.Serializer):
        n: int

        def create(self, validated_data: Any) -> Any:
            return validated_data

    monkeypatch.setattr(connections["default"], "vendor", "unknown")  # what Django has where settings name none
    serializer: Any = Kept(data=[{"n": 1}, {"n": 2}], many=True)
    assert serializer.is_valid()
    assert serializer.save() == [{"n": 1}, {"n": 2}]
