"""Hostile input is an error of validation, whatever JSON can carry."""

import datetime
import decimal
import json
import uuid
from typing import Annotated, Any, Literal

import pytest

from restflow.serializers import BytesField, Serializer


class Bound:
    def __init__(self, **bounds: Any) -> None:
        self.__dict__.update(bounds)


class Everything(Serializer):
    text: str
    number: int
    real: float
    exact: decimal.Decimal
    flag: bool
    moment: datetime.datetime
    day: datetime.date
    length: datetime.timedelta
    key: uuid.UUID
    raw: bytes
    choice: Literal["a", 1]
    items: set[int]
    pair: tuple[int, str]
    named: dict[str, list[int]]
    tenth: Annotated[decimal.Decimal, Bound(multiple_of=decimal.Decimal("0.1"))]
    step: Annotated[int, Bound(gt=0, lt=100)]
    encoded = BytesField(encoding="base64")


HOSTILE: list[Any] = [
    float("nan"),
    float("inf"),
    10**400,
    -(10**400),
    "9" * 5_000,
    "1e999999999",
    "NaN",
    "\x00",
    "\ud800",
    "x" * 100_000,
    "",
    [[]],
    [None],
    {},
    {"a": {"b": []}},
    {"": [10**400]},
    True,
    1e308,
]


@pytest.mark.parametrize("hostile", HOSTILE, ids=lambda value: repr(value)[:20])
@pytest.mark.parametrize("name", list(Everything().fields))
async def test_any_value_at_any_field_validates_or_is_an_error(name: str, hostile: Any) -> None:
    sync, awaited = Everything(data={name: hostile}), Everything(data={name: hostile})
    assert not sync.is_valid()
    assert not await awaited.ais_valid()
    assert sync.errors == awaited.errors


def test_deep_json_is_an_error_or_data() -> None:
    deep = json.loads("[" * 500 + "]" * 500)
    for name in Everything().fields:
        assert not Everything(data={name: deep}).is_valid()


class Numbers(Serializer):
    numbers: list[int]
    text: str


@pytest.mark.parametrize("text", ["\x00", "a\x00b", "\ud800", "a\udfff"])
async def test_texts_that_no_database_takes_are_errors_of_their_field(text: str) -> None:
    sync, awaited = Numbers(data={"numbers": [], "text": text}), Numbers(data={"numbers": [], "text": text})
    assert not sync.is_valid()
    assert not await awaited.ais_valid()
    assert set(sync.errors) == set(awaited.errors) == {"text"}


async def test_lists_of_ten_thousand_are_right_or_errors_at_their_item() -> None:
    good = {"numbers": list(range(10_000)), "text": "t"}
    for data in (good, {**good, "numbers": [*range(9_999), "x"]}):
        serializer = Numbers(data=data)
        assert await serializer.ais_valid() is (data is good)
        assert data is good or list(serializer.errors["numbers"]) == [9_999]
    items: list[Any] = [{"numbers": [1], "text": "t"}] * 10_000
    many = Numbers(data=items, many=True)
    assert await many.ais_valid()
    assert len(many.validated_data) == 10_000
    refused = Numbers(data=[*items, float("nan")], many=True)
    assert not refused.is_valid()
