"""Filters that are made from a model's columns: typed by them, secret ones left out, misspelt names refused."""

import pytest
from filters_testapp.models import Category, Product, Wide

from restflow.core import ConfigError
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
    StringField,
    TimeField,
    UUIDField,
)


def made(model=Product, fields="__all__", **options):
    return type("Made", (FilterSet,), {"Meta": type("Meta", (), {"model": model, "fields": fields, **options})})


def fields_of(*names, model=Product, **options):
    fields = made(model, list(names), **options)().fields
    return [type(fields[name]) for name in names]


@pytest.mark.parametrize(
    ("model", "name", "kind"),
    [
        (Wide, "char", StringField),
        (Wide, "text", StringField),
        (Wide, "slug", StringField),
        (Wide, "url", StringField),
        (Wide, "path", StringField),
        (Wide, "upload", StringField),
        (Product, "email", EmailField),
        (Product, "address", IPAddressField),
        (Product, "key", UUIDField),
        (Product, "id", IntegerField),
        (Wide, "small", IntegerField),
        (Wide, "big", IntegerField),
        (Wide, "positive", IntegerField),
        (Product, "weight", FloatField),
        (Product, "price", DecimalField),
        (Product, "made", DateField),
        (Product, "seen", DateTimeField),
        (Product, "opens", TimeField),
        (Product, "lasts", DurationField),
        (Product, "active", BooleanField),
        (Product, "status", ChoiceField),
        (Wide, "level", ChoiceField),
        (Wide, "custom", StringField),
        (Product, "category", IntegerField),
        (Wide, "owner", UUIDField),
        (Wide, "twin", IntegerField),
        (Product, "tags", IntegerField),
        (Product, "reviews", IntegerField),
        (Product, "category__name", StringField),
    ],
)
def test_a_column_gives_the_field_of_its_type(model, name, kind):
    assert fields_of(name, model=model) == [kind]


def test_a_decimal_has_the_digits_of_its_column():
    field = made(fields=["price"])().fields["price"]
    assert (field.max_digits, field.decimal_places) == (8, 2)

    class Declared(FilterSet):
        price = DecimalField()
        other = DecimalField(db_field="price", max_digits=4, decimal_places=1)

        class Meta:
            model = Product

    fields = Declared().fields
    assert [(fields[name].max_digits, fields[name].decimal_places) for name in ("price", "other")] == [(8, 2), (4, 1)]


def test_choices_keep_the_type_of_the_column():
    filterset = made(Wide, ["level"])({"level": "2"})
    assert filterset.model_dump() == {"level": 2}


def test_a_relation_filters_on_its_key():
    assert made(fields=["category"])().fields["category"].db_field == "category__pk"


@pytest.mark.parametrize("name", ["binary", "json", "target"])
def test_a_column_without_a_mapping_is_refused_with_a_hint(name):
    with pytest.raises(ConfigError, match=r"Declare a filter field|generic foreign key"):
        made(Wide, [name])


def test_all_takes_what_is_mapped_and_no_secrets():
    names = {name for name in made(Wide)().fields if "!" not in name}
    assert names == {
        *("id", "char", "text", "slug", "url", "path", "small", "big", "positive", "level", "custom", "owner", "twin"),
        *("content_type", "object_id"),
    }
    assert "api_token" not in made()().fields
    assert "reviews" not in made()().fields
    assert "tags" in made()().fields


def test_a_secret_column_can_be_named():
    assert fields_of("api_token") == [StringField]


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("password", True),
        ("Password_Hash", True),
        ("user_pwd", True),
        ("otp", True),
        ("cvv", True),
        ("ssn", True),
        ("passphrase", True),
        ("passwd", True),
        ("my_api_key_2", True),
        ("apikey", True),
        ("private_key", True),
        ("aws_access_key_id", True),
        ("secret_key", True),
        ("tokens", False),
        ("compass", False),
        ("key", False),
        ("note", False),
    ],
)
def test_sensitive_names(name, secret):
    from restflow.filters._columns import is_sensitive

    assert is_sensitive(name) is secret


def test_exclude_takes_names_out():
    names = made(Category, exclude=["name"])().fields
    assert list(names) == ["id", "id!", "country", "country!"]


def test_without_fields_nothing_is_made():
    class Empty(FilterSet):
        class Meta:
            model = Product

    assert list(Empty().fields) == []


def test_extra_kwargs_reach_the_field_and_foreign_keys_take_lookups():
    cls = made(
        fields=["price", "category"],
        extra_kwargs={"price": {"min_value": 0, "db_field": "price"}, "category": {"lookups": ["in", "isnull"]}},
    )
    assert cls().fields["price"].min_value == 0
    assert [name for name in cls().fields if "!" not in name] == [
        "price",
        "category",
        "category__in",
        "category__isnull",
    ]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"fields": ["prise"]}, "'prise'.*'price'"),
        ({"exclude": ["prise"]}, "'prise'.*'price'"),
        ({"fields": ["price"], "extra_kwargs": {"prise": {}}}, "'prise'.*'price'"),
        ({"fields": ["price"], "extra_kwargs": {"price": {"min_valeu": 0}}}, r"Made\.price.*'min_valeu'.*'min_value'"),
        ({"fields": ["category__nme"]}, "'nme'.*'name'"),
        ({"fields": ["price__gte"]}, "'price__gte'"),
        ({"model": None, "fields": ["price"]}, "need a model"),
        ({"model": "filters_testapp.Nope", "fields": ["price"]}, "not installed"),
        ({"model": "nonsense", "fields": ["price"]}, "not installed"),
        ({"model": 3, "fields": ["price"]}, "must be a model"),
    ],
)
def test_misspelt_names_are_refused_with_the_nearest(options, expected):
    with pytest.raises(ConfigError, match=expected):
        made(**{"model": Product, **options})


def test_the_model_may_be_named():
    assert made("filters_testapp.Product", ["price"])().get_options().model == "filters_testapp.Product"
    assert type(made("filters_testapp.Product", ["price"])().fields["price"]) is DecimalField
