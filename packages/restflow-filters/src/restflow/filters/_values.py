"""The value of a variant: which field validates it, and what its column cannot take."""

import datetime
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from django.db import models
from django.db.backends.base.operations import BaseDatabaseOperations
from django.db.backends.utils import format_number
from django.utils import timezone

from restflow.core import ConfigError
from restflow.core.names import suggestion
from restflow.filters import _columns, _postgres
from restflow.filters import _typed as filter_fields
from restflow.filters._columns import Path
from restflow.filters._field import OWN_KEYWORDS, Field, RawField, light_copy
from restflow.filters.lookups import (
    ARRAYS,
    COMPARISONS,
    COMPONENTS,
    FRAGMENTS,
    LOOKUP_CATEGORIES,
    PATTERNS,
    POSTGRES_TEXT,
    Variant,
)
from restflow.filters.ordering import OrderField

# Of a filter's keywords, those that a variant which takes a fragment of text keeps.
_FRAGMENT_KEYWORDS = (
    "max_length",
    "trim_whitespace",
    "allow_blank",
    "validators",
    "error_messages",
    "label",
    "help_text",
)
_UNBOUND = frozenset(
    (
        *(filter_fields.StringField, filter_fields.IntegerField, filter_fields.FloatField, filter_fields.DecimalField),
        *(filter_fields.BooleanField, filter_fields.DateField, filter_fields.DateTimeField, filter_fields.TimeField),
        *(filter_fields.DurationField, filter_fields.UUIDField, filter_fields.EmailField, filter_fields.IPAddressField),
        *(filter_fields.ChoiceField, filter_fields.MultipleChoiceField, filter_fields.ListField),
        *(filter_fields.RangeField, filter_fields.PatternField, OrderField),
    )
)
_DATES = (filter_fields.DateField, filter_fields.DateTimeField)
_TIMES = (filter_fields.TimeField, filter_fields.DateTimeField)
_INT64 = 2**63


def variant_field(filt: Field, template: Field, variant: Variant, where: str) -> Field:
    """The field that validates the values of one variant of a filter; `template` is `own_field(filt)`."""
    own: Field = light_copy(template)
    for name in variant.lookup.split("__"):
        own = _over(own, name, where)
    if variant.help_text is not None:
        own.help_text = variant.help_text
    own.deprecated = filt.deprecated or variant.deprecated
    own.allow_null = filt.allow_null
    own.required = False
    return own


def own_field(filt: Field) -> Field:
    """The filter's field without what is the base parameter's alone."""
    keywords = filt.fresh_keywords(without=(*OWN_KEYWORDS, "default"))
    return RawField(**keywords) if type(filt) is RawField else type(filt)(*filt._args, **keywords)


def _over(own: Field, name: str, where: str) -> Field:
    """The field of lookup or transform `name` over values of `own`."""
    if name in COMPARISONS:
        return own
    if name in ("in", "range"):
        if own.value_shape != "single":
            if name == "in":
                return own
            raise ConfigError(f"{where}: the lookup 'range' needs single values, and the filter's are lists.")
        return (filter_fields.RangeField if name == "range" else filter_fields.ListField)(child=own)
    if name == "isnull":
        return filter_fields.BooleanField()
    if name in COMPONENTS:
        lowest, highest = COMPONENTS[name]
        return filter_fields.IntegerField(min_value=lowest, max_value=highest)
    if name == "date":
        return filter_fields.DateField()
    if name == "time":
        return filter_fields.TimeField()
    if name == "len":
        return filter_fields.IntegerField(min_value=0)
    if name in ARRAYS and own.value_shape == "list":
        return own
    if name in PATTERNS:
        return filter_fields.PatternField(**_fragment_keywords(own))
    if name in FRAGMENTS or name in POSTGRES_TEXT:
        if own.value_shape != "single":
            raise ConfigError(f"{where}: the lookup {name!r} needs single values, and the filter's are lists.")
        return filter_fields.StringField(**_fragment_keywords(own))
    return own


