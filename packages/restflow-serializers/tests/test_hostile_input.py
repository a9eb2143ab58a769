"""Hostile input is an error of validation, whatever JSON can carry."""

import datetime
import decimal
import enum
import json
import uuid
from typing import Annotated, Any, Literal

import pytest
from rest_framework.renderers import JSONRenderer

from restflow.serializers import BytesField, Email, Serializer


class Bound:
    def __init__(self, **bounds: Any) -> None:
        self.__dict__.update(bounds)


class Suit(enum.Enum):
    SPADES = "s"


class Card(Serializer):
    kind: Literal["card"]
    number: str


class Cash(Serializer):
    kind: Literal["cash", 3]


class Strict(Serializer):
    a: int

    class Meta:
        unknown_fields = "forbid"


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
    email: Email
    anything: Any
    suit: Suit
    union: int | Literal["a"] | list[Any]
    told: Card | Cash
    tolds: dict[str, Card | Cash]
    strict: Strict
    anythings: set[Any]


def nested(levels: int, around: Any = lambda inner: [inner]) -> Any:
    value: Any = around(None)
    for _level in range(levels):
        value = around(value)
    return value


HOSTILE: list[Any] = [
    10**10_000,
    -(10**10_000),
    [10**10_000],
    {"kind": 10**10_000},
    {10**10_000: 1},
    {"kind": "\ud800"},
    {"kind": []},
    {"\ud800": "\ud800", "a": 1},
    {1: 2, None: 3, (4,): 5},
    list(range(10_000)),
    dict.fromkeys(map(str, range(10_000))),
    nested(900),
    nested(900, lambda inner: {"a": inner}),
    nested(5_000),
    nested(100_000),
    {"kind": nested(900), "a": 1, "b": nested(900)},
    object(),
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


@pytest.mark.parametrize("number", range(len(HOSTILE)))
async def test_any_value_at_any_field_validates_or_is_an_error(number: int) -> None:
    hostile = HOSTILE[number]
    for name in Everything().fields:
        sync, awaited = Everything(data={name: hostile}), Everything(data={name: hostile})
        assert not sync.is_valid()
        assert not await awaited.ais_valid()
        assert repr(sync.errors) == repr(awaited.errors)
        if not isinstance(hostile, dict) or name not in (
            "named",
            "tolds",
        ):  # whose keys are those of the errors, in DRF
            JSONRenderer().render(sync.errors)
    for serializer in (Everything(data=hostile), Everything(data=[hostile], many=True)):
        assert not serializer.is_valid()


async def test_hooks_do_not_change_that() -> None:
    class Awaited(Everything):
        async def avalidate(self, attrs: Any) -> Any:
            return attrs

    for hostile in HOSTILE:
        for name in ("text", "choice", "anything", "told"):
            serializer = Awaited(data={name: hostile})
            assert not await serializer.ais_valid()
            plain = Everything(data={name: hostile})
            plain.is_valid()
            assert serializer.errors == plain.errors


def test_what_the_code_does_wrong_is_not_blamed_on_the_data() -> None:
    class Broken(Serializer):
        text: str

        def validate_text(self, value: str) -> str:
            if value == "deep":
                return self.validate_text(value)
            return str(10**10_000)

    with pytest.raises(RecursionError):
        Broken(data={"text": "deep"}).is_valid()
    with pytest.raises(ValueError, match="integer string conversion"):
        Broken(data={"text": "long"}).is_valid()


def test_what_is_wrong_with_the_data_is_told() -> None:
    class Some(Serializer):
        text: str
        anything: Any

    deep, long = Some(data={"text": "t", "anything": nested(100_000)}), Some(data={"text": 10**10_000, "anything": 1})
    assert not deep.is_valid()
    assert not long.is_valid()
    assert deep.errors["non_field_errors"][0].code == "max_depth"
    assert long.errors["non_field_errors"] == ["A number has too many digits."]


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
