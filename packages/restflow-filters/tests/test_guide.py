"""The samples of the guide run as they are written."""

import datetime
import decimal
from typing import Literal

import pytest
from django.http import QueryDict
from filters_testapp.models import Product as _Product

import restflow.filters
from restflow.filters import (
    BooleanField,
    ChoiceField,
    DateField,
    DateTimeField,
    DecimalField,
    DurationField,
    Email,
    EmailField,
    FilterSet,
    FloatField,
    IntegerField,
    IPAddress,
    IPAddressField,
    ListField,
    StringField,
    TimeField,
)


class _Annotations:
    """What the guide's product has beside the test model's columns."""

    annotations = ["in_stock", "description"]


def test_annotations_make_filters():
    class ProductFilterSet(FilterSet):
        name: str
        price: int
        in_stock: bool

        class Meta(_Annotations):
            model = _Product

    assert ProductFilterSet(QueryDict("name=a&price=5&in_stock=true")).model_dump() == {
        "name": "a",
        "price": 5,
        "in_stock": True,
    }


def test_declaration_styles_mix():
    class ProductFilterSet(FilterSet):
        name = StringField(lookups=["icontains"])  # explicit
        description: str  # annotation
        in_stock: bool  # annotation

        class Meta(_Annotations):
            model = _Product
            fields = ["price"]  # model-derived
            extra_kwargs = {"price": {"min_value": 0}}

    fields = ProductFilterSet().fields
    assert [name for name in fields if "!" not in name] == [
        *("description", "in_stock", "name", "name__icontains"),
        "price",
    ]
    assert fields["price"].min_value == 0


def test_db_field_maps_a_parameter_to_a_column():
    class ProductFilterSet(FilterSet):
        # query string parameter name "product_price" maps to ORM column "price"
        product_price = IntegerField(db_field="price", lookups=["comparison"])

        class Meta:
            model = _Product

    queryset = ProductFilterSet({"product_price__gte": "5"}).filter_queryset(_Product.objects.all())
    assert '"price" >= ' in str(queryset.query)


def test_a_field_generates_base_variants_and_negations():
    class ProductFilterSet(FilterSet):
        price = IntegerField(lookups=["gte", "lte"])

    # accepts: price, price__gte, price__lte,
    #          price!, price__gte!, price__lte!
    assert set(ProductFilterSet().fields) == {
        "price",
        "price__gte",
        "price__lte",
        "price!",
        "price__gte!",
        "price__lte!",
    }


def test_operators_and_processors():
    def exclude_archived(filterset, queryset):
        return queryset.exclude(status="draft")

    def apply_tenant_scope(filterset, queryset):
        return queryset.filter(active=True)

    def ensure_distinct(filterset, queryset):
        return queryset.distinct()

    class ProductFilterSet(FilterSet):
        name: str

        class Meta:
            model = _Product
            operator = "OR"
            preprocessors = [exclude_archived, apply_tenant_scope]
            postprocessors = [ensure_distinct]

    assert ProductFilterSet({"name": "a"}).filter_queryset(_Product.objects.all()).query.distinct


@pytest.mark.parametrize(
    ("annotation", "field"),
    [
        (str, StringField),
        (int, IntegerField),
        (float, FloatField),
        (bool, BooleanField),
        (decimal.Decimal, DecimalField),
        (datetime.date, DateField),
        (datetime.datetime, DateTimeField),
        (datetime.time, TimeField),
        (datetime.timedelta, DurationField),
        (Email, EmailField),
        (IPAddress, IPAddressField),
        (list[int], ListField),
        (Literal["a"], ChoiceField),
        (int | None, IntegerField),
    ],
)
def test_the_table_of_types(annotation, field):
    cls = type("ProductFilterSet", (FilterSet,), {"__annotations__": {"value": annotation}, "__module__": __name__})
    assert type(cls().fields["value"]) is field


def test_the_package_offers_what_is_documented():
    assert set(restflow.filters.__all__) == {
        *(
            "FilterSet",
            "InlineFilterSet",
            "RestflowFilterBackend",
            "Field",
            "StringField",
            "IntegerField",
            "FloatField",
        ),
        *("DecimalField", "BooleanField", "DateField", "DateTimeField", "TimeField", "DurationField", "ChoiceField"),
        *(
            "MultipleChoiceField",
            "ListField",
            "EmailField",
            "IPAddressField",
            "UUIDField",
            "RelatedField",
            "OrderField",
        ),
        *("Email", "IPAddress", "ALL_FIELDS", "LOOKUP_CATEGORIES"),
    }
    from restflow.filters import fields

    assert set(fields.__all__) == {
        *(
            set(restflow.filters.__all__)
            - {"FilterSet", "InlineFilterSet", "RestflowFilterBackend", "Email", "IPAddress"}
        ),
        "build_filter_field",
    }
