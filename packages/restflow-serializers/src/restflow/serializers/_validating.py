"""Validating by plan: a function generated per serializer class, for input that arrives as a dict.

A plain value of a plain field (a text that fits, a number in its bounds) is taken by a generated line. Everything
else, a wrong value above all, goes through the field itself, exactly as in DRF: errors are made in one place.
"""

import datetime as dt
import re
import uuid
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core import validators as django_validators
from django.core.exceptions import ValidationError as DjangoValidationError
from rest_framework import ISO_8601, relations
from rest_framework import fields as drf
from rest_framework import serializers as drf_serializers
from rest_framework.exceptions import ValidationError
from rest_framework.settings import api_settings
from rest_framework.validators import ProhibitSurrogateCharactersValidator

from restflow.serializers import bounds, fields
from restflow.serializers._blueprints import Blueprint
from restflow.serializers._tree import children_of
from restflow.serializers._twins import is_library_member
from restflow.serializers._zone import current_zone

_READS_ENTRY = (
    drf.Field.get_value,
    drf.ListField.get_value,
    drf.DictField.get_value,
    drf.JSONField.get_value,
    drf.MultipleChoiceField.get_value,
    relations.ManyRelatedField.get_value,
    drf_serializers.Serializer.get_value,
    drf_serializers.ListSerializer.get_value,
)
"""Of a dict, these take the entry of the field's name."""

_TEXTS = (drf.CharField, drf.EmailField, drf.RegexField, drf.SlugField, drf.URLField)
_CONVERTED = (
    drf.TimeField,
    drf.DurationField,
    drf.ChoiceField,
    drf.MultipleChoiceField,
    fields.EnumField,
    fields.LiteralField,
    drf.ListField,
    drf.DictField,
    fields.SetField,
    fields.TupleField,
)
"""Classes whose `to_internal_value` looks at nothing but the value and the field."""

_PURE = frozenset(
    {
        *_TEXTS,
        *_CONVERTED,
        drf.IntegerField,
        fields.BigIntegerField,
        drf.FloatField,
        drf.BooleanField,
        drf.DecimalField,
        fields.DecimalField,
        drf.DateField,
        drf.UUIDField,
    }
)
_PURE_VALIDATORS = frozenset(
    {
        django_validators.RegexValidator,
        django_validators.EmailValidator,
        django_validators.URLValidator,
        django_validators.MaxLengthValidator,
        django_validators.MinLengthValidator,
        django_validators.MaxValueValidator,
        django_validators.MinValueValidator,
        django_validators.ProhibitNullCharactersValidator,
        ProhibitSurrogateCharactersValidator,
        bounds.GreaterThan,
        bounds.LessThan,
        bounds.MultipleOf,
    }
)
_DONE_INLINE = (django_validators.ProhibitNullCharactersValidator, ProhibitSurrogateCharactersValidator)

_is_unfit = re.compile("[\x00\ud800-\udfff]").search


def _is_pure(field: Any) -> bool:
    """Whether the value alone decides what validating it gives, and nothing else happens meanwhile."""
    return (
        type(field) in _PURE
        and _is_unpatched(type(field))
        and all(type(validator) in _PURE_VALIDATORS and _has_fixed_limit(validator) for validator in field.validators)
        and all(map(_is_pure, children_of(field)))
    )


def _is_unpatched(cls: type) -> bool:
    """Whether the methods that a plan stands in for are the library's."""
    names = ("to_internal_value", "run_validation", "validate_empty_values", "run_validators")
    return all(is_library_member(cls, name) for name in names)


def _has_fixed_limit(validator: Any) -> bool:
    return not callable(getattr(validator, "limit_value", None))


def input_plan(blueprint: Blueprint) -> Callable[[Any, dict[str, Any]], dict[str, Any]] | None:
    """`plan(serializer, data)`, DRF's `to_internal_value` for a dict, which raises `ValidationError`.

    `None` if the class stores values in a way of its own.
    """
    if not blueprint.plain_fields or not is_library_member(blueprint.cls, "set_value"):
        return None
    names: dict[str, Any] = dict(_NAMES)
    names["slow"] = _Slow(blueprint).validate
    body: list[str] = []
    for index, (name, field) in enumerate(blueprint.fields.items()):
        if not field.read_only:
            body += _field_lines(blueprint.cls, name, field, index, names)
    source = ["def plan(self, data):", "    get = data.get", "    values = {}", "    errors = None"]
    source += [f"    {line}" for line in body]
    source += ["    if errors is not None: raise ValidationError(errors)", "    return values"]
    exec(compile("\n".join(source), f"<validation of {blueprint.cls.__qualname__}>", "exec"), names)
    plan: Callable[[Any, dict[str, Any]], dict[str, Any]] = names["plan"]
    return plan


class _Slow:
    """DRF's way with one field."""

    def __init__(self, blueprint: Blueprint) -> None:
        self.blueprint = blueprint

    def validate(self, serializer: Any, name: str, data: Any, values: Any, errors: Any) -> Any:
        """Adds to `values`, or gives `errors` with what is wrong."""
        field = serializer._one_field(name, self.blueprint)
        hook = getattr(serializer, f"validate_{name}", None)
        primitive = field.get_value(data)
        try:
            value = field.run_validation(primitive)
            if hook is not None:
                value = hook(value)
        except ValidationError as error:
            return {**(errors or {}), name: error.detail}
        except DjangoValidationError as error:
            return {**(errors or {}), name: drf.get_error_detail(error)}
        except drf.SkipField:
            return errors
        serializer.set_value(values, field.source_attrs, value)
        return errors


