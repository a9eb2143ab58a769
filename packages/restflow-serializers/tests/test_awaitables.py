"""What turns out to be async only by what it returns is refused at that moment, and leaves no coroutine behind."""

import gc
import warnings
from collections.abc import Iterator
from typing import Annotated, Any

import pytest
from rest_framework import fields as drf
from rest_framework import serializers as drf_serializers

from restflow.core import in_thread
from restflow.serializers import ListSerializer, Serializer


@pytest.fixture(autouse=True)
def _nothing_is_left_unawaited() -> Iterator[None]:
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        yield
        gc.collect()
    assert [str(warning.message) for warning in seen] == []


async def refuse(value: Any) -> Any:
    raise drf_serializers.ValidationError("no", code="no")


async def three() -> Any:
    return {"three": 3}


def looks_sync(value: Any) -> Any:
    return refuse(value)


class WithContext:
    requires_context = True

    def __call__(self, value: Any, field: Any) -> Any:
        return refuse((value, field.context["k"]))


class Own(drf.CharField):
    """Copied by its constructor, as fields of a project's are."""


class Listed(ListSerializer[Any]):
    default_validators = [looks_sync]


VALIDATORS: dict[str, dict[str, Any]] = {
    "of an explicit field": {"x": drf.CharField(validators=[looks_sync])},
    "of a field of the project's": {"x": Own(validators=[looks_sync])},
    "with context": {"x": drf.CharField(validators=[WithContext()])},
    "of an annotation": {"__annotations__": {"x": Annotated[str, looks_sync]}},
    "of an item": {"x": drf.ListField(child=drf.CharField(validators=[looks_sync]))},
    "of an annotated item": {"__annotations__": {"x": dict[str, Annotated[str, looks_sync]]}},
    "of the Meta": {"x": drf.CharField(), "Meta": type("Meta", (), {"validators": [looks_sync]})},
}


@pytest.mark.parametrize("where", VALIDATORS)
async def test_validators_are_refused_and_never_dropped(where: str) -> None:
    cls: Any = type("Some", (Serializer,), {"__module__": __name__, **VALIDATORS[where]})
    holder: Any = type("Holder", (Serializer,), {"__module__": __name__, "one": cls(), "many": cls(many=True)})
    item = "annotated" in where
    sent: Any = {"x": {"a": "t"} if item else ["t"] if "item" in where else "t"}
    context = {"k": 1}
    for make in (
        lambda: cls(data=sent, context=context),
        lambda: cls(data=[sent], many=True, context=context),
        lambda: holder(data={"one": sent, "many": []}, context=context),
        lambda: holder(data={"one": sent, "many": [sent]}, context=context),
    ):
        with pytest.raises(TypeError, match=r"use `async def` for the validator .* and `await .*\.ais_valid\(\)`"):
            make().is_valid()
        with pytest.raises(TypeError, match="ais_valid"):
            await make().ais_valid()
        gc.collect()


async def test_validators_of_a_list_are_refused_too() -> None:
    class Some(Serializer):
        n: int

        class Meta:
            list_serializer_class = Listed

    serializer: Any = Some(data=[{"n": 1}], many=True)
    with pytest.raises(TypeError, match="looks_sync"):
        serializer.is_valid()


def test_what_validators_return_is_else_of_no_concern_and_they_can_be_looked_at() -> None:
    def fine(value: Any) -> Any:
        return value

    class Some(Serializer):
        x = drf.CharField(validators=[fine])

        class Meta:
            validators = [fine]

    serializer = Some(data={"x": "t"})
    assert serializer.is_valid()
    assert fine in serializer.fields["x"].validators
    assert serializer.validators == [fine]


def test_a_patch_of_the_method_that_runs_them_is_obeyed(monkeypatch: pytest.MonkeyPatch) -> None:
    class Some(Serializer):
        x = drf.CharField(validators=[lambda value: None])

    assert Some(data={"x": "t"}).is_valid()
    ran: list[Any] = []
    monkeypatch.setattr(drf.Field, "run_validators", lambda self, value: ran.append(value))
    assert Some(data={"x": "t"}).is_valid()
    assert "t" in ran
    monkeypatch.undo()
    ran.clear()
    assert Some(data={"x": "t"}).is_valid()
    assert ran == []


async def test_where_other_hooks_are_awaited_such_a_validator_is_refused_too() -> None:
    class Some(Serializer):
        x: Annotated[str, looks_sync]

        async def validate_x(self, value: str) -> str:
            return value

    with pytest.raises(TypeError, match="looks_sync"):
        await Some(data={"x": "t"}).ais_valid()


async def test_an_async_default_of_an_explicit_field_is_refused_on_use() -> None:
    class Some(Serializer):
        x = drf.CharField(default=three)

    for sent in ({}, {"x": "t"}):
        with pytest.raises(TypeError, match=r"Some\.x: the default is async"):
            Some(data=sent).is_valid()
        with pytest.raises(TypeError, match=r"Some\.x: the default is async"):
            await Some(data=sent).ais_valid()


async def test_async_hooks_of_rest_framework_s_own_serializers_are_refused() -> None:
    class Foreign(drf_serializers.Serializer[Any]):
        n = drf.IntegerField()

        async def validate_n(self, value: int) -> int:
            return value

    class Holder(Serializer):
        one = Foreign()

    for sent in ({"one": {"n": 1}}, {}):
        with pytest.raises(TypeError, match="Foreign: validate_n is async, in a place where nothing awaits it"):
            Holder(data=sent).is_valid()
        with pytest.raises(TypeError, match="Foreign: validate_n is async, in a place where nothing awaits it"):
            await Holder(data=sent).ais_valid()


class Loud(Serializer):
    def to_representation(self, instance: Any) -> Any:
        return three()


class Thing:
    async def name(self) -> str:
        return "n"

    async def inner(self) -> dict[str, int]:
        return {"n": 1}

    async def many(self) -> list[dict[str, int]]:
        return [{"n": 1}, {"n": 2}]


class Inner(Serializer):
    n: int


class ByMethods(Serializer):
    name: str
    again = drf.ReadOnlyField(source="name")
    inner: Inner
    many: list[Inner]
    own = drf_serializers.SerializerMethodField()

    def get_own(self, instance: Any) -> Any:
        return three()


class Holder(Serializer):
    loud = Loud()


OUTPUT: dict[str, tuple[Any, Any]] = {
    "to_representation": (lambda: Loud({}), {"three": 3}),
    "to_representation of items": (lambda: Loud([{}, {}], many=True), [{"three": 3}] * 2),
    "to_representation of a nested one": (lambda: Holder({"loud": 1}), {"loud": {"three": 3}}),
    "methods that sources and fields lead to": (
        lambda: ByMethods(Thing()),
        {"name": "n", "again": "n", "inner": {"n": 1}, "many": [{"n": 1}, {"n": 2}], "own": {"three": 3}},
    ),
}


@pytest.mark.parametrize("what", OUTPUT)
async def test_output_that_must_be_awaited(what: str) -> None:
    make, expected = OUTPUT[what]
    assert await make().adata == expected
    with pytest.raises(TypeError, match="with adata of"):
        await in_thread(lambda: make().data)


async def test_create_and_update() -> None:
    class Some(Inner):
        def create(self, validated_data: Any) -> Any:
            return three()

        def update(self, instance: Any, validated_data: Any) -> Any:
            return three()

    for instance in (None, {"n": 2}):
        serializer = Some(instance, data={"n": 1})
        assert serializer.is_valid()
        with pytest.raises(TypeError, match="asave"):
            serializer.save()
        assert serializer.instance is instance
