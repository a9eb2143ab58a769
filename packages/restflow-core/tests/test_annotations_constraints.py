"""Constraints in `Annotated` are told by their shape, whichever library they come from."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any
from unittest.mock import Mock

import annotated_types as at
import pytest

from restflow.core import AnnotationError, Constraints, describe_annotation


class WithDict:
    def __init__(self, **attributes: Any) -> None:
        self.__dict__.update(attributes)


class WithSlots:
    __slots__ = ("ge", "max_length")


class OneSlot:
    __slots__ = "lt"


@dataclass
class Bound:
    multiple_of: int


class Group(at.GroupedMetadata):
    def __iter__(self) -> Iterator[Any]:
        yield at.Ge(1)
        yield "other"


class Unbounded(at.GroupedMetadata):
    def __iter__(self) -> Iterator[Any]:
        yield at.Timezone(None)


class Broken(at.GroupedMetadata):
    def __iter__(self) -> Iterator[Any]:
        raise RuntimeError("no pieces")


def bounds(*metadata: Any) -> dict[str, Any]:
    described = describe_annotation(Annotated[(int, *metadata)])
    assert described.metadata == ()
    found = {name: getattr(described.constraints, name) for name in Constraints.__slots__}
    return {name: value for name, value in found.items() if value is not None}


def slotted(cls: type, **attributes: Any) -> Any:
    made = cls()
    for name, value in attributes.items():
        setattr(made, name, value)
    return made


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        ([at.Ge(0)], {"ge": 0}),
        ([at.Gt(0), at.Le(9)], {"gt": 0, "le": 9}),
        ([at.Lt(9), at.MultipleOf(3)], {"lt": 9, "multiple_of": 3}),
        ([at.MinLen(1)], {"min_length": 1}),
        ([at.MaxLen(5)], {"max_length": 5}),
        ([at.Len(1, 5)], {"min_length": 1, "max_length": 5}),
        ([at.Len(0, 5)], {"max_length": 5}),
        ([at.Interval(ge=1, lt=9)], {"ge": 1, "lt": 9}),
        ([at.Interval()], {}),
        ([WithDict(ge=1, le=2)], {"ge": 1, "le": 2}),
        ([slotted(WithSlots, ge=3)], {"ge": 3}),
        ([slotted(OneSlot, lt=3)], {"lt": 3}),
        ([Bound(multiple_of=2)], {"multiple_of": 2}),
        ([at.Ge(1), at.Ge(2)], {"ge": 2}),
    ],
)
def test_constraints_are_read_by_shape(metadata, expected):
    assert bounds(*metadata) == expected


@pytest.mark.parametrize(
    "piece",
    [
        "text",
        5,
        None,
        at.Ge,
        at.Timezone(None),
        at.Predicate(str.isascii),
        WithDict(),
        WithDict(max_length=3, label="x"),
        len,
        lambda value: value,
        [at.Ge(1)],
        Mock(),
        Unbounded(),
    ],
    ids=lambda piece: type(piece).__name__,
)
def test_everything_else_is_metadata(piece):
    described = describe_annotation(Annotated[int, piece])
    assert described.constraints == Constraints()
    assert len(described.metadata) == 1
    assert described.metadata[0] is piece


def test_a_group_gives_its_constraints_and_its_other_pieces():
    described = describe_annotation(Annotated[int, "before", Group(), "after"])
    assert described.constraints == Constraints(ge=1)
    assert described.metadata == ("before", "other", "after")


def test_a_group_that_cannot_be_read_is_an_error_of_the_annotation():
    with pytest.raises(AnnotationError, match=r"m.A.a: metadata of Annotated cannot be read \(RuntimeError: no pieces"):
        describe_annotation(Annotated[int, Broken()], owner="m.A", name="a")


def test_of_two_for_one_bound_the_outermost_wins():
    inner = Annotated[int, at.Ge(1), at.Le(5)]
    assert describe_annotation(Annotated[inner | None, at.Ge(3)]).constraints == Constraints(ge=3, le=5)


def test_constraints_stay_with_the_part_that_they_stand_at():
    described = describe_annotation(Annotated[list[Annotated[str, at.MaxLen(9)]], at.MinLen(1)])
    assert described.constraints == Constraints(min_length=1)
    assert described.args[0].constraints == Constraints(max_length=9)


def test_nothing_is_a_bound_that_is_absent():
    assert Constraints() == Constraints(
        ge=None, gt=None, le=None, lt=None, multiple_of=None, min_length=None, max_length=None
    )
