"""OpenAPI parameters: names, types, bounds and descriptions, from the class alone."""

import decimal
import logging
from typing import Literal

import pytest
from django.utils import translation
from django.utils.translation import gettext_lazy
from filters_testapp.filtersets import WideFilterSet
from filters_testapp.models import Product

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
    OrderField,
    RestflowFilterBackend,
    StringField,
    TimeField,
    UUIDField,
)
from restflow.filters.backends import (
    LOOKUP_DESCRIPTIONS,
    build_filterset_parameters,
    field_to_parameter,
    field_to_schema,
    get_field_description,
)


def parameters(cls):
    return {parameter["name"]: parameter for parameter in cls.get_schema_operation_parameters()}


def made(meta=None, **body):
    return type("Made", (FilterSet,), {**body, "Meta": type("Meta", (), meta or {})})


@pytest.mark.parametrize(
    ("field", "schema"),
    [
        (IntegerField(min_value=1, max_value=9), {"type": "integer", "minimum": 1, "maximum": 9}),
        (FloatField(min_value=0.5), {"type": "number", "format": "float", "minimum": 0.5}),
        (
            DecimalField(max_digits=6, decimal_places=3, max_value=decimal.Decimal("1.5")),
            {"type": "string", "format": "decimal", "x-maxDigits": 6, "x-decimalPlaces": 3, "maximum": 1.5},
        ),
        (BooleanField(), {"type": "boolean"}),
        (StringField(min_length=1, max_length=9), {"type": "string", "minLength": 1, "maxLength": 9}),
        (EmailField(), {"type": "string", "format": "email"}),
        (UUIDField(), {"type": "string", "format": "uuid"}),
        (IPAddressField(), {"type": "string"}),
        (DateField(), {"type": "string", "format": "date"}),
        (DateTimeField(), {"type": "string", "format": "date-time"}),
        (TimeField(), {"type": "string", "format": "time"}),
        (DurationField(), {"type": "string", "format": "duration"}),
        (ChoiceField(choices=[1, 2]), {"type": "integer", "enum": [1, 2]}),
        (ChoiceField(choices=["a", "b"]), {"type": "string", "enum": ["a", "b"]}),
        (ChoiceField(choices=[1, "b"]), {"enum": [1, "b"]}),
        (
            MultipleChoiceField(choices=["a"]),
            {"type": "array", "items": {"type": "string", "enum": ["a"]}, "uniqueItems": True},
        ),
        (
            OrderField(fields=["name"]),
            {"type": "array", "items": {"type": "string", "enum": ["name", "-name"]}, "uniqueItems": True},
        ),
        (
            ListField(child=IntegerField(), min_length=1, max_length=3),
            {"type": "array", "items": {"type": "integer", "format": "int64"}, "minItems": 1, "maxItems": 3},
        ),
        (IntegerField(default=3), {"type": "integer", "format": "int64", "default": 3}),
        (IntegerField(default=lambda: 3), {"type": "integer", "format": "int64"}),
        (DecimalField(default=decimal.Decimal("1.50")), {"default": "1.50"}),
        (OrderField(fields=["name"], default=["-name"]), {"default": ["-name"]}),
        (OrderField(fields=["name"], default=["-price"]), {"type": "array"}),
    ],
)
def test_a_field_gives_its_schema(field, schema):
    found = field_to_schema(field)
    assert {key: found.get(key) for key in schema} == schema
    if "default" not in schema:
        assert "default" not in found


def test_variants_have_the_schema_of_their_lookup():
    cls = made(
        made=DateField(lookups=["in", "range", "isnull", "month", "year__gte"]),
        size=ChoiceField(choices=[1], lookups=["in"]),
    )
    schemas = {name: parameter["schema"] for name, parameter in parameters(cls).items()}
    date = {"type": "string", "format": "date"}
    assert schemas["made__in"] == {"type": "array", "items": date}
    assert schemas["made__range"] == {"type": "array", "items": date, "minItems": 2, "maxItems": 2}
    assert schemas["made__isnull"] == {"type": "boolean"}
    assert schemas["made__month"] == {"type": "integer", "minimum": 1, "maximum": 12}
    assert schemas["made__year__gte"] == {"type": "integer", "minimum": 1, "maximum": 9999}
    assert schemas["size__in"] == {"type": "array", "items": {"type": "integer", "enum": [1]}}


