"""What each field class takes from a query string, and what it refuses with which code."""

import datetime
import decimal
import uuid

import pytest
from django.utils import timezone

from restflow.filters import (
    BooleanField,
    ChoiceField,
    DateField,
    DateTimeField,
    DecimalField,
    DurationField,
    EmailField,
    FilterSet,
    FloatField,
    IntegerField,
    IPAddressField,
    ListField,
    MultipleChoiceField,
    StringField,
    TimeField,
    UUIDField,
)

UTC = datetime.UTC


def read(field, text):
    filterset = type("One", (FilterSet,), {"value": field})({"value": text})
    if filterset.is_valid():
        return filterset.validated_data["value"]
    return str(filterset.errors["value"][0].code)


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        (StringField(), "  tea ", "tea"),
        (StringField(trim_whitespace=False), " tea ", " tea "),
        (IntegerField(), "9223372036854775807", 2**63 - 1),
        (IntegerField(), "-9223372036854775808", -(2**63)),
        (IntegerField(), "9223372036854775808", "max_value"),
        (IntegerField(), "-9223372036854775809", "min_value"),
        (IntegerField(), "1.5", "invalid"),
        (IntegerField(), "NaN", "invalid"),
        (FloatField(), "1e3", 1000.0),
        (FloatField(), "nan", "invalid"),
        (FloatField(), "Infinity", "invalid"),
        (FloatField(), "-inf", "invalid"),
        (FloatField(), "1e999", "invalid"),
        (DecimalField(), "1.50", decimal.Decimal("1.50")),
        (DecimalField(), "1.555", "max_decimal_places"),
        (DecimalField(), "123456789.00", "max_digits"),
        (DecimalField(), "NaN", "invalid"),
        (DecimalField(), "Infinity", "invalid"),
        (DecimalField(max_digits=4, decimal_places=3), "1.555", decimal.Decimal("1.555")),
        *((BooleanField(), word, True) for word in ("true", "T", "yes", "Y", "on", "1", "TRUE")),
        *((BooleanField(), word, False) for word in ("false", "F", "no", "N", "off", "0", "False")),
        (BooleanField(), "null", "invalid"),
        (BooleanField(), "2", "invalid"),
        (DateField(), "2024-02-29", datetime.date(2024, 2, 29)),
        (DateField(), "2023-02-29", "invalid"),
        (TimeField(), "09:30", datetime.time(9, 30)),
        (TimeField(), "24:00", "invalid"),
        (DateTimeField(), "2024-01-02", datetime.datetime(2024, 1, 2, tzinfo=UTC)),
        (DateTimeField(), "2024-01-02T03:04:05+01:00", datetime.datetime(2024, 1, 2, 2, 4, 5, tzinfo=UTC)),
        (DateTimeField(), "2024-01-02T03:04:05 01:00", datetime.datetime(2024, 1, 2, 2, 4, 5, tzinfo=UTC)),
        (DateTimeField(), "2024-01-02 03:04", datetime.datetime(2024, 1, 2, 3, 4, tzinfo=UTC)),
        (DateTimeField(), "2024-01-02T25:00", "invalid"),
        (DateTimeField(), "0001-01-01T00:00:00+14:00", "overflow"),
        (DurationField(), "1 02:00:00", datetime.timedelta(days=1, hours=2)),
        (DurationField(), "P1DT2H", datetime.timedelta(days=1, hours=2)),
        (DurationField(), "999999999 00:00:00", "overflow"),
        (DurationField(), "P999999999999D", "overflow"),
        (UUIDField(), "00000000-0000-0000-0000-000000000005", uuid.UUID(int=5)),
        (UUIDField(), "nope", "invalid"),
        (EmailField(), "a@example.com", "a@example.com"),
        (EmailField(), "a@", "invalid"),
        (IPAddressField(), "::1", "::1"),
        (IPAddressField(), "1.2.3", "invalid"),
        (ChoiceField(choices=[(1, "one"), (2, "two")]), "2", 2),
        (ChoiceField(choices=[("group", [("a", "A")])]), "a", "a"),
        (ChoiceField(choices=["a"]), "b", "invalid_choice"),
        (MultipleChoiceField(choices=["a", "b", "c"]), "c,a,c", ["a", "c"]),
        (MultipleChoiceField(choices=["a"]), "a,z", "invalid_choice"),
        (MultipleChoiceField(choices=["a"], allow_empty=False), "", "empty"),
        (ListField(child=IntegerField()), "3,1,3", [3, 1]),
        (ListField(child=IntegerField(), separator="|"), "3|1", [3, 1]),
        (ListField(child=IntegerField(), max_length=1), "3,1", "max_length"),
        (ListField(child=IntegerField(), min_length=2), "3", "min_length"),
        (ListField(allow_empty=False), "", "empty"),
        (ListField(), "", []),
    ],
)
def test_a_value_is_read(field, text, value):
    assert read(field, text) == value


def test_naive_moments_are_in_the_current_time_zone():
    with timezone.override("America/New_York"):
        value = read(DateTimeField(), "2024-01-02T00:00")
    assert value == datetime.datetime(2024, 1, 2, 5, tzinfo=UTC)


def test_a_bare_date_is_midnight_in_the_current_time_zone():
    with timezone.override("America/New_York"):
        assert read(DateTimeField(), "2024-01-02") == datetime.datetime(2024, 1, 2, 5, tzinfo=UTC)


def test_input_formats_are_kept():
    assert read(DateField(input_formats=["%d.%m.%Y"]), "02.01.2024") == datetime.date(2024, 1, 2)


@pytest.mark.parametrize(
    ("kind", "categories"),
    [
        (StringField, ("basic", "text")),
        (IntegerField, ("basic", "comparison")),
        (FloatField, ("basic", "comparison")),
        (DecimalField, ("basic", "comparison")),
        (BooleanField, ("basic",)),
        (DateField, ("basic", "comparison", "date")),
        (TimeField, ("basic", "comparison", "time")),
        (DateTimeField, ("basic", "comparison", "date", "time")),
        (DurationField, ("basic", "comparison", "time")),
        (UUIDField, ("basic",)),
        (EmailField, ("basic", "text")),
        (IPAddressField, ("basic", "text")),
        (ChoiceField, ("basic",)),
        (MultipleChoiceField, ("basic",)),
        (ListField, ("basic",)),
    ],
)
def test_each_class_says_what_all_lookups_are(kind, categories):
    assert kind.lookup_categories == categories
