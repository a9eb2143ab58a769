"""Plans are invisible: for generated serializers, objects and input, restflow and DRF agree in everything.

`RESTFLOW_HYPOTHESIS=long` runs many more examples.
"""

import datetime as dt
import decimal
import os
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.http import QueryDict
from django.test import override_settings
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework import fields as drf
from rest_framework import serializers as drf_serializers
from rest_framework.renderers import JSONRenderer

from restflow import serializers as own

EXAMPLES = 5_000 if os.environ.get("RESTFLOW_HYPOTHESIS") == "long" else 150
generated = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))


class Upper(drf.CharField):
    """A field of the project's, whose own methods must run."""

    def to_representation(self, value: Any) -> str:
        return f"{self.context.get('prefix', '')}{super().to_representation(value).upper()}"

    def to_internal_value(self, data: Any) -> str:
        return super().to_internal_value(data).lower()


def short_enough(value: Any) -> None:
    if len(str(value)) > 6:
        raise drf_serializers.ValidationError("long", code="long")


FIELDS: dict[str, tuple[Any, list[dict[str, Any]]]] = {
    "char": (
        drf.CharField,
        [{}, {"max_length": 5}, {"min_length": 2}, {"trim_whitespace": False}, {"allow_blank": True}],
    ),
    "upper": (Upper, [{}]),
    "checked": (drf.CharField, [{"validators": [short_enough]}]),
    "email": (drf.EmailField, [{}]),
    "slug": (drf.SlugField, [{}]),
    "int": (drf.IntegerField, [{}, {"min_value": 0, "max_value": 10}]),
    "float": (drf.FloatField, [{}, {"max_value": 3}]),
    "bool": (drf.BooleanField, [{}]),
    "decimal": (
        drf.DecimalField,
        [
            {"max_digits": 6, "decimal_places": 2},
            {"max_digits": None, "decimal_places": 2},
            {"max_digits": 6, "decimal_places": 0},
            {"max_digits": 6, "decimal_places": 2, "coerce_to_string": False},
            {"max_digits": 6, "decimal_places": 2, "max_value": 10},
            {"max_digits": 6, "decimal_places": 2, "rounding": "ROUND_UP"},
        ],
    ),
    "moment": (drf.DateTimeField, [{}, {"format": "%Y"}, {"format": None}]),
    "day": (drf.DateField, [{}, {"format": "%d/%m/%Y"}, {"input_formats": ["%d.%m.%Y"]}]),
    "time": (drf.TimeField, [{}]),
    "length": (drf.DurationField, [{}]),
    "uuid": (drf.UUIDField, [{}, {"format": "hex"}]),
    "choice": (drf.ChoiceField, [{"choices": ["a", "b", 1]}]),
    "items": (lambda **kwargs: drf.ListField(child=drf.IntegerField(), **kwargs), [{}, {"max_length": 2}]),
    "named": (lambda **kwargs: drf.DictField(child=drf.CharField(), **kwargs), [{}]),
    "json": (drf.JSONField, [{}]),
    "read": (lambda **kwargs: drf.ReadOnlyField(), [{}]),
    "method": (lambda **kwargs: drf_serializers.SerializerMethodField(method_name="get_method"), [{}]),
    "hidden": (lambda **kwargs: drf.HiddenField(default="h"), [{}]),
}
OPTIONS: list[dict[str, Any]] = [
    {},
    {"required": False},
    {"allow_null": True},
    {"default": None, "allow_null": True},
    {"read_only": True},
    {"write_only": True},
    {"source": "other"},
    {"source": "inner.x"},
]

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-12, 12),
    st.sampled_from([10**20, -(10**400), 2**63]),
    st.floats(allow_nan=True, allow_infinity=True),
    st.sampled_from([0.1, 1e16, 1e-5, 1e15, -0.0]),
    st.text(max_size=8),
    st.sampled_from(
        [
            "",
            " ",
            " x ",
            "a",
            "1",
            "5.00",
            "-0",
            "1.5",
            "007.50",
            "x@y.zz",
            "a-b",
            "null",
            "true",
            "\x00",
            "é\u2028",
            "\ud800",
        ]
    ),
    st.sampled_from(
        [
            "2024-01-02",
            "2024-01-02T03:04:05Z",
            "2024-01-02T03:04:05",
            "2024-01-02T03:04:05+05:30",
            "03:04",
            "1 00:00:01",
        ]
    ),
    st.decimals(places=2, min_value=-9999, max_value=9999),
    st.sampled_from([decimal.Decimal("1E+3"), decimal.Decimal("0.005"), decimal.Decimal("-0"), decimal.Decimal("NaN")]),
    st.datetimes(),
    st.datetimes(timezones=st.sampled_from([dt.UTC, dt.timezone(dt.timedelta(hours=5, minutes=30))])),
    st.dates(),
    st.times(),
    st.timedeltas(dt.timedelta(-5), dt.timedelta(5)),
    st.uuids(),
    st.sampled_from([lambda: "called", len, str]),
)
values = st.one_of(scalars, st.lists(scalars, max_size=3), st.dictionaries(st.text(max_size=3), scalars, max_size=2))