def test_a_parameter_object_is_complete():
    class Annotated(FilterSet):
        size: Literal[1, 2]
        tags = ListField(required=True, deprecated=True, help_text="Tags", default=["x"])

    assert parameters(Annotated)["size"] == {
        "name": "size",
        "in": "query",
        "required": False,
        "schema": {"type": "integer", "enum": [1, 2]},
    }
    assert parameters(Annotated)["tags"] == {
        "name": "tags",
        "in": "query",
        "required": True,
        "schema": {"type": "array", "items": {"type": "string"}, "default": ["x"]},
        "style": "form",
        "explode": False,
        "description": "Tags",
        "deprecated": True,
    }
    negated = parameters(Annotated)["tags!"]
    assert (negated["required"], negated["description"], "default" in negated["schema"]) == (
        False,
        "exclude where Tags",
        False,
    )


def test_only_the_first_variant_is_required_without_a_base():
    cls = made(price=IntegerField(required=True, allow_base=False, lookups=["gte", "lte"]))
    assert [name for name, parameter in parameters(cls).items() if parameter["required"]] == ["price__gte"]


def test_descriptions():
    cls = made(
        price=DecimalField(
            help_text="Product price",
            lookups={"max": "lte", "min": {"lookup": "gte", "help_text": "At least"}, "in": "in", "year_": "isnull"},
        ),
        stock=IntegerField(label="In stock", lookups={"most": "lte", "month": "month", "q": "range"}),
        bare=IntegerField(lookups=["gt"]),
    )
    found = {name: parameter.get("description") for name, parameter in parameters(cls).items()}
    assert found == {
        "price": "Product price",
        "price__max": "Product price (Inclusive Upper Bound)",
        "price__min": "At least",
        "price__in": "Product price (Value Set Membership)",
        "price__year_": "Product price (Null Check)",
        "price!": "exclude where Product price",
        "price__max!": "exclude where Product price (Inclusive Upper Bound)",
        "price__min!": "exclude where At least",
        "price__in!": "exclude where Product price (Value Set Membership)",
        "price__year_!": "exclude where Product price (Null Check)",
        "stock": "In stock",
        "stock__most": "stock is less than or equal to",
        "stock__month": "stock month is",
        "stock__q": "stock is in range",
        "stock!": "exclude where In stock",
        "stock__most!": "exclude where stock is less than or equal to",
        "stock__month!": "exclude where stock month is",
        "stock__q!": "exclude where stock is in range",
        "bare": None,
        "bare__gt": "bare is greater than",
        "bare!": "exclude where bare",
        "bare__gt!": "exclude where bare is greater than",
    }


def test_the_columns_help_text_describes_the_base_parameter():
    cls = made({"model": Product, "fields": ["price"]})
    assert parameters(cls)["price"]["description"] == "What it costs."


@pytest.mark.parametrize(
    ("lookup", "phrase"),
    [
        ("exact", "equals"),
        ("iexact", "equals (case-insensitive)"),
        ("lt", "is less than"),
        ("in", "is one of"),
        ("isnull", "is null"),
        ("icontains", "contains (case-insensitive)"),
        ("date", "date is"),
        ("search", "matches full-text search"),
        ("trigram_similar", "is trigram-similar to"),
        ("unaccent", "matches (accent-insensitive)"),
        ("overlaps", "overlaps with"),
        ("contained_by", "is contained by"),
        ("regex", "matches regex"),
        ("iregex", "matches regex (case-insensitive)"),
    ],
)
def test_phrases(lookup, phrase):
    assert LOOKUP_DESCRIPTIONS[lookup] == phrase
    assert get_field_description(f"price__{lookup}", IntegerField(), "__") == f"price {phrase}"