def _fragment_keywords(own: Field) -> dict[str, Any]:
    """What a variant that takes a fragment of text keeps of a string filter; format checks of others are dropped."""
    if not isinstance(own, filter_fields.StringField):
        return {}
    return {key: value for key, value in own._kwargs.items() if key in _FRAGMENT_KEYWORDS}


def in_category(filt: Field, column: Path | None, lookup: str) -> bool:
    """Whether a member of a category is one for this column, or for the field class where no column is known."""
    own = column.column if column is not None else None
    if own is not None and not own.is_relation and not isinstance(own, models.JSONField):
        if lookup == "date" and not isinstance(own, models.DateTimeField) and not column.transforms:  # type: ignore[union-attr]
            return False
        if lookup == "in" and _postgres.is_array(own):
            return False  # a list of lists has no form in a query string
        return _columns.supports(own, (*column.transforms, lookup))  # type: ignore[union-attr]
    if isinstance(own, models.JSONField) and lookup == "contains":
        return False  # containment of documents there, which not every database has
    if lookup in ("hour", "minute", "second"):
        return isinstance(filt, _TIMES)
    if lookup in ("date", "time"):
        return isinstance(filt, filter_fields.DateTimeField)
    if lookup in LOOKUP_CATEGORIES["date"]:
        return isinstance(filt, _DATES)
    return True


def orm_lookup(column: Path | None, lookup: str) -> str:
    """The ORM's name of a lookup: `overlaps` stands for `overlap`, unless the column knows it."""
    head, _, last = lookup.rpartition("__")
    own = None if column is None else _columns.key_of(column.column)
    if last != "overlaps" or (own is not None and own.get_lookup(last) is not None):
        return lookup
    return f"{head}__overlap" if head else "overlap"


def check_lookup(filt: Field, column: Path, lookup: str, where: str) -> None:
    """Refuses a lookup named on its own that the column does not support, with the nearest that it does."""
    own = _columns.key_of(column.column)
    if own is None or isinstance(own, models.JSONField):
        return
    parts = lookup.split("__")
    if _postgres.is_search_vector(own) and parts == ["search"]:
        return
    if not POSTGRES_TEXT.isdisjoint(parts) and not _postgres.installed():
        raise ConfigError(
            f"{where}: the lookup {lookup!r} needs django.contrib.postgres, which is not installed.",
            hint="Add 'django.contrib.postgres' to INSTALLED_APPS.",
        )
    array = _postgres.is_array(own) and not column.transforms
    lists = filt.value_shape == "list" and len(parts) == 1
    if (
        not _columns.supports(own, (*column.transforms, *parts))
        or (array and parts[-1] in ("in", "range"))
        or (lists and parts[0] in ARRAYS and not array)
    ):
        known = {name for name in own.get_lookups() if not array or name not in ("in", "range")}
        raise ConfigError(
            f"{where}: a {type(own).__name__} has no lookup {lookup!r}.",
            hint=suggestion(lookup, known, what="lookups"),
        )


def runner(field: Any) -> Callable[[Any], Any] | None:
    """What validates a raw value without a field bound to the request; `None` where its code may look at the request.

    The fields of this package look at nothing but the value, unless a validator asks for its field.
    """
    child = getattr(field, "child", None)
    if type(field) not in _UNBOUND or (child is not None and runner(child) is None):
        return None
    if any(getattr(validator, "requires_context", False) for validator in field.validators):
        return None
    run: Callable[[Any], Any] = field.run_validation
    if field.value_shape != "single" or getattr(field, "allow_blank", False):
        return run
    run = field.to_internal_value  # what else `run_validation` looks at is absent or blank, which has been seen to
    if not field.validators:
        return run

    def checked(raw: Any) -> Any:
        value = field.to_internal_value(raw)
        field.run_validators(value)
        return value

    return checked