def _field_lines(cls: Any, name: str, field: Any, index: int, names: dict[str, Any]) -> list[str]:
    slow = f"errors = slow(self, {name!r}, data, values, errors)"
    kind = type(field)
    plain = kind.get_value in _READS_ENTRY and len(field.source_attrs) == 1
    known = _is_pure(field) or (kind is drf.DateTimeField and _is_unpatched(kind))
    if not plain or not known or hasattr(cls, f"validate_{name}"):
        return [slow]
    test, convert = _code(field, index, names)
    if test is None:
        return [slow]
    target = f"values[{field.source_attrs[0]!r}] = r"
    checks = _other_checks(field, index, names)
    lines = [f"v = get({name!r}, empty)", f"if {test}:"]
    if convert or checks:
        lines += [
            "    try:",
            *(f"        {line}" for line in (*convert, *checks)),
            "    except REFUSED:",
            f"        {slow}",
        ]
        lines += [f"    else: {target}"]
    else:
        lines += [f"    {target}"]
    if field.allow_null:
        lines.append(f"elif v is None: values[{field.source_attrs[0]!r}] = None")
    if not field.required and field.default is drf.empty:
        lines.append("elif v is empty: pass")
    return [*lines, f"else: {slow}"]


def _other_checks(field: Any, index: int, names: dict[str, Any]) -> list[str]:
    """Calls of the validators that no test stands for."""
    done = (*_DONE_INLINE, *((_LENGTHS) if type(field) in _TEXTS else _VALUES if _has_number_test(field) else ()))
    lines = []
    for number, validator in enumerate(field.validators):
        if type(validator) not in done:
            names[f"check_{index}_{number}"] = validator
            lines.append(f"check_{index}_{number}(r)")
    return lines


_LENGTHS = (django_validators.MaxLengthValidator, django_validators.MinLengthValidator)
_VALUES = (django_validators.MaxValueValidator, django_validators.MinValueValidator)


def _has_number_test(field: Any) -> bool:
    return type(field) in (drf.IntegerField, fields.BigIntegerField, drf.FloatField)


def _limits(field: Any, index: int, names: dict[str, Any], value: str) -> str:
    """Tests for the bounds of the field."""
    text = ""
    for number, validator in enumerate(field.validators):
        sign = "<=" if type(validator) in (_LENGTHS[0], _VALUES[0]) else ">="
        if type(validator) in (*_LENGTHS, *_VALUES):
            names[f"limit_{index}_{number}"] = validator.limit_value
            text += f" and {value} {sign} limit_{index}_{number}"
    return text


def _code(field: Any, index: int, names: dict[str, Any]) -> tuple[str | None, list[str]]:
    """A test for the values that are plain, which may set `r`, and lines that set it, which may raise."""
    cls = type(field)
    if cls in _TEXTS:
        text = "v.strip()" if field.trim_whitespace else "v"
        fits = "(r.isascii() and '\\0' not in r or not is_unfit(r))"
        return f"type(v) is str and (r := {text}) and {fits}{_limits(field, index, names, 'len(r)')}", []
    if cls in (drf.IntegerField, fields.BigIntegerField):
        return f"type(v) is int and -(10**18) < (r := v) < 10**18{_limits(field, index, names, 'r')}", []
    if cls is drf.FloatField:
        return f"type(v) is float and (r := v) - v == 0{_limits(field, index, names, 'r')}", []
    if cls is drf.BooleanField:
        return "(r := v) is True or v is False", []
    if cls in (drf.DecimalField, fields.DecimalField):
        return _decimal(field, index, names)
    if cls is drf.DateTimeField:
        return ("type(v) is str and settings.USE_TZ", _MOMENT) if _is_iso(field, "DATETIME") else (None, [])
    if cls is drf.DateField:
        return ("type(v) is str", ["r = day(v)"]) if _is_iso(field, "DATE") else (None, [])
    if cls is drf.UUIDField:
        return "type(v) is str", ["r = UUID(v)"]
    if cls in _CONVERTED:
        names[f"convert_{index}"] = field.to_internal_value
        return "v is not empty and v is not None", [f"r = convert_{index}(v)"]
    return None, []


_MOMENT = ["r = moment(v)", "if r.tzinfo is None: raise ValueError", "r = r.astimezone(zone())"]


def _is_iso(field: Any, name: str) -> bool:
    formats = getattr(field, "input_formats", getattr(api_settings, f"{name}_INPUT_FORMATS"))
    first = next(iter(formats), None)
    return isinstance(first, str) and first.lower() == ISO_8601 and not hasattr(field, "timezone")


def _decimal(field: Any, index: int, names: dict[str, Any]) -> tuple[str | None, list[str]]:
    whole, places = field.max_whole_digits, field.decimal_places
    if field.localize or not whole or whole < 1 or not places:
        return None, []
    names[f"match_{index}"] = re.compile(rf"-?[0-9]{{1,{whole}}}\.[0-9]{{{places}}}").fullmatch
    return f"type(v) is str and match_{index}(v)", ["r = Decimal(v)"]


_NAMES = {
    "empty": drf.empty,
    "is_unfit": _is_unfit,
    "settings": settings,
    "Decimal": Decimal,
    "UUID": uuid.UUID,
    "moment": dt.datetime.fromisoformat,
    "day": dt.date.fromisoformat,
    "zone": current_zone,
    "ValidationError": ValidationError,
    "REFUSED": (ValidationError, DjangoValidationError, ValueError, OverflowError, TypeError),
}
