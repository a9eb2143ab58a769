"""The generated functions write exactly what the fields say, for every kind of value and of signature."""

import uuid
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from restflow.caching import ArgsKeyField, ConstantKeyField, InlineKeyConstructor, KeyConstructor, ViewKwargsKeyField
from restflow.caching.keys._address import mark_key, token_key
from restflow.caching.keys._text import loose_text

VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.text(max_size=60),
    st.sampled_from(["full", "None", "True", "1", "", "a::b", "é", "x" * 300, "_", "class", "-1"]),
    st.uuids(),
    st.lists(st.integers(), max_size=3),
)


class Exclaimed(ArgsKeyField):
    """A field with a text of its own."""

    def stringify(self, value):
        return f"{super().stringify(value)}!"


def three(a, b="default", *, c=None): ...
def starred(a, *b, c=None, **rest): ...
def view(self, request, a, b="default", c=None): ...


def fields():
    return {
        "one": ArgsKeyField("a", partition=True),
        "two": ArgsKeyField(["b", "a"], partition=True),
        "fixed": ConstantKeyField("v", "a constant", partition=True),
        "hashed": ArgsKeyField("b", hash=True),
        "own": Exclaimed("c"),
        "normal": ArgsKeyField("c", normalizer=str),
        "all": ViewKwargsKeyField("*"),
    }


PLANS = {
    function.__name__: InlineKeyConstructor(fields(), namespace=f"compiled-{function.__name__}")().plan(function)
    for function in (three, starred, view)
}


@pytest.mark.parametrize("name", PLANS)
@settings(max_examples=150, deadline=None)
@given(a=VALUES, b=VALUES, c=VALUES)
def test_a_generated_key_is_what_its_fields_write(name, a, b, c):
    plan = PLANS[name]
    args = {"three": (a, b), "starred": (a, b, b), "view": (None, None, a, b)}[name]
    kwargs = {"c": c, "more": b} if name == "starred" else {"c": c}
    values = plan.shape.bind(*args, **kwargs)
    own = plan.func, args, kwargs
    partition = [field.get_cache_key_part(*own) for field in fields_of(plan, partition=True)]
    suffix = "::".join(field.get_cache_key_part(*own) for field in fields_of(plan, partition=False))
    fitted = suffix if len(suffix) <= 250 else plan.fitted_suffix(suffix)
    key = plan.fitted("::".join([plan.prefix, *partition, fitted]))
    assert plan.key(values, args, kwargs) == key
    address = plan.address(values, args, kwargs)
    assert (address.key, address.marked) == (key, True)
    assert address.tokens[0] == plan.function_token
    assert address.tokens[-1] == mark_key(key)
    if name == "three":
        named = [f"a={loose_text(a)}", f"b={loose_text(b)}", f"a={loose_text(a)}"]
        tokens = [token_key(plan.prefix, "&".join(named[i] for i in subset)) for subset in plan.subsets]
        assert list(address.tokens[1:-1]) == tokens


def fields_of(plan, *, partition):
    return [field for field in CONSTRUCTED[plan.func.__name__].values() if field.partition is partition]


CONSTRUCTED = {name: fields() for name in PLANS}


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(VALUES, VALUES), min_size=2, max_size=12))
def test_no_two_different_calls_share_an_address(calls):
    plan = PLANS["three"]
    seen = {}
    for a, b in calls:
        key = plan.key(plan.shape.bind(a, b), (a, b), {})
        meaning = repr((type(a), a, type(b), b))
        assert seen.setdefault(key, meaning) == meaning


@pytest.mark.parametrize("value", [7, "7", "seven", uuid.UUID(int=7), Decimal("7.0"), True, None])
def test_a_wipe_names_the_generation_that_an_entry_recorded(value):
    class Key(KeyConstructor):
        a = ArgsKeyField("a", partition=True)

        class Meta:
            namespace = "compiled-wipes"

    plan = Key().plan(three)
    address = plan.address(plan.shape.bind(value), (value,), {})
    assert plan.doomed((), {"a": value}) in address.tokens
