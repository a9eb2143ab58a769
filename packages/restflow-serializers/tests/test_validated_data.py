"""Validated data is a dict whose keys are attributes."""

import copy
import datetime
import decimal
import enum
import ipaddress
import json
import pathlib
import pickle
import types
import uuid
from dataclasses import dataclass
from typing import Any

import pytest
from django.utils.translation import gettext_lazy
from serializers_testapp.models import Author

from restflow.serializers import Serializer, ValidatedData
from restflow.serializers.validated_data import transform_validated_data


class Kind(enum.Enum):
    A = "a"


@dataclass
class Pair:
    first: int
    second: decimal.Decimal


def test_what_is_no_dict_or_list_is_left_as_it_is() -> None:
    given = {
        "pair": Pair(1, decimal.Decimal(2)),
        "row": Author(pk=1),
        "view": types.MappingProxyType({"a": 1}),
        "t": (1,),
    }
    wrapped = transform_validated_data(given)
    assert all(wrapped[name] is value for name, value in given.items())
    assert wrapped == given
    assert transform_validated_data(3) == 3
    assert type(transform_validated_data([{"a": 1}])[0]) is ValidatedData


def test_keys_and_attributes_are_the_same() -> None:
    data = ValidatedData(name="x")
    data.age = 1
    data["city"] = "D"
    assert (data.name, data["age"], data.city, data.get("nope")) == ("x", 1, "D", None)
    del data.name
    assert dict(data) == {**data} == {"age": 1, "city": "D"}
    for missing in ("name", "__json_schema__"):
        with pytest.raises(AttributeError):
            getattr(data, missing)
    with pytest.raises(AttributeError):
        del data.name
    with pytest.raises(KeyError):
        data["name"]


def test_a_key_called_like_a_method_is_reached_by_key() -> None:
    assert ValidatedData(items=3)["items"] == 3
    assert callable(ValidatedData(items=3).items)


def test_nesting_is_wrapped_shared_objects_and_cycles_included() -> None:
    shared: dict[str, Any] = {"a": 1}
    cycle: dict[str, Any] = {}
    cycle["self"] = cycle
    wrapped = transform_validated_data({"x": shared, "y": [shared], "t": (shared,), "c": cycle})
    assert (wrapped.x.a, wrapped.y[0].a) == (1, 1)
    assert wrapped.x is wrapped.y[0]
    assert type(wrapped.t[0]) is dict
    assert wrapped.c["self"] is wrapped.c


def test_deep_input_does_not_exhaust_the_stack() -> None:
    deep: Any = {}
    for _ in range(100_000):
        deep = {"d": deep}
    assert transform_validated_data(deep).d.d.d


@pytest.mark.parametrize(
    "copied",
    [
        lambda data: pickle.loads(pickle.dumps(data)),
        copy.copy,
        copy.deepcopy,
        lambda data: data.copy(),
        lambda data: data | {},
        lambda data: {} | data,
    ],
)
def test_copies_are_validated_data(copied: Any) -> None:
    data = transform_validated_data({"a": {"b": 1}})
    other = copied(data)
    assert type(other) is ValidatedData
    assert other == data == {"a": {"b": 1}}
    assert other.a.b == 1


def test_repr_and_plain_form() -> None:
    data = transform_validated_data({"a": {"b": 1}})
    assert repr(ValidatedData(a=1)) == "ValidatedData({'a': 1})"
    assert type(data.__json__()["a"]) is dict


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (decimal.Decimal("1.50"), "1.50"),
        (uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (datetime.datetime(2024, 1, 2, 3, 4), "2024-01-02T03:04:00"),
        (datetime.date(2024, 1, 2), "2024-01-02"),
        (datetime.timedelta(seconds=90), "00:01:30"),
        (Kind.A, "a"),
        ({1}, [1]),
        (b"a", "a"),
        (b"\xff", "/w=="),
        (ipaddress.ip_address("::1"), "::1"),
        (pathlib.PurePosixPath("/a"), "/a"),
        (ipaddress.ip_network("10.0.0.0/8"), "10.0.0.0/8"),
        (datetime.time(3, 4), "03:04:00"),
        (frozenset({1}), [1]),
        (gettext_lazy("word"), "word"),
        (Pair(1, decimal.Decimal("2.5")), {"first": 1, "second": "2.5"}),
        (Author(pk=7), 7),
        (types.MappingProxyType({"a": {1}}), {"a": [1]}),
        ({"deep": [{"at": datetime.date(2024, 1, 2)}]}, {"deep": [{"at": "2024-01-02"}]}),
    ],
    ids=str,
)
def test_to_json_knows_what_fields_give(value: Any, text: Any) -> None:
    assert json.loads(ValidatedData(x=value).to_json()) == {"x": text}


def test_to_json_asks_the_callers_default_first_and_refuses_the_rest() -> None:
    assert ValidatedData(x=Kind.A).to_json(default=lambda value: "mine") == '{"x": "mine"}'
    with pytest.raises(TypeError, match="object"):
        ValidatedData(x=object()).to_json()


def test_it_is_there_after_validation_and_the_same_each_time() -> None:
    class Some(Serializer):
        name: str

    serializer = Some(data={"name": "x"})
    with pytest.raises(AssertionError):
        serializer.validated_data  # noqa: B018
    assert serializer.is_valid()
    assert serializer.validated_data is serializer.validated_data
    assert serializer.validated_data.name == "x"
