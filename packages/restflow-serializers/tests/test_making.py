"""Instances that are made without DRF's constructor are as if made by it; texts of dates are those of `isoformat`."""

import copy
import datetime as dt
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rest_framework import fields as drf
from rest_framework import serializers as drf_serializers

from restflow.serializers import Serializer
from restflow.serializers._texts import day_text, utc_text, zoned_text


class Some(Serializer):
    n: int


class AsDRF(drf_serializers.Serializer[Any]):
    n = drf.IntegerField()


CALLS: dict[str, tuple[tuple[Any, ...], dict[str, Any]]] = {
    "nothing": ((), {}),
    "instance": (({"n": 1},), {}),
    "data": ((None, {"n": 1}), {}),
    "None as data": ((), {"data": None}),
    "partial in a context": ((), {"data": {}, "partial": True, "context": {"a": 1}}),
    "not many": ((), {"many": False}),
    "a field's": ((), {"required": False, "label": "x", "error_messages": {"null": "y"}}),
    "with validators": ((), {"validators": [print]}),
}


@pytest.mark.parametrize("call", CALLS)
def test_the_state_is_that_of_drf(call: str) -> None:
    arguments, keywords = CALLS[call]
    Some()  # the state of the class is known now
    made, expected = Some(*arguments, **keywords), AsDRF(*arguments, **keywords)
    own = {name: value for name, value in vars(made).items() if name != "_creation_counter"}
    assert own == {name: value for name, value in vars(expected).items() if name != "_creation_counter"}
    assert copy.deepcopy(made).__dict__.keys() == vars(made).keys()


def test_instances_share_nothing_that_can_be_changed() -> None:
    first, second = Some(), Some()
    first.error_messages["null"] = "changed"
    first.style["a"] = 1
    first._context["b"] = 2
    assert second.error_messages["null"] != "changed"
    assert second.style == {}
    assert second.context == {}


def test_output_is_wrapped_as_drf_wraps_it() -> None:
    made, expected = Some({"n": 1}).data, AsDRF({"n": 1}).data
    assert type(made) is type(expected)
    assert vars(made).keys() == vars(expected).keys()
    assert made == expected


def test_messages_of_the_class_may_change(monkeypatch: pytest.MonkeyPatch) -> None:
    class Changed(Serializer):
        pass

    Changed()
    monkeypatch.setattr(Changed, "default_error_messages", {"null": "no"})
    assert Changed().error_messages["null"] == "no"


def test_a_constructor_between_restflow_and_drf_is_called() -> None:
    class Noting(drf_serializers.Serializer[Any]):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self.noted = True

    class Both(Serializer, Noting):
        pass

    assert all(Both().noted for _time in range(3))


def test_declared_fields_keep_the_order_in_which_they_were_made() -> None:
    Some()
    fields = {"first": drf.CharField(), "second": Some(), "third": Some(), "fourth": drf.CharField(), "fifth": Some()}
    body = dict(reversed(fields.items()))
    cls: Any = type("Ordered", (Serializer,), {**body, "__module__": __name__})
    assert list(cls().fields) == list(fields)


@given(st.datetimes(timezones=st.just(dt.UTC)))
@example(dt.datetime(1, 2, 3, tzinfo=dt.UTC))
@example(dt.datetime(1000, 12, 31, 23, 59, 59, 999_999, tzinfo=dt.UTC))
@example(dt.datetime(2024, 1, 1, 0, 0, 0, 1, tzinfo=dt.UTC))
@example(dt.datetime(2024, 1, 1, tzinfo=dt.UTC, fold=1))
def test_texts_are_those_of_isoformat(moment: dt.datetime) -> None:
    assert utc_text(moment) == moment.isoformat().removesuffix("+00:00") + "Z"
    assert day_text(moment.date()) == moment.date().isoformat()


OFFSETS = st.timedeltas(dt.timedelta(hours=-23, minutes=-59), dt.timedelta(hours=23, minutes=59))


@given(st.datetimes(timezones=OFFSETS.map(dt.timezone)))
@example(dt.datetime(1, 2, 3, tzinfo=dt.UTC))
@example(dt.datetime(2024, 1, 2, tzinfo=dt.timezone(dt.timedelta(seconds=-1))))
def test_texts_of_other_zones_are_those_of_isoformat(moment: dt.datetime) -> None:
    text = moment.isoformat()
    assert zoned_text(moment) == (f"{text[:-6]}Z" if text.endswith("+00:00") else text)
