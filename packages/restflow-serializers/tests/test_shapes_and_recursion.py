"""Dataclasses, TypedDicts, classes that contain themselves, and names that are not there yet."""

from dataclasses import dataclass, field
from typing import Annotated, Any, Self, TypedDict

import pytest
from django.core.checks import run_checks

from restflow.core import AnnotationError
from restflow.serializers import NotRequired, Serializer, ValidatedData


@dataclass
class Address:
    street: str
    city: str = "Dhaka"
    tags: list[str] = field(default_factory=list)
    number: int = field(init=False, default=3)

    def __post_init__(self) -> None:
        if self.street == "nowhere":
            raise ValueError("no such street")


class Point(TypedDict):
    x: int
    label: NotRequired[str]


class Person(Serializer):
    name: str
    address: Address
    previous: list[Address]
    point: Point


GOOD: dict[str, Any] = {
    "name": "n",
    "address": {"street": "s"},
    "previous": [{"street": "p", "city": "c"}],
    "point": {"x": 1},
}


async def test_a_dataclass_value_is_an_instance_and_a_typed_dict_a_dict() -> None:
    sync, awaited = Person(data=GOOD), Person(data=GOOD)
    assert sync.is_valid(), sync.errors
    assert await awaited.ais_valid()
    for data in (sync.validated_data, awaited.validated_data):
        assert data.address == Address("s")
        assert data.previous == [Address("p", "c")]
        assert type(data.point) is ValidatedData
        assert data.point == {"x": 1}


def test_rendering_reads_attributes_or_keys() -> None:
    data = Person({"name": "n", "address": Address("s"), "previous": [], "point": {"x": 1, "label": "l"}}).data
    assert data["address"] == {"street": "s", "city": "Dhaka", "tags": [], "number": 3}
    assert data["point"] == {"x": 1, "label": "l"}


@pytest.mark.parametrize("partial", [False, True])
def test_a_constructor_that_refuses_is_an_error_at_the_field(partial: bool) -> None:
    serializer = Person(data={**GOOD, "address": {"street": "nowhere"}}, partial=partial)
    assert not serializer.is_valid()
    assert serializer.errors == {"address": {"non_field_errors": ["no such street"]}}
    assert serializer.errors["address"]["non_field_errors"][0].code == "invalid"


class Awaited(Person):
    async def validate_name(self, value: str) -> str:
        return value


async def never_mind(value: Any) -> None:
    """A hook that awaits nothing."""


@dataclass
class AwaitedAddress:
    street: Annotated[str, never_mind]
    city: str = "Dhaka"


class AwaitedPerson(Serializer):
    address: AwaitedAddress
    previous: list[AwaitedAddress]


@pytest.mark.parametrize("cls", [Person, Awaited, AwaitedPerson])
async def test_a_dataclass_is_validated_in_full_in_a_partial_update(cls: Any) -> None:
    serializer = cls(data={"address": {}, "previous": [{"city": "c"}]}, partial=True)
    assert not await serializer.ais_valid()
    assert serializer.errors["address"]["street"][0].code == "required"
    assert serializer.errors["previous"][0]["street"][0].code == "required"
    assert await cls(data={}, partial=True).ais_valid()
    if cls is Person:
        again = cls(data={"address": {}, "previous": [{"city": "c"}]}, partial=True)
        assert not again.is_valid()
        assert again.errors == serializer.errors


def test_one_class_per_shape_with_its_name() -> None:
    fields: Any = Person().fields
    assert type(fields["address"]) is type(fields["previous"].child)
    assert type(fields["address"]).__name__ == "Address"


class Tree(Serializer):
    name: str
    children: list["Tree"]
    parent: Self | None

    class Meta:
        max_depth = 4


def nested(levels: int) -> dict[str, Any]:
    data: dict[str, Any] = {"name": "leaf", "children": []}
    for _level in range(levels - 1):
        data = {"name": "n", "children": [data]}
    return data


async def test_input_may_be_as_deep_as_the_limit_and_no_deeper() -> None:
    fine, deep, later = Tree(data=nested(4)), Tree(data=nested(5)), Tree(data=nested(5))
    assert fine.is_valid(), fine.errors
    assert not deep.is_valid()
    assert not await later.ais_valid()
    error: Any = deep.errors
    while "children" in error:
        error = error["children"][0]
    assert error["non_field_errors"][0].code == "max_depth"
    assert deep.errors == later.errors


@pytest.mark.parametrize("levels", [200, 900])
def test_deep_input_is_never_a_recursion_error(levels: int) -> None:
    class Deep(Serializer):
        children: list["Self"]

    data: dict[str, Any] = {"children": []}
    for _level in range(levels):
        data = {"children": [data]}
    serializer = Deep(data=data)
    assert not serializer.is_valid()
    assert "max_depth" in repr(serializer.errors)


def test_a_cycle_of_objects_is_a_value_error_with_the_name() -> None:
    loop: dict[str, Any] = {"name": "x", "parent": None}
    loop["children"] = [loop]
    with pytest.raises(ValueError, match=r"Tree: the objects are nested deeper than Meta.max_depth = 4"):
        Tree(loop).data  # noqa: B018
    touched = Tree(loop)
    touched.fields.pop("parent")
    with pytest.raises(ValueError, match="nested deeper"):
        touched.data  # noqa: B018


def test_what_contains_itself_can_be_shown() -> None:
    assert repr(Tree()).count("name = CharField()") >= 1
    assert Tree(data={}).is_valid() is False
    assert not Tree().has_async_hooks


class Early(Serializer):
    later: "list[Late]"
    name: str


class Late(Serializer):
    x: int


def test_a_name_that_comes_later_is_resolved_on_first_use() -> None:
    serializer = Early(data={"later": [{"x": "1"}], "name": "n"})
    assert serializer.is_valid(), serializer.errors
    assert serializer.validated_data == {"later": [{"x": 1}], "name": "n"}
    assert list(Early().fields) == ["later", "name"]


def test_a_name_that_never_comes_is_an_error_on_use_and_in_the_checks() -> None:
    lost = type("Lost", (Serializer,), {"__module__": __name__, "__annotations__": {"x": "Nowhere"}})
    found = [message for message in run_checks(tags=["restflow"]) if message.id == "restflow.E101"]
    assert any("Lost" in str(message.obj) and "Nowhere" in message.msg for message in found)
    with pytest.raises(AnnotationError, match="Nowhere"):
        lost().fields  # noqa: B018