@st.composite
def declarations(draw: Any) -> dict[str, Any]:
    """Name -> a function that makes the field."""
    made: dict[str, Any] = {}
    for number in range(draw(st.integers(1, 4))):
        name = draw(st.sampled_from(sorted(FIELDS)))
        factory, variants = FIELDS[name]
        keywords = {**draw(st.sampled_from(variants)), **draw(st.sampled_from(OPTIONS))}
        made[f"{name}{number}"] = lambda factory=factory, keywords=keywords: factory(**keywords)
    return made


def classes(declared: dict[str, Any]) -> tuple[Any, Any]:
    """DRF's and restflow's serializer with the same fields, beneath another one and in a list of it."""
    pair = []
    for library in (drf_serializers, own):
        body = {name: make() for name, make in declared.items()}
        inner = type("Inner", (library.Serializer,), {**body, "get_method": lambda self, obj: type(obj).__name__})
        outer = type(
            "Outer",
            (library.Serializer,),
            {
                "one": inner(required=False, allow_null=True),
                "many": inner(many=True, required=False),
                "n": drf.IntegerField(),
            },
        )
        pair.append((inner, outer))
    return pair[0], pair[1]


def outcome(action: Any) -> Any:
    try:
        return "gave", plain(action())
    except Exception as error:
        return "raised", type(error).__name__, str(error)


def plain(value: Any) -> Any:
    """Values with their types and their order, so that 1, 1.0 and True differ, and NaN equals NaN."""
    if isinstance(value, dict):
        return [(name, plain(item)) for name, item in value.items()]
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    code = getattr(value, "code", None)
    return (type(value).__name__, repr(value), code)


class Thing:
    def __init__(self, values: dict[str, Any]) -> None:
        self.__dict__.update(values)


@st.composite
def objects(draw: Any, declared: dict[str, Any]) -> Any:
    names = [*declared, "other"]
    found = {name: draw(values) for name in names if draw(st.integers(0, 5))}
    if draw(st.booleans()):
        found["inner"] = draw(st.sampled_from([None, {"x": "in"}, Thing({"x": 3}), {}]))
    return found if draw(st.booleans()) else Thing(found)


@generated
@given(st.data())
def test_rendering(data: Any) -> None:
    declared = data.draw(declarations())
    (drf_inner, drf_outer), (own_inner, own_outer) = classes(declared)
    one = data.draw(objects(declared))
    context = {"prefix": ">"}
    expected = outcome(lambda: drf_inner(one, context=context).data)
    assert outcome(lambda: own_inner(one, context=context).data) == expected
    assert outcome(lambda: own_inner([one], many=True, context=context).data) == outcome(
        lambda: drf_inner([one], many=True, context=context).data
    )
    whole = {"one": one, "many": [one], "n": 1}
    assert outcome(lambda: own_outer(whole, context=context).data) == outcome(
        lambda: drf_outer(whole, context=context).data
    )
    touched = own_inner(one, context=context)
    touched.fields["added"] = drf.ReadOnlyField(default="added")
    reference = drf_inner(one, context=context)
    reference.fields["added"] = drf.ReadOnlyField(default="added")
    assert outcome(lambda: touched.data) == outcome(lambda: reference.data)


@generated
@given(st.data())
def test_json(data: Any) -> None:
    pytest.importorskip("orjson")
    declared = data.draw(declarations())
    _drf, (own_inner, own_outer) = classes(declared)
    one = data.draw(objects(declared))
    for make in (lambda: own_inner(one), lambda: own_outer({"one": one, "many": [one], "n": 1})):
        fresh = outcome(lambda: make().data)  # noqa: B023
        serializer = make()
        try:
            written = serializer.render_json()
        except Exception as error:
            assert fresh == ("raised", type(error).__name__, str(error))  # noqa: PT017
            continue
        assert outcome(lambda: serializer.data) == fresh  # noqa: B023
        if written is not None:
            assert written == JSONRenderer().render(make().data)
            assert serializer.render_json() == written


@generated
@given(st.data())
def test_validating(data: Any) -> None:
    declared = data.draw(declarations())
    (drf_inner, drf_outer), (own_inner, own_outer) = classes(declared)
    sent: Any = data.draw(st.one_of(values, st.fixed_dictionaries({}, optional=dict.fromkeys(declared, values))))
    options = {"partial": data.draw(st.booleans())}

    def validated(cls: Any, sent: Any, **more: Any) -> Any:
        serializer = cls(data=sent, **options, **more)
        valid = serializer.is_valid()
        return {"valid": valid, "errors": serializer.errors, "data": serializer.validated_data}

    for theirs, ours, payload, more in (
        (drf_inner, own_inner, sent, {}),
        (drf_inner, own_inner, [sent, sent], {"many": True}),
        (drf_outer, own_outer, {"one": sent, "many": [sent], "n": "3"}, {}),
    ):
        with override_settings(REST_FRAMEWORK={"LIST_SERIALIZER_ERRORS_AS_DICT": True}):
            expected = outcome(lambda: validated(theirs, payload, **more))  # noqa: B023
            assert outcome(lambda: validated(ours, payload, **more)) == expected  # noqa: B023
    form = QueryDict(mutable=True)
    for name, value in sent.items() if isinstance(sent, dict) else ():
        if isinstance(value, str):
            form[name] = value
    assert outcome(lambda: validated(own_inner, form)) == outcome(lambda: validated(drf_inner, form))


