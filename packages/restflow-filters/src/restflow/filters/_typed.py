"""The filter fields of one type each: DRF's field of the kind, with the keywords of a filter."""

import contextlib
import datetime
import re
from collections.abc import Iterable, Mapping
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy
from rest_framework import serializers

from restflow.core import ConfigError
from restflow.filters import _patterns
from restflow.filters._field import OWN_KEYWORDS, Field

_INT64 = 2**63
_MICROSECOND = datetime.timedelta(microseconds=1)


class StringField(Field, serializers.CharField):
    """A string, stripped unless `trim_whitespace=False`."""

    lookup_categories = ("basic", "text")


class IntegerField(Field, serializers.IntegerField):
    """A signed 64-bit integer; `min_value` and `max_value` narrow it."""

    lookup_categories = ("basic", "comparison")

    def to_internal_value(self, data: Any) -> int:
        """The integer; `max_value` or `min_value` beyond 64 bits, which no column holds."""
        if isinstance(data, float) and data - data != 0:  # NaN and infinities have no integer
            self.fail("invalid")
        value: int = super().to_internal_value(data)
        if value >= _INT64:
            self.fail("max_value", max_value=_INT64 - 1)
        if value < -_INT64:
            self.fail("min_value", min_value=-_INT64)
        return value


class FloatField(Field, serializers.FloatField):
    """A finite float."""

    lookup_categories = ("basic", "comparison")

    def to_internal_value(self, data: Any) -> float:
        """The float; NaN and infinities are `invalid`."""
        try:
            value: float = super().to_internal_value(data)
        except OverflowError:  # an integer beyond every float
            self.fail("invalid")
        if value - value != 0:
            self.fail("invalid")
        return value


class DecimalField(Field, serializers.DecimalField):
    """A decimal; digits that are not given are the column's own, else 10 with 2 places."""

    lookup_categories = ("basic", "comparison")

    def __init__(self, *, max_digits: int | None = 10, decimal_places: int | None = 2, **kwargs: Any) -> None:
        super().__init__(max_digits=max_digits, decimal_places=decimal_places, **kwargs)


class BooleanField(Field, serializers.BooleanField):
    """`true t yes y on 1` or `false f no n off 0`, in any case."""

    lookup_categories = ("basic",)
    WORDS = {
        **dict.fromkeys(("true", "t", "yes", "y", "on", "1"), True),
        **dict.fromkeys(("false", "f", "no", "n", "off", "0"), False),
    }

    def to_internal_value(self, data: Any) -> bool:
        """The boolean; anything else is `invalid`."""
        value = self.WORDS.get(str(data).strip().lower())
        if value is None:
            self.fail("invalid", input=data)
        return value


class DateField(Field, serializers.DateField):
    """A date."""

    lookup_categories = ("basic", "comparison", "date")


class DateTimeField(Field, serializers.DateTimeField):
    """A moment: naive input is in the current time zone, a bare date is its midnight."""

    lookup_categories = ("basic", "comparison", "date", "time")

    def to_internal_value(self, data: Any) -> datetime.datetime:
        """The moment; a blank before a closing `hh:mm` offset is the `+` that the client forgot to encode."""
        if isinstance(data, str):
            data = re.sub(r"(?<=\d) (?=\d\d:\d\d\Z)", "+", data) if data.count(":") > 1 else data
            with contextlib.suppress(ValueError):
                data = datetime.datetime.combine(datetime.date.fromisoformat(data), datetime.time())
        elif isinstance(data, datetime.date) and not isinstance(data, datetime.datetime):
            data = datetime.datetime.combine(data, datetime.time())
        try:
            value: datetime.datetime = super().to_internal_value(data)
            if timezone.is_aware(value):
                value.astimezone(datetime.UTC)  # what a database without time zones will ask for
        except OverflowError:
            self.fail("overflow")
        return value


class TimeField(Field, serializers.TimeField):
    """A time of day."""

    lookup_categories = ("basic", "comparison", "time")


class DurationField(Field, serializers.DurationField):
    """A duration of at most 64 bits of microseconds."""

    lookup_categories = ("basic", "comparison", "time")
    default_error_messages = {"overflow": gettext_lazy("Duration value out of range.")}

    def to_internal_value(self, value: Any) -> datetime.timedelta:
        """The duration; `overflow` where databases cannot hold it."""
        try:
            duration: datetime.timedelta = super().to_internal_value(value)
        except OverflowError:
            self.fail("overflow")
        if not -_INT64 <= duration // _MICROSECOND < _INT64:
            self.fail("overflow")
        return duration


class UUIDField(Field, serializers.UUIDField):
    """A UUID."""

    lookup_categories = ("basic",)


