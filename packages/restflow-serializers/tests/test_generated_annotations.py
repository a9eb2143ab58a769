"""Any annotation makes a class or a refusal, any JSON is validated or refused, and what is valid comes back."""

import datetime as dt
import decimal
import enum
import os
import uuid
from dataclasses import dataclass
from typing import Annotated, Any, Literal, NotRequired, TypedDict

import annotated_types as at
from asgiref.sync import async_to_sync
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework.renderers import JSONRenderer

from restflow.core import AnnotationError
from restflow.serializers import BlankableString, Email, Field, Serializer

EXAMPLES = 5_000 if os.environ.get("RESTFLOW_HYPOTHESIS") == "long" else 200
generated = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))


async def never_mind(value: Any) -> None:
    """A validator that awaits nothing."""


class Color(enum.Enum):
    RED = "r"
    TWO = 2


class Card(Serializer):
    kind: Literal["card"]
    number: int


@dataclass
class Cash:
    kind: Literal["cash"]
    amount: decimal.Decimal = decimal.Decimal("1.5")


class Point(TypedDict):
    x: int
    label: NotRequired[str | None]


LEAVES: list[Any] = [
    str,
    int,
    float,
    bool,
    decimal.Decimal,
    dt.datetime,
    dt.date,
    dt.time,
    dt.timedelta,
    uuid.UUID,
    bytes,
    Email,
    BlankableString,
    Any,
    Literal["a", 1, True],
    Literal["a", None],
    Color,
    Card,
    Cash,
    Point,
    Annotated[int, at.Ge(0), at.MultipleOf(3)],
    Annotated[str, at.MaxLen(3), never_mind],
    Annotated[list[int], Field(max_length=2)],
    None,
    object,
    complex,
]


def containers(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(
        inner.map(lambda item: list[item]),
        inner.map(lambda item: set[item]),
        inner.map(lambda item: frozenset[item]),
        inner.map(lambda item: tuple[item, ...]),
        st.tuples(inner, inner).map(lambda pair: tuple[pair]),
        inner.map(lambda item: dict[str, item]),
        inner.map(lambda item: item | None if item is not None else item),
        st.tuples(inner, inner).map(lambda pair: pair[0] | pair[1] if None not in pair else pair[0]),
        inner.map(lambda item: Annotated[item, never_mind]),
        inner.map(lambda item: Annotated[item, at.MaxLen(2)]),
    )


annotations = st.recursive(st.sampled_from(LEAVES), containers, max_leaves=5)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 10),
    st.floats(),
    st.sampled_from(
        ["", "a", "r", "2", "1.5", "2024-01-02", "2024-01-02T03:04:05Z", "03:04", "a@b.de", "\ud800", "\x00"]
    ),
    st.sampled_from([str(uuid.UUID(int=1)), 10**30, 10**400]),
)
OBJECTS: list[Any] = [
    {"kind": "card", "number": 1},
    {"kind": "cash"},
    {"kind": "card"},
    {"x": 1, "label": None},
    {"x": "1"},
]
json = st.recursive(
    st.one_of(scalars, st.sampled_from(OBJECTS)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(["a", "b", "kind", "x"]), inner, max_size=3)
    ),
    max_leaves=6,
)


@generated
@given(annotations, st.lists(json, min_size=1, max_size=4))
def test_a_class_or_a_refusal_and_then_values_or_errors(annotation: Any, sent: list[Any]) -> None:
    body: dict[str, Any] = {"__module__": "acme", "__annotations__": {"value": annotation}}
    try:
        cls: Any = type("Some", (Serializer,), body)
    except AnnotationError as error:
        told = error
    else:
        told = None
    if told is not None:
        assert "acme.Some.value: " in str(told)
        return
    repr(cls())
    awaits = cls().has_async_hooks
    for value in sent:
        first, second = cls(data={"value": value}), cls(data={"value": value})
        valid = async_to_sync(first.ais_valid)()
        if not awaits:
            assert second.is_valid() is valid
            assert repr(second.errors) == repr(first.errors)
            assert repr(second.validated_data) == repr(first.validated_data)
        if not valid:
            assert first.errors
            continue
        shown = cls(first.validated_data).data
        JSONRenderer().render(shown)
        again = cls(data=shown)
        assert async_to_sync(again.ais_valid)(), (shown, again.errors)
