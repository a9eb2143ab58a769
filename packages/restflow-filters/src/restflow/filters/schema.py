"""OpenAPI: a parameter object for each parameter of a filter set, by the class alone."""

import datetime
import decimal
import enum
import json
import pickle
import uuid
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.utils.encoding import force_str
from django.utils.translation import get_language
from rest_framework.fields import empty

from restflow.filters import _typed as filter_fields
from restflow.filters._field import Field
from restflow.filters.ordering import OrderField

if TYPE_CHECKING:
    from restflow.filters._plan import Parameter, Plan
    from restflow.filters.filterset import FilterSet

Schema = dict[str, Any]

_INSENSITIVE = " (case-insensitive)"
LOOKUP_DESCRIPTIONS: dict[str, str] = {
    "exact": "equals",
    "iexact": "equals" + _INSENSITIVE,
    "gt": "is greater than",
    "gte": "is greater than or equal to",
    "lt": "is less than",
    "lte": "is less than or equal to",
    "in": "is one of",
    "range": "is in range",
    "isnull": "is null",
    "contains": "contains",
    "icontains": "contains" + _INSENSITIVE,
    "startswith": "starts with",
    "istartswith": "starts with" + _INSENSITIVE,
    "endswith": "ends with",
    "iendswith": "ends with" + _INSENSITIVE,
    "date": "date is",
    "year": "year is",
    "iso_year": "ISO year is",
    "month": "month is",
    "day": "day is",
    "week": "week is",
    "week_day": "week day is",
    "iso_week_day": "ISO week day is",
    "quarter": "quarter is",
    "time": "time is",
    "hour": "hour is",
    "minute": "minute is",
    "second": "second is",
    "len": "length is",
    "search": "matches full-text search",
    "trigram_similar": "is trigram-similar to",
    "trigram_word_similar": "is trigram-word-similar to",
    "unaccent": "matches (accent-insensitive)",
    "overlap": "overlaps with",
    "overlaps": "overlaps with",
    "contained_by": "is contained by",
    "regex": "matches regex",
    "iregex": "matches regex" + _INSENSITIVE,
}
"""The phrase of each lookup, for variants without a text of their own."""

_BOUND_LABELS: dict[str, str] = {
    "gt": "Exclusive Lower Bound",
    "gte": "Inclusive Lower Bound",
    "lt": "Exclusive Upper Bound",
    "lte": "Inclusive Upper Bound",
    "in": "Value Set Membership",
    "range": "Inclusive Range",
    "isnull": "Null Check",
    "exact": "Exact Match",
    "iexact": "Exact Match (Case-Insensitive)",
    "contains": "Substring Match",
    "icontains": "Substring Match (Case-Insensitive)",
    "startswith": "Prefix Match",
    "istartswith": "Prefix Match (Case-Insensitive)",
    "endswith": "Suffix Match",
    "iendswith": "Suffix Match (Case-Insensitive)",
}
_FORMATS: tuple[tuple[type[Any], Schema], ...] = (
    (filter_fields.BooleanField, {"type": "boolean"}),
    (filter_fields.IntegerField, {"type": "integer"}),
    (filter_fields.FloatField, {"type": "number", "format": "float"}),
    (filter_fields.DecimalField, {"type": "string", "format": "decimal"}),
    (filter_fields.EmailField, {"type": "string", "format": "email"}),
    (filter_fields.UUIDField, {"type": "string", "format": "uuid"}),
    (filter_fields.DateTimeField, {"type": "string", "format": "date-time"}),
    (filter_fields.DateField, {"type": "string", "format": "date"}),
    (filter_fields.TimeField, {"type": "string", "format": "time"}),
    (filter_fields.DurationField, {"type": "string", "format": "duration"}),
)
_TYPES: tuple[tuple[type[Any], str], ...] = ((bool, "boolean"), (int, "integer"), (float, "number"), (str, "string"))


def build_filterset_parameters(filterset_class: "type[FilterSet]") -> list[Schema]:
    """The parameter objects of a filter set, in its order: worked out once per class and language, copied each time."""
    plan = filterset_class.compiled()
    language = get_language() or ""
    known = plan.schemas.get(language)
    if known is None:
        shown = (p for p in plan.parameters.values() if plan.options.schema_negated or not p.toggled)
        made = [_parameter(plan, parameter) for parameter in shown]
        known = plan.schemas.setdefault(language, pickle.dumps(made))
    copies: list[Schema] = pickle.loads(known)  # the fastest of copies that share nothing
    return copies


def field_to_parameter(name: str, field: Any, separator: str) -> Schema:
    """The parameter object of one field; `separator` tells the lookup in a name, for the description."""
    return _object(name, field, field_to_schema(field), get_field_description(name, field, separator), field.required)


def get_field_description(name: str, field: Any, separator: str) -> str:
    """What a parameter does, by its name and field alone; empty where there is nothing to say."""
    base, _, suffix = name.removesuffix("!").partition(separator)
    text = force_str(field.help_text or field._kwargs.get("label") or "")
    if suffix and not text:
        text = f"{base} {LOOKUP_DESCRIPTIONS.get(suffix, suffix.replace('_', ' '))}"
    return _negated(text, base) if name.endswith("!") else text


