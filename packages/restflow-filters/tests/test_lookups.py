"""Lookups: categories by column, named ones checked, the dict form, and the value that each takes."""

import datetime

import pytest
from filters_testapp.models import Product, Wide

from restflow.core import ConfigError
from restflow.filters import (
    LOOKUP_CATEGORIES,
    DateField,
    DateTimeField,
    DecimalField,
    DurationField,
    FilterSet,
    IntegerField,
    ListField,
    StringField,
    TimeField,
)


def made(model=Product, meta=None, **body):
    options = {"model": model, **(meta or {})} if model else (meta or {})
    return type("ProductFilterSet", (FilterSet,), {**body, "Meta": type("Meta", (), options)})


def suffixes(field, name="value", model=None):
    return [
        parameter.removeprefix(f"{name}__")
        for parameter in made(model, **{name: field})().fields
        if "__" in parameter and not parameter.endswith("!")
    ]


def outcome(cls, name, text):
    filterset = cls({name: text})
    if filterset.is_valid():
        return filterset.validated_data[name]
    return filterset.errors[name]


def test_the_categories_are_those_of_the_guide():
    assert LOOKUP_CATEGORIES == {
        "basic": ("exact", "in", "isnull"),
        "text": ("icontains", "contains", "startswith", "endswith", "iexact"),
        "comparison": ("gt", "gte", "lt", "lte"),
        "date": ("date", "year", "month", "day", "week", "week_day", "quarter"),
        "time": ("time", "hour", "minute", "second"),
        "postgres": ("search", "trigram_similar", "unaccent"),
        "pg_array": ("contains", "overlaps", "contained_by"),
        "unsafe": ("regex", "iregex"),
    }


def test_a_field_gives_base_variants_and_their_negations():
    assert list(made(price=IntegerField(lookups=["gte", "lte"]))().fields) == [
        *("price", "price__gte", "price__lte", "price!", "price__gte!", "price__lte!")
    ]


def test_lists_mix_categories_and_lookups_and_duplicates_collapse():
    assert suffixes(IntegerField(lookups=["comparison", "gte", "range"])) == ["gt", "gte", "lt", "lte", "range"]


@pytest.mark.parametrize(
    ("field", "model", "name", "expected"),
    [
        (DateField(lookups=["date"]), Product, "made", ["year", "month", "day", "week", "week_day", "quarter"]),
        (DateField(lookups=["date"]), None, "made", ["year", "month", "day", "week", "week_day", "quarter"]),
        (TimeField(lookups=["time"]), Product, "opens", ["hour", "minute", "second"]),
        (TimeField(lookups=["time"]), None, "opens", ["hour", "minute", "second"]),
        (DurationField(lookups=["time"]), Product, "lasts", []),
        (DurationField(lookups=["time"]), None, "lasts", []),
        (DateTimeField(lookups=["time"]), Product, "seen", ["time", "hour", "minute", "second"]),
        (DateTimeField(lookups=["date"]), Product, "seen", list(LOOKUP_CATEGORIES["date"])),
        (StringField(lookups="__all__"), Product, "name", [*LOOKUP_CATEGORIES["basic"], *LOOKUP_CATEGORIES["text"]]),
        (
            StringField(lookups="__all__"),
            Wide,
            "json",
            ["exact", "in", "isnull", "icontains", "startswith", "endswith", "iexact"],
        ),
        (IntegerField(lookups=["comparison"]), Product, "category", ["gt", "gte", "lt", "lte"]),
        (ListField(lookups=["basic"]), Product, "name", ["in", "isnull"]),
    ],
)
def test_a_category_leaves_out_what_its_column_lacks(field, model, name, expected):
    assert suffixes(field, name, model) == expected


@pytest.mark.parametrize("lookups", [["range"], ["year__gte"], ["iso_year", "iso_week_day"], {"from": "year__gte"}])
def test_any_lookup_of_the_column_will_do(lookups):
    assert len(suffixes(DateField(lookups=lookups), "made", Product)) == len(lookups)


def test_the_dict_form_names_suffixes():
    cls = made(price=DecimalField(lookups={"max": "lte", "min": {"lookup": "gte", "help_text": "least"}, "gt": {}}))
    fields = cls().fields
    assert [name for name in fields if "!" not in name] == ["price", "price__max", "price__min", "price__gt"]
    assert [fields[f"price__{name}"].filter_by for name in ("max", "min", "gt")] == [
        "price__lte",
        "price__gte",
        "price__gt",
    ]
    assert fields["price__min"].help_text == "least"


def test_a_category_with_options_gives_them_to_all_its_members():
    cls = made(price=DecimalField(lookups={"comparison": {"allow_negate": False}}))
    assert list(cls().fields) == ["price", "price__gt", "price__gte", "price__lt", "price__lte", "price!"]