def integer_range(path: Path | None) -> tuple[int, int] | None:
    """The smallest range that databases give an integer column, where `path` orders by it; else `None`."""
    if path is None or path.transforms not in (("gt",), ("gte",), ("lt",), ("lte",), ("range",)):
        return None
    column = _columns.key_of(path.column)
    if not isinstance(column, models.IntegerField):
        return None
    return BaseDatabaseOperations.integer_field_ranges.get(column.get_internal_type())


def guard(paths: Sequence[Path | None], field: Field) -> Callable[[Any], None] | None:
    """What raises `ValueError` or `OverflowError` for a value that would fail only when the query is compiled.

    `None` where the field lets nothing of the kind through.
    """
    checks = [check for path in paths if path is not None and (check := _check(path, field)) is not None]
    if not checks:
        return None

    def run(value: Any) -> None:
        for one in value if isinstance(value, list) else [value]:
            if one is not None and not isinstance(one, bool):
                for check in checks:
                    check(one)

    return run


def _check(path: Path, field: Field) -> Callable[[Any], None] | None:
    parts = path.transforms
    column = _columns.key_of(path.column)
    if column is None or isinstance(column, models.JSONField):
        return None
    if _postgres.is_array(column):
        return partial(_postgres.check_items, column) if not parts or parts[0] in ARRAYS else None
    if "year" in parts or "iso_year" in parts:
        return _check_year if isinstance(column, models.DateTimeField) else None
    if parts and not COMPARISONS.union(("in", "range")).issuperset(parts):
        return None
    kind = field.child if isinstance(field, filter_fields.ListField) else field
    if isinstance(column, models.DecimalField) and not _digits_fit(kind, column):
        return lambda value: _check_digits(column, value)
    if isinstance(column, models.IntegerField) and not isinstance(kind, filter_fields.IntegerField):
        return lambda value: _check_integer(column, value)
    if isinstance(column, models.DateTimeField) and not isinstance(kind, filter_fields.DateTimeField):
        return lambda value: _check_moment(column, value)
    if isinstance(column, models.DurationField) and not isinstance(kind, filter_fields.DurationField):
        return lambda value: _check_duration(column, value)
    return None


def _digits_fit(kind: Any, column: Any) -> bool:
    if not isinstance(kind, filter_fields.DecimalField) or kind.max_digits is None or column.max_digits is None:
        return isinstance(kind, filter_fields.DecimalField) and column.max_digits is None
    whole = kind.max_digits - (kind.decimal_places or 0)
    return bool(
        whole <= column.max_digits - column.decimal_places and (kind.decimal_places or 0) <= column.decimal_places
    )


def _check_digits(column: Any, value: Any) -> None:
    try:
        format_number(column.get_prep_value(value), column.max_digits, column.decimal_places)
    except ArithmeticError as error:  # decimal.InvalidOperation: more digits than the column has
        raise ValueError(str(error)) from error


def _check_integer(column: Any, value: Any) -> None:
    number = column.get_prep_value(value)
    if number is not None and not -_INT64 <= number < _INT64:
        raise OverflowError(number)


def _check_moment(column: Any, value: Any) -> None:
    moment = column.to_python(value)
    if timezone.is_naive(moment):
        moment = timezone.make_aware(moment)
    moment.astimezone(datetime.UTC)


def _check_duration(column: Any, value: Any) -> None:
    duration = column.to_python(value)
    if not -_INT64 <= duration // datetime.timedelta(microseconds=1) < _INT64:
        raise OverflowError(duration)


def _check_year(year: Any) -> None:
    """Both ends of a year, in the current time zone, must exist in UTC: that is how the database is asked."""
    first = datetime.datetime(year, 1, 1)
    last = datetime.datetime(year, 12, 31, 23, 59, 59, 999999)
    for moment in (first, last):
        timezone.make_aware(moment).astimezone(datetime.UTC)