async def unchanged(self: Any, attrs: Any) -> Any:
    return attrs


async def never_mind(value: Any) -> None:
    """A validator that awaits nothing."""


def awaited_classes(declared: dict[str, Any]) -> tuple[Any, Any]:
    """restflow's serializers with hooks that are awaited at every depth, and change nothing."""
    inner = type(
        "Inner",
        (own.Serializer,),
        {**{name: make() for name, make in declared.items()}, "get_method": None, "avalidate": unchanged},
    )
    fields = {
        "one": inner(required=False, allow_null=True),
        "many": inner(many=True, required=False),
        "n": drf.IntegerField(validators=[never_mind]),
        "numbers": drf.ListField(child=drf.IntegerField(validators=[never_mind]), required=False),
        "named": drf.DictField(child=inner(), required=False),
    }
    return inner, type("Outer", (own.Serializer,), {**fields, "avalidate": unchanged})


def drf_outer(inner: Any) -> Any:
    fields = {
        "one": inner(required=False, allow_null=True),
        "many": inner(many=True, required=False),
        "n": drf.IntegerField(),
        "numbers": drf.ListField(child=drf.IntegerField(), required=False),
        "named": drf.DictField(child=inner(), required=False),
    }
    return type("Outer", (drf_serializers.Serializer,), fields)


@generated
@given(st.data())
def test_validating_with_hooks_that_are_awaited(data: Any) -> None:
    declared = data.draw(declarations())
    theirs, _own = classes(declared)
    inner, outer = awaited_classes(declared)
    sent: Any = data.draw(st.one_of(values, st.fixed_dictionaries({}, optional=dict.fromkeys(declared, values))))
    more: Any = data.draw(values)
    options = {"partial": data.draw(st.booleans())}

    def validated(cls: Any, sent: Any, is_valid: Any, **more: Any) -> Any:
        serializer = cls(data=sent, **options, **more)
        valid = is_valid(serializer)
        return {"valid": valid, "errors": serializer.errors, "data": serializer.validated_data}

    def sync(serializer: Any) -> Any:
        return serializer.is_valid()

    def awaited(serializer: Any) -> Any:
        return async_to_sync(serializer.ais_valid)()

    whole = {"one": sent, "many": [sent, more], "n": "3", "numbers": more, "named": {"k": sent}}
    for cls, ours, payload, options_of_call in (
        (theirs[0], inner, sent, {}),
        (theirs[0], inner, [sent, more], {"many": True}),
        (drf_outer(theirs[0]), outer, whole, {}),
    ):
        with override_settings(REST_FRAMEWORK={"LIST_SERIALIZER_ERRORS_AS_DICT": True}):
            expected = outcome(lambda: validated(cls, payload, sync, **options_of_call))  # noqa: B023
            assert outcome(lambda: validated(ours, payload, awaited, **options_of_call)) == expected  # noqa: B023


SETTINGS: list[dict[str, Any]] = [
    {"USE_TZ": False},
    {"TIME_ZONE": "Asia/Dhaka"},
    {"REST_FRAMEWORK": {"DATETIME_FORMAT": "%Y", "DATE_FORMAT": "%d"}},
    {"REST_FRAMEWORK": {"COERCE_DECIMAL_TO_STRING": False}},
    {"REST_FRAMEWORK": {"DATE_INPUT_FORMATS": ["%d.%m.%Y"]}},
]


@pytest.mark.parametrize("changed", SETTINGS, ids=str)
def test_settings_are_followed_by_classes_that_were_used_before(changed: dict[str, Any]) -> None:
    body: Any = lambda: {  # noqa: E731
        "moment": drf.DateTimeField(),
        "day": drf.DateField(),
        "price": drf.DecimalField(max_digits=6, decimal_places=2),
    }
    theirs = type("S", (drf_serializers.Serializer,), body())
    ours = type("S", (own.Serializer,), body())
    one = {
        "moment": dt.datetime(2024, 1, 2, 3, 4, tzinfo=dt.UTC),
        "day": dt.date(2024, 1, 2),
        "price": decimal.Decimal("1.5"),
    }
    sent = {"moment": "2024-01-02T03:04:05Z", "day": "2024-01-02", "price": "1.5"}
    for serializer in (ours(one), ours(data=sent)):
        if hasattr(serializer, "initial_data"):
            serializer.is_valid()
        assert serializer.data

    def both(cls: Any) -> Any:
        serializer = cls(data=sent)
        serializer.is_valid()
        return plain([cls(one).data, serializer.errors, serializer.validated_data])

    with override_settings(**changed):
        assert both(ours) == both(theirs)
    with timezone.override("Europe/Berlin"):
        assert both(ours) == both(theirs)
    assert both(ours) == both(theirs)