def test_a_suffix_that_maps_to_a_string_is_no_category():
    assert suffixes(DateField(lookups={"date": "year"}), "made", Product) == ["date"]


@pytest.mark.parametrize(
    ("lookups", "expected"),
    [
        ("gte", r"Write lookups=\['gte'\]"),
        (3, "must be a list"),
        ([3], "must be a string"),
        ({"min": 3}, "a lookup or a dict"),
        ({3: "gte"}, "must be a string"),
        ({"min": {"lookpu": "gte"}}, "no option 'lookpu'.*'lookup'"),
        ({"min": {"lookup": 3}}, "must be a string"),
        ({"min": {"lookup": "gte", "allow_negate": "no"}}, "booleans"),
        ({"min": {"lookup": "gte", "config": "english"}}, "config belongs to the lookup 'search'"),
        ({"find": {"lookup": "search", "search_type": "raw"}}, "'raw'.*'websearch'"),
        ({"find": {"lookup": "search", "search_type": "phrases"}}, "Did you mean 'phrase'"),
        ({"find": {"lookup": "search", "config": 3}}, "config must be a string"),
        (["gtee"], r"no lookup 'gtee'.*'gte'"),
        (["hour"], "no lookup 'hour'"),
        (["overlap"], "no lookup 'overlap'"),
        (["pg_array"], "DecimalField has no lookup"),
    ],
)
def test_a_wrong_form_is_refused(lookups, expected):
    with pytest.raises(ConfigError, match=rf"(?s)ProductFilterSet\.price.*{expected}"):
        made(price=DecimalField(lookups=lookups))


def test_array_lookups_of_a_list_need_an_array():
    with pytest.raises(ConfigError, match=r"ProductFilterSet\.name: a CharField has no lookup 'contains'"):
        made(name=ListField(lookups=["contains"]))
    with pytest.raises(ConfigError, match="needs single values"):
        made(None, name=ListField(lookups=["icontains"]))


class DatedFilterSet(FilterSet):
    made = DateField(
        lookups=[
            "comparison",
            "in",
            "range",
            "isnull",
            "year",
            "iso_year",
            "month",
            "day",
            "week",
            "week_day",
            "iso_week_day",
            "quarter",
            "year__gte",
            "year__in",
        ]
    )
    seen = DateTimeField(lookups=["date", "time", "hour", "minute", "second", "date__range"])
    stock = IntegerField(lookups=["in", "range"])

    class Meta:
        model = Product


DAY = datetime.date(2024, 1, 2)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("made__gte", "2024-01-02", DAY),
        ("made__in", "2024-01-02,2024-01-02", [DAY]),
        ("made__isnull", "yes", True),
        ("made__range", "2024-01-02,", [DAY, None]),
        ("made__range", ",2024-01-02", [None, DAY]),
        ("made__year", "2024", 2024),
        ("made__year__gte", "2024", 2024),
        ("made__year__in", "2024,2025", [2024, 2025]),
        ("seen__date", "2024-01-02", DAY),
        ("seen__time", "09:30", datetime.time(9, 30)),
        ("seen__date__range", "2024-01-02,", [DAY, None]),
        ("stock__range", "1,5", [1, 5]),
        ("stock__range", '"1","5"', [1, 5]),
    ],
)
def test_a_variant_takes_the_value_of_its_lookup(name, text, value):
    assert outcome(DatedFilterSet, name, text) == value


@pytest.mark.parametrize(
    ("name", "lowest", "highest"),
    [
        ("made__year", 1, 9999),
        ("made__month", 1, 12),
        ("made__day", 1, 31),
        ("made__week", 1, 53),
        ("made__week_day", 1, 7),
        ("made__iso_week_day", 1, 7),
        ("made__quarter", 1, 4),
        ("seen__hour", 0, 23),
        ("seen__minute", 0, 59),
        ("seen__second", 0, 59),
    ],
)
def test_components_are_bounded(name, lowest, highest):
    assert outcome(DatedFilterSet, name, str(lowest)) == lowest
    assert outcome(DatedFilterSet, name, str(highest)) == highest
    assert outcome(DatedFilterSet, name, str(lowest - 1))[0].code == "min_value"
    assert outcome(DatedFilterSet, name, str(highest + 1))[0].code == "max_value"


@pytest.mark.parametrize("text", ["1", "1,2,3", ",", " , "])
def test_a_range_is_two_ends(text):
    (detail,) = outcome(DatedFilterSet, "stock__range", text)
    assert (detail.code, str(detail)) == ("range", "Enter two values, separated by a comma.")


def test_the_ends_of_a_range_have_errors_of_their_own():
    assert {index: details[0].code for index, details in outcome(DatedFilterSet, "stock__range", "x,y").items()} == {
        0: "invalid",
        1: "invalid",
    }
