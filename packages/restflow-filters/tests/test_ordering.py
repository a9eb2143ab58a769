"""Ordering: declared keys only, NULLs where they were asked for, and a tiebreaker so that pages are stable."""

import pytest
from django.db.models import Count, F
from django.db.models.functions import Lower
from django.http import QueryDict
from filters_testapp.models import Product

from restflow.core import ConfigError
from restflow.filters import FilterSet, OrderField

database = pytest.mark.django_db(databases=["default", "postgres"])


def made(order=None, **meta):
    body = {"order_by": order} if order is not None else {}
    return type("ProductFilterSet", (FilterSet,), {**body, "Meta": type("Meta", (), {"model": Product, **meta})})


def terms(cls, query=None, queryset=None):
    data = {} if query is None else QueryDict(f"order_by={query}")
    ordered = cls(data).filter_queryset(Product.objects.all() if queryset is None else queryset)
    return [str(term) for term in ordered.query.order_by]


FIELDS = ["name", ("cheap", "price"), ("newest", "-made")]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("name", ["name", "pk"]),
        ("-name", ["-name", "pk"]),
        ("name,-cheap", ["name", "-price", "pk"]),
        ("name&order_by=-cheap", ["name", "-price", "pk"]),
        ("name,-name,name", ["name", "pk"]),
        ("newest", ["-made", "pk"]),
        ("-newest", ["made", "pk"]),
        ("", []),
        (" , ", []),
    ],
)
def test_the_request_picks_among_declared_orderings(query, expected):
    assert terms(made(OrderField(fields=FIELDS)), query) == expected
    assert terms(made(order_fields=FIELDS), query) == expected


@pytest.mark.parametrize("query", ["price", "pk", "name__x", "--name", "category__name", "?", "-"])
def test_nothing_but_a_declared_key_reaches_the_database(query):
    filterset = made(order_fields=FIELDS)({"order_by": query})
    assert not filterset.is_valid()
    assert [detail.code for detail in filterset.errors["order_by"]] == ["invalid_choice"]


def test_the_default_is_used_when_the_parameter_is_absent_or_empty():
    cls = made(order_fields=FIELDS, default_order_fields=["-cheap", "stock"])
    assert terms(cls) == terms(cls, "") == ["-price", "stock", "pk"]
    assert terms(cls, "name") == ["name", "pk"]


def test_without_parameter_and_default_the_queryset_keeps_its_own():
    assert terms(made(order_fields=FIELDS), queryset=Product.objects.order_by("made")) == ["made"]


def test_the_direction_can_be_turned_in_defaults_too():
    cls = made(order_fields=FIELDS, override_order_direction="desc", default_order_fields=["name"])
    assert terms(cls) == ["-name", "pk"]
    assert terms(cls, "-name") == ["name", "pk"]
    assert terms(cls, "newest") == ["made", "pk"]


def test_choices_are_labelled_by_effective_direction():
    field = OrderField(fields=["name", "price"], labels=[("name", "Name")])
    assert field.choices == {
        "name": "Name (Ascending)",
        "-name": "Name (Descending)",
        "price": "price (Ascending)",
        "-price": "price (Descending)",
    }
    assert OrderField(fields=["name"], override_order_direction="desc").choices["name"] == "name (Descending)"


@database
@pytest.mark.parametrize("nulls", ["first", "last"])
@pytest.mark.parametrize("query", ["stock", "-stock"])
def test_nulls_go_where_they_were_asked_in_both_directions(products, nulls, query):
    cls = made(order_fields=["stock", ("given", F("stock").desc(nulls_first=True))], order_nulls=nulls)
    for key in (query, query.replace("stock", "given")):
        rows = cls({"order_by": key}).filter_queryset(products.all())
        missing = [index for index, row in enumerate(rows) if row.stock is None]
        assert missing == ([0, 1] if nulls == "first" else [3, 4])


@database
def test_expressions_are_reversed(products):
    cls = made(order_fields=[("name", Lower("name")), ("stock", F("stock").desc(nulls_last=True))])
    up = [row.name for row in cls({"order_by": "name"}).filter_queryset(products.all())]
    down = [row.name for row in cls({"order_by": "-name"}).filter_queryset(products.all())]
    assert up == down[::-1] == ["", "black", "green tea", "other", "Smith, John"]
    rows = [row.stock for row in cls({"order_by": "-stock"}).filter_queryset(products.all())]
    assert rows == [None, None, -5, 5, 5]
    again = [row.stock for row in cls({"order_by": "stock"}).filter_queryset(products.all())]
    assert again[:3] == [5, 5, -5]


class TestTiebreaker:
    def test_it_is_left_out_where_the_key_is_among_the_terms(self):
        assert terms(made(order_fields=["id", "name"]), "name,-id") == ["name", "-id"]
        assert terms(made(order_fields=["pk"]), "pk") == ["pk"]

    def test_it_can_be_another_path_or_none(self):
        assert terms(made(order_fields=["name"], order_tiebreaker="made"), "name") == ["name", "made"]
        assert terms(made(order_fields=["name"], order_tiebreaker=None), "name") == ["name"]

    def test_it_is_left_out_where_it_would_change_the_rows(self):
        cls = made(order_fields=["name"])
        for queryset in (
            Product.objects.values("name"),
            Product.objects.values("name").annotate(n=Count("pk")),
            Product.objects.distinct("name"),
        ):
            assert terms(cls, "name", queryset) == ["name"]


@pytest.mark.parametrize(
    ("meta", "expected"),
    [
        ({"order_fields": ["nme"]}, "'nme'.*'name'"),
        ({"order_fields": ["reviews__rating"]}, "to-many"),
        ({"order_fields": ["name"], "default_order_fields": ["prise"]}, "'prise'.*'price'"),
        ({"order_fields": ["name"], "order_tiebreaker": "nope"}, "'nope'"),
        ({"order_fields": ["category__nme"]}, "'nme'.*'name'"),
    ],
)
def test_misspelt_and_repeating_orderings_are_refused(meta, expected):
    with pytest.raises(ConfigError, match=rf"ProductFilterSet\.order_by: .*{expected}"):
        made(**meta)


def test_the_option_turns_ordering_off():
    assert "order_by" not in made(order_fields=["name"], enable_ordering=False)().fields
    assert "order_by" not in made()().fields


def test_the_parameter_can_have_another_name():
    assert "sort" in made(order_fields=["name"], order_param="sort")().fields


def test_a_method_takes_over_wholly():
    class Own(FilterSet):
        sort = OrderField(fields=["name"], method="by_length")

        def by_length(self, queryset, value):
            assert value == ["-name"]
            return queryset.order_by("note")

    assert list(Own({"sort": "-name"}).filter_queryset(Product.objects.all()).query.order_by) == ["note"]
    assert not Own({}).filter_queryset(Product.objects.all()).query.order_by

    class Wrong(Own):
        def by_length(self, queryset, value):
            return None

    with pytest.raises(TypeError, match="by_length"):
        Wrong({"sort": "-name"}).filter_queryset(Product.objects.all())


def test_an_order_field_has_no_negation():
    assert list(made(order_fields=["name"])().fields) == ["order_by"]
