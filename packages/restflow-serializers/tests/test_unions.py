"""Unions: objects by their discriminator, other values by their JSON type, errors of the member that was meant."""

import datetime as dt
from typing import Annotated, Any, Literal

import pytest
from rest_framework.exceptions import ValidationError

from restflow.core import AnnotationError
from restflow.serializers import Field, Serializer, UnionField


class Card(Serializer):
    kind: Literal["card"]
    number: str


class Transfer(Serializer):
    kind: Literal["transfer"]
    iban: str


class Payment(Serializer):
    method: Card | Transfer


class Other(Serializer):
    name: str


def codes(errors: Any) -> Any:
    if isinstance(errors, dict):
        return {name: codes(error) for name, error in errors.items()}
    return [error.code for error in errors]


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ({"kind": "transfer"}, {"iban": ["required"]}),
        ({}, {"kind": ["required"]}),
        ({"kind": "cash"}, {"kind": ["invalid_choice"]}),
        ({"kind": True}, {"kind": ["invalid_choice"]}),
        ("card", ["invalid"]),
        ([], ["invalid"]),
    ],
)
async def test_the_discriminator_picks_the_member_and_its_errors(sent: Any, expected: Any) -> None:
    sync, awaited = Payment(data={"method": sent}), Payment(data={"method": sent})
    assert not sync.is_valid()
    assert not await awaited.ais_valid()
    assert codes(sync.errors) == codes(awaited.errors) == {"method": expected}


def test_objects_render_by_the_value_they_carry() -> None:
    class Sent:
        kind = "transfer"
        iban = "DE1"

    assert Payment({"method": Sent()}).data == {"method": {"kind": "transfer", "iban": "DE1"}}
    assert Payment({"method": {"kind": "card", "number": "1"}}).data == {"method": {"kind": "card", "number": "1"}}


def test_schema_generators_see_the_members() -> None:
    field: Any = Payment().fields["method"]
    assert isinstance(field, UnionField)
    assert (field.discriminator, list(field.mapping)) == ("kind", ["card", "transfer"])
    assert [type(member) for member in field.members] == [Card, Transfer]
    assert "members" in repr(Payment())


@pytest.mark.parametrize(
    ("annotation", "assigned", "words"),
    [
        (Card | Other, None, "told apart by a Literal field that all declare, and they share none"),
        (Card | Transfer, Field(discriminator="name"), "not every member declares the discriminator 'name'"),
        (Card | Transfer, Field(max_lenght=1), "UnionField takes no 'max_lenght'"),
    ],
)
def test_members_that_cannot_be_told_apart_are_refused(annotation: Any, assigned: Any, words: str) -> None:
    body = {"__module__": __name__, "__annotations__": {"x": annotation}}
    with pytest.raises(AnnotationError, match=words):
        type("Bad", (Serializer,), body if assigned is None else {**body, "x": assigned})


def test_two_members_with_one_value_are_refused() -> None:
    class Same(Serializer):
        kind: Literal["card", "x"]

    with pytest.raises(AnnotationError, match="two members have the value 'card'"):
        type("Bad", (Serializer,), {"__module__": __name__, "__annotations__": {"x": Card | Same}})


class Scalars(Serializer):
    number_or_text: int | str = Field(required=False)
    day_or_text: dt.date | str = Field(required=False)
    real_or_flag: float | bool = Field(required=False)
    items_or_one: list[int] | int = Field(required=False)
    card_or_text: Card | str = Field(required=False)
    number_or_flag: int | bool = Field(required=False)


@pytest.mark.parametrize(
    ("name", "sent", "value"),
    [
        ("number_or_text", 5, 5),
        ("number_or_text", "5", "5"),
        ("day_or_text", "2024-01-02", dt.date(2024, 1, 2)),
        ("day_or_text", "soon", "soon"),
        ("real_or_flag", 1, 1.0),
        ("real_or_flag", True, True),
        ("number_or_flag", True, True),
        ("number_or_flag", 1, 1),
        ("items_or_one", [1], [1]),
        ("items_or_one", "7", 7),
        ("card_or_text", {"kind": "card", "number": "1"}, {"kind": "card", "number": "1"}),
        ("card_or_text", "x", "x"),
    ],
)
async def test_values_go_to_the_member_of_their_json_type(name: str, sent: Any, value: Any) -> None:
    sync, awaited = Scalars(data={name: sent}), Scalars(data={name: sent})
    assert sync.is_valid(), sync.errors
    assert await awaited.ais_valid()
    assert sync.validated_data == awaited.validated_data == {name: value}
    assert type(sync.validated_data[name]) is type(awaited.validated_data[name])


def test_what_fits_nothing_names_the_types() -> None:
    serializer = Scalars(data={"number_or_text": [], "items_or_one": ["x"]})
    assert not serializer.is_valid()
    assert serializer.errors["number_or_text"] == ["Not a valid value for any of: int, str."]
    assert codes(serializer.errors["items_or_one"]) == {0: ["invalid"]}


def test_output_goes_to_the_member_of_the_python_type() -> None:
    data = {"day_or_text": dt.date(2024, 1, 2), "number_or_text": 5, "number_or_flag": True}
    assert Scalars(data).data == {"day_or_text": "2024-01-02", "number_or_text": 5, "number_or_flag": True}


async def test_async_hooks_of_members_are_awaited() -> None:
    async def refuse(value: str) -> None:
        raise ValidationError("no", code="no")

    class Slow(Serializer):
        kind: Literal["slow"]
        name: Annotated[str, refuse]

    class Holder(Serializer):
        one: Card | Slow

    with pytest.raises(TypeError, match="is async"):
        Holder(data={}).is_valid()
    serializer = Holder(data={"one": {"kind": "slow", "name": "x"}})
    assert not await serializer.ais_valid()
    assert codes(serializer.errors) == {"one": {"name": ["no"]}}
    fine = Holder(data={"one": {"kind": "card", "number": "1"}})
    assert await fine.ais_valid()


def test_each_copy_tells_its_own_members_apart() -> None:
    """A copy is made for each instance; what the first one has found out is about that one's members."""
    for _ in range(2):
        field = Payment().fields["method"]
        assert isinstance(field, UnionField)
        assert [id(member) for member in field.mapping.values()] == [id(member) for member in field.members]
        assert all(member.parent is field for member in field.mapping.values())