class EmailField(Field, serializers.EmailField):
    """An email address."""

    lookup_categories = ("basic", "text")


class IPAddressField(Field, serializers.IPAddressField):
    """An IPv4 or IPv6 address."""

    lookup_categories = ("basic", "text")


class ChoiceField(Field, serializers.ChoiceField):
    """One of `choices`: input is compared as a string, and the choice's own value goes to the ORM."""

    lookup_categories = ("basic",)

    def to_internal_value(self, data: Any) -> Any:
        """The choice's own value; `invalid_choice` for anything else, the empty string too."""
        try:
            return self.choice_strings_to_values[str(getattr(data, "value", data))]
        except KeyError:
            self.fail("invalid_choice", input=data)


class ManyValues:
    """What the fields that read a list have in common: `separator` and `match`."""

    def __init__(self, *, separator: str | None = ",", match: str = "any", **kwargs: Any) -> None:
        kind = type(self).__name__
        if separator is not None and (not isinstance(separator, str) or len(separator) != 1 or separator == '"'):
            raise ConfigError(f"{kind}: separator must be one character other than a quote, or None.")
        if match not in ("any", "all"):
            raise ConfigError(f"{kind}: match must be 'any' or 'all', got {match!r}.")
        super().__init__(**kwargs)
        self.separator = separator
        self.match = match


class MultipleChoiceField(ManyValues, Field, serializers.MultipleChoiceField):
    """Several of `choices`, as a list in declaration order; the default condition is `<db_field>__in`."""

    lookup_categories = ("basic",)
    value_shape = "list"

    def to_internal_value(self, data: Any) -> Any:
        """The chosen values in declaration order; `invalid_choice` for anything else."""
        if isinstance(data, str | Mapping) or not isinstance(data, Iterable):
            self.fail("not_a_list", input_type=type(data).__name__)
        items = [str(getattr(item, "value", item)) for item in data]
        if not items and not self.allow_empty:
            self.fail("empty")
        for item in items:
            if item not in self.choice_strings_to_values:
                self.fail("invalid_choice", input=item)
        chosen = set(items)
        return [value for text, value in self.choice_strings_to_values.items() if text in chosen]

    def to_representation(self, value: Any) -> Any:
        """The chosen values."""
        return list(value)


class ListField(ManyValues, Field, serializers.ListField):
    """A list of `child` (strings by default), repeated or separated; the default condition is `<db_field>__in`."""

    lookup_categories = ("basic",)
    value_shape = "list"

    def __init__(self, *, child: Any = None, **kwargs: Any) -> None:
        super().__init__(child=StringField() if child is None else child, **kwargs)


class PatternField(StringField):
    """A regular expression of the safe subset; it is not stripped."""

    default_error_messages = {"invalid_pattern": gettext_lazy("Enter a valid pattern: {reason}.")}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**(kwargs | {"trim_whitespace": False}))

    def to_internal_value(self, data: Any) -> str:
        """The pattern as it came; `invalid_pattern` for one that is not safe everywhere."""
        value: str = super().to_internal_value(data)
        try:
            _patterns.check(value)
        except _patterns.PatternError as error:
            self.fail("invalid_pattern", reason=error.reason)
        return value


class RangeField(ListField):
    """Exactly two values of `child`, of which one may be `None`: an open end."""

    value_shape = "range"
    default_error_messages = {"range": gettext_lazy("Enter two values, separated by a comma.")}

    def run_child_validation(self, data: Any) -> list[Any]:
        """Both ends, `None` for an open one."""
        if len(data) != 2 or all(end is None for end in data):
            self.fail("range")
        ends: list[Any] = [None, None]
        errors: Any = {}
        for index, end in enumerate(data):
            if end is not None:
                try:
                    ends[index] = self.child.run_validation(end)
                except serializers.ValidationError as error:
                    errors[index] = error.detail
        if errors:
            raise serializers.ValidationError(errors)
        return ends

    def to_representation(self, value: Any) -> Any:
        """Both ends as primitives."""
        return [None if end is None else self.child.to_representation(end) for end in value]


def keywords_of(cls: type[Field]) -> set[str]:
    """The keywords that a field class takes, as far as its constructors show, for messages about one that it does not.

    DRF's take most of theirs off `kwargs` by name: the names are constants of the code.
    """
    names = set(OWN_KEYWORDS)
    for base in cls.__mro__:
        code = getattr(base.__dict__.get("__init__"), "__code__", None)
        if code is not None:
            names.update(code.co_varnames[1 : code.co_argcount + code.co_kwonlyargcount])
            names.update(text for text in code.co_consts if isinstance(text, str) and text.isidentifier())
    return names - {"read_only", "write_only", "source", "self"}