def test_a_field_gives_a_parameter_by_itself():
    assert field_to_parameter("price__gte!", IntegerField(), "__") == {
        "name": "price__gte!",
        "in": "query",
        "required": False,
        "schema": {"type": "integer", "format": "int64"},
        "description": "exclude where price is greater than or equal to",
    }


def test_negations_can_be_left_out_of_the_schema_alone():
    cls = made({"schema_negated": False}, price=IntegerField())
    assert list(parameters(cls)) == ["price"]
    assert cls({"price!": "1"}).is_valid()


def test_every_parameter_is_there_in_order_and_each_call_gives_copies():
    first = build_filterset_parameters(WideFilterSet)
    assert [parameter["name"] for parameter in first] == list(WideFilterSet.compiled().parameters)
    first[0]["schema"]["type"] = "broken"
    assert build_filterset_parameters(WideFilterSet)[0]["schema"]["type"] == "string"


def test_descriptions_are_in_the_active_language():
    cls = made(price=IntegerField(help_text=gettext_lazy("Yes")))
    assert parameters(cls)["price"]["description"] == "Yes"
    with translation.override("de"):
        assert parameters(cls)["price"]["description"] == "Ja"


def test_parameter_objects_are_json_and_have_what_openapi_asks():
    import json

    found = json.loads(json.dumps(build_filterset_parameters(WideFilterSet)))
    names = [parameter["name"] for parameter in found]
    assert len(names) == len(set(names))
    for parameter in found:
        assert parameter["in"] == "query"
        assert set(parameter) <= {
            *("name", "in", "required", "schema", "style", "explode", "description", "deprecated")
        }
        schema = parameter["schema"]
        assert schema.get("type") in ("array", "boolean", "integer", "number", "string", None)
        assert ("items" in schema) == (schema.get("type") == "array") == ("style" in parameter)


class TestBackend:
    class Set(FilterSet):
        name = StringField(allow_negate=False)

    def names(self, view):
        return [parameter["name"] for parameter in RestflowFilterBackend().get_schema_operation_parameters(view)]

    def test_it_describes_the_views_set(self):
        assert self.names(type("View", (), {"filterset_class": self.Set})()) == ["name"]
        assert self.names(type("View", (), {})()) == []

    def test_a_hook_that_needs_a_request_is_one_warning(self, caplog):
        def get_filterset_class(self):
            return self.request.user.filterset

        view = type("ProductView", (), {"filterset_class": self.Set, "get_filterset_class": get_filterset_class})()
        with caplog.at_level(logging.WARNING, logger="restflow.filters"):
            assert self.names(view) == ["name"]
        (record,) = caplog.records
        assert "ProductView" in record.getMessage()
        assert "AttributeError" in record.getMessage()


@pytest.mark.parametrize("version", ["3.0.4", "3.1.1"])
def test_a_document_with_the_parameters_of_every_field_class_is_valid(version):
    validator = pytest.importorskip("openapi_spec_validator", reason="openapi-spec-validator is not installed")

    class Every(WideFilterSet):
        sizes = ListField(child=IntegerField(min_value=1), db_field="stock", min_length=1, max_length=3, required=True)
        level = ChoiceField(choices=[1, "b"], db_field="note", deprecated=True, help_text="Level")
        spent = DecimalField(
            db_field="price", min_value=decimal.Decimal("0.5"), max_value=decimal.Decimal(9), default=1
        )

    found = Every.get_schema_operation_parameters()
    path = {"get": {"parameters": found, "responses": {"200": {"description": "rows"}}}}
    document = {"openapi": version, "info": {"title": "shop", "version": "1"}, "paths": {"/products": path}}
    assert {one["schema"].get("type") for one in found} >= {"array", "boolean", "integer", "number", "string", None}
    validator.validate(document)
    found[0]["schema"]["type"] = "text"
    with pytest.raises(validator.validation.exceptions.OpenAPIValidationError, match="text"):
        validator.validate(document)