def field_to_schema(field: Any) -> Schema:
    """The schema of a field's values."""
    if isinstance(field, OrderField | filter_fields.MultipleChoiceField):
        schema: Schema = {"type": "array", "items": _enumeration(field.choices), "uniqueItems": True}
    elif isinstance(field, filter_fields.RangeField):
        schema = {"type": "array", "items": field_to_schema(field.child), "minItems": 2, "maxItems": 2}
    elif isinstance(field, filter_fields.ListField):
        schema = {"type": "array", "items": field_to_schema(field.child)}
        _put(schema, minItems=field.min_length, maxItems=field.max_length)
    elif isinstance(field, filter_fields.ChoiceField):
        schema = _enumeration(field.choices)
    else:
        schema = dict(next((known for kind, known in _FORMATS if isinstance(field, kind)), {"type": "string"}))
        _put(schema, minimum=_number(field, "min_value"), maximum=_number(field, "max_value"))
        if isinstance(field, filter_fields.IntegerField) and not schema.keys() >= {"minimum", "maximum"}:
            schema["format"] = "int64"  # what the field refuses beyond
        if schema["type"] == "string":
            _put(schema, minLength=getattr(field, "min_length", None), maxLength=getattr(field, "max_length", None))
        if isinstance(field, filter_fields.DecimalField):
            _put(schema, **{"x-maxDigits": field.max_digits, "x-decimalPlaces": field.decimal_places})
    default = _default(field)
    if default is not empty and not callable(default) and (value := _plain(field, default)) is not empty:
        schema["default"] = value
    return schema


def _default(field: Any) -> Any:
    if isinstance(field, OrderField):  # a default may be a path, which no client can send
        keys = list(field.default_order)
        return keys if keys and field.choices.keys() >= set(keys) else empty
    return getattr(field, "filter_default", empty)


def _parameter(plan: "Plan", parameter: "Parameter") -> Schema:
    filt, field = plan.filters[parameter.filter], parameter.field
    schema = field_to_schema(field)
    if parameter.variant or parameter.toggled:
        schema.pop("default", None)  # it is the base parameter's
    required = (parameter.filter, parameter.name) in plan.required
    return _object(parameter.name, field, schema, _description(plan, parameter, filt), required)


def _object(name: str, field: Any, schema: Schema, description: str, required: bool) -> Schema:
    found: Schema = {"name": name, "in": "query", "required": required, "schema": schema}
    if schema.get("type") == "array":
        found.update(style="form", explode=False)
    if description:
        found["description"] = description
    if getattr(field, "deprecated", False):
        found["deprecated"] = True
    return found


def _base_name(plan: "Plan", parameter: "Parameter") -> str:
    filt = plan.filters[parameter.filter]
    return parameter.filter if filt.param is None else filt.param


def _description(plan: "Plan", parameter: "Parameter", filt: Field) -> str:
    base = _base_name(plan, parameter)
    if not parameter.variant:
        text = filt.help_text or filt._kwargs.get("label") or _column_help(plan, parameter)
    else:
        text = parameter.field.help_text if parameter.own_help else ""
        last = parameter.lookup.rpartition("__")[2]
        if not text and filt.help_text:
            text = f"{force_str(filt.help_text)} ({bound_label(last)})"
        text = text or f"{base} {LOOKUP_DESCRIPTIONS.get(last, last.replace('_', ' '))}"
    return _negated(force_str(text or ""), base) if parameter.toggled else force_str(text or "")


def _negated(text: str, base: str) -> str:
    return f"exclude where {text or base}"


def bound_label(lookup: str) -> str:
    """What a lookup adds to the help text of its filter."""
    return _BOUND_LABELS.get(lookup) or lookup.replace("_", " ").title()


def _column_help(plan: "Plan", parameter: "Parameter") -> Any:
    column = plan.columns.get(parameter.paths[0]) if parameter.paths else None
    return getattr(column, "help_text", "")


def _enumeration(choices: Iterable[Any]) -> Schema:
    values = [value for value in map(_jsonable, choices) if value is not empty]
    schema: Schema = {"enum": values}
    kinds = {next((name for kind, name in _TYPES if isinstance(value, kind)), None) for value in values}
    if len(kinds) == 1 and (kind := kinds.pop()) is not None:
        return {"type": kind} | schema
    return schema


def _number(field: Any, name: str) -> Any:
    value = getattr(field, name, None)
    if isinstance(value, decimal.Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value if isinstance(value, int | float) else None


def _put(schema: Schema, **values: Any) -> None:
    schema.update({key: value for key, value in values.items() if value is not None})


def _jsonable(value: Any) -> Any:
    """A value as JSON has it, `empty` where it has none."""
    if isinstance(value, enum.Enum):
        value = value.value
    if isinstance(value, decimal.Decimal | uuid.UUID | datetime.date | datetime.time):
        return str(value)
    try:
        return json.loads(json.dumps(value, allow_nan=False))
    except (TypeError, ValueError):
        return empty


def _plain(field: Any, default: Any) -> Any:
    """A default as its field shows it, `empty` where that is no JSON."""
    try:
        return _jsonable(field.to_representation(default))
    except (TypeError, ValueError, AttributeError):
        return _jsonable(default)
