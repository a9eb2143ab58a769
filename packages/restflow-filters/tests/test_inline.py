"""`InlineFilterSet`: a class from a call."""

import datetime

import pytest
from filters_testapp.models import Category, Product

from restflow.core import ConfigError
from restflow.filters import DateField, FilterSet, InlineFilterSet, IntegerField, StringField


def test_a_list_names_model_fields():
    cls = InlineFilterSet(model=Product, fields=["name", "price"], extra_kwargs={"price": {"lookups": ["gte"]}})
    assert issubclass(cls, FilterSet)
    assert cls.__name__ == "ProductFilterSet"
    assert [name for name in cls().fields if "!" not in name] == ["name", "price", "price__gte"]


def test_a_dict_gives_fields_and_types_under_any_name():
    cls = InlineFilterSet(
        "Search",
        {"name": StringField(), "since": datetime.date, "filter[price]": IntegerField(db_field="price"), "stock": int},
        extra_kwargs={"since": {"db_field": "made"}},
        model=Product,
        allow_negate=False,
    )
    assert cls.__name__ == "Search"
    assert {name: type(field) for name, field in cls().fields.items()} == {
        "name": StringField,
        "since": DateField,
        "filter[price]": IntegerField,
        "stock": IntegerField,
    }


def test_the_model_alone_gives_all():
    cls = InlineFilterSet(model=Category)
    assert [name for name in cls().fields if "!" not in name] == ["id", "name", "country"]
    assert InlineFilterSet(model="filters_testapp.Category").__name__ == "CategoryFilterSet"


def test_neither_is_an_error():
    with pytest.raises(ValueError, match="fields or a model"):
        InlineFilterSet()


def test_without_a_model_the_name_is_plain():
    assert InlineFilterSet(fields={"name": str}).__name__ == "_FilterSet"


def test_options_reach_meta():
    def keep(filterset, queryset):
        return queryset

    cls = InlineFilterSet(
        model=Product,
        fields=["name"],
        order_fields=["name"],
        default_order_fields=["-name"],
        order_field_labels=[("name", "Name")],
        override_order_direction="desc",
        preprocessors=[keep],
        postprocessors=[keep],
        operator="or",
        max_params=3,
        unknown_params="error",
    )
    options = cls().get_options()
    assert (options.operator, options.max_params, options.unknown_params) == ("OR", 3, "error")
    assert "order_by" in cls().fields
    assert cls().fields["order_by"].choices["name"] == "Name (Descending)"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"max_parms": 3}, "'max_parms'.*'max_params'"),
        ({"fields": ["nme"]}, "'nme'.*'name'"),
        ({"fields": {3: str}}, "must be a string"),
        ({"fields": {"name": dict}}, "no filter field"),
        ({"fields": {"name": str}, "extra_kwargs": {"name": {"max_lenght": 3}}}, "'max_lenght'.*'max_length'"),
    ],
)
def test_mistakes_are_refused(arguments, expected):
    with pytest.raises(ConfigError, match=expected):
        InlineFilterSet(**{"model": Product, "fields": ["name"], **arguments})
