"""Filters from annotations, explicit fields and `Field`: which field each gives, and what is refused, with a hint."""

import datetime
import decimal
import enum
import typing
import uuid
from collections.abc import Sequence
from typing import Annotated, Any, ClassVar, Final, Literal, NewType, Optional

import pytest
from annotated_types import Ge, Gt, Interval, Le, Len, Lt, MaxLen, MinLen, MultipleOf
from django.db import models
from filters_testapp.models import Product
from rest_framework.exceptions import ValidationError

from restflow.core import AnnotationError, ConfigError
from restflow.filters import (
    BooleanField,
    ChoiceField,
    DateField,
    DateTimeField,
    DecimalField,
    DurationField,
    Email,
    EmailField,
    Field,
    FilterSet,
    FloatField,
    IntegerField,
    IPAddress,
    IPAddressField,
    ListField,
    OrderField,
    StringField,
    TimeField,
    UUIDField,
)

Slug = NewType("Slug", str)


class Colour(enum.Enum):
    RED = "r"
    BLUE = "b"


class Size(models.IntegerChoices):
    SMALL = 1, "Small one"
    BIG = 2, "Big one"


class Nothing:
    pass


def declare(annotation, refine=None, **meta):
    body = {"__annotations__": {"value": annotation}, "__module__": __name__}
    if refine is not None:
        body["value"] = refine
    if meta:
        body["Meta"] = type("Meta", (), meta)
    return type("Made", (FilterSet,), body)


def field_of(annotation, refine=None, **meta):
    return declare(annotation, refine, **meta)().fields["value"]


def value_of(cls, text):
    filterset = cls({"value": text})
    filterset.is_valid(raise_exception=True)
    return filterset.validated_data["value"]


def codes(cls, text):
    filterset = cls({"value": text})
    assert not filterset.is_valid()
    return [detail.code for detail in filterset.errors["value"]]


@pytest.mark.parametrize(
    ("annotation", "kind"),
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
        (uuid.UUID, UUIDField),
        (Slug, StringField),
        (Literal["a", "b"], ChoiceField),
        (Colour, ChoiceField),
        (Size, ChoiceField),
        (list[int], ListField),
        (int | None, IntegerField),
        (Optional[int], IntegerField),  # noqa: UP045
        (Annotated[int, "anything"], IntegerField),
    ],
)
def test_a_type_gives_its_field(annotation, kind):
    assert type(field_of(annotation)) is kind


@pytest.mark.parametrize(
    ("annotation", "child"),
    [
        (list[int], IntegerField),
        (set[int], IntegerField),
        (frozenset[uuid.UUID], UUIDField),
        (tuple[Email, ...], EmailField),
        (Sequence[decimal.Decimal], DecimalField),
        (list[Literal[1, 2]], ChoiceField),
        (list, StringField),
    ],
)
def test_a_collection_is_a_list_of_its_items_field(annotation, child):
    field = field_of(annotation)
    assert type(field) is ListField
    assert type(field.child) is child


def test_literals_and_enums_give_their_values_and_labels():
    assert field_of(Literal[1, "two"]).choices == {1: 1, "two": "two"}
    assert field_of(Colour).choices == {"r": "RED", "b": "BLUE"}
    assert field_of(Size).choices == {1: "Small one", 2: "Big one"}
    assert value_of(declare(Literal[1, 2]), "2") == 2
    assert value_of(declare(Colour), "r") == "r"


@pytest.mark.skipif(not hasattr(typing, "TypeAliasType"), reason="PEP 695 aliases came with Python 3.12")
def test_a_type_alias_stands_for_its_type():
    assert type(field_of(typing.TypeAliasType("Alias", list[int]))) is ListField


def test_string_annotations_are_evaluated():
    class Quoted(FilterSet):
        value: "datetime.date"
        other: "list[int]"

    assert [type(field) for field in (Quoted().fields["value"], Quoted().fields["other"])] == [DateField, ListField]


def test_a_name_that_is_missing_is_refused_with_filter_and_name():
    with pytest.raises(AnnotationError, match=r"Broken\.value.*'Missing'"):
        exec("class Broken(FilterSet):\n    value: 'Missing'", {"FilterSet": FilterSet, "__name__": __name__})


@pytest.mark.parametrize("annotation", [Nothing, dict, int | str, bytes, dict[str, int], Any, object])
def test_other_types_are_refused_by_name(annotation):
    with pytest.raises(AnnotationError, match=r"Made\.value"):
        declare(annotation)


@pytest.mark.parametrize(
    ("constraint", "good", "bad", "code"),
    [
        (Ge(3), "3", "2", "min_value"),
        (Le(3), "3", "4", "max_value"),
        (Gt(3), "4", "3", "invalid"),
        (Lt(3), "2", "3", "invalid"),
        (MultipleOf(3), "9", "8", "step_size"),
        (Interval(ge=2, le=4), "2", "5", "max_value"),
    ],
)
def test_constraints_bound_the_value(constraint, good, bad, code):
    cls = declare(Annotated[int, constraint])
    assert value_of(cls, good) == int(good)
    assert codes(cls, bad) == [code]


def test_lengths_bound_strings_and_lists():
    assert codes(declare(Annotated[str, MinLen(2)]), "a") == ["min_length"]
    assert codes(declare(Annotated[str, MaxLen(2)]), "abc") == ["max_length"]
    assert codes(declare(Annotated[list[int], Len(2, 3)]), "1") == ["min_length"]


def test_annotated_metadata_refine_the_field():
    def even(value):
        if value % 2:
            raise ValidationError("odd", "odd")

    documented = type("Doc", (), {"documentation": "How many."})()
    field = field_of(Annotated[int, Field(min_value=2), even, documented, "ignored"])
    assert field.min_value == 2
    assert field.help_text == "How many."
    assert codes(declare(Annotated[int, even]), "3") == ["odd"]
    declared = StringField(db_field="name", max_length=3)
    chosen = field_of(Annotated[int, declared])
    assert type(chosen) is StringField
    assert chosen is not declared
    assert chosen.max_length == 3


def test_a_value_beside_an_annotation_is_its_default():
    class Stocked(FilterSet):
        in_stock: bool = True
        tags: list[str] = ["a"]

    assert Stocked({}).model_dump() == {"in_stock": True, "tags": ["a"]}
    assert Stocked({"in_stock": "no", "tags": "b"}).model_dump() == {"in_stock": False, "tags": ["b"]}


def test_field_beside_an_annotation_takes_keywords_of_the_resolved_class():
    field = field_of(float, Field(min_value=0, lookups=["comparison"]))
    assert field.min_value == 0
    assert list(declare(float, Field(lookups=["gte"]))().fields) == [*("value", "value__gte", "value!", "value__gte!")]
    with pytest.raises(ConfigError, match=r"Made\.value: FloatField takes no keyword 'min_valeu'.*'min_value'"):
        declare(float, Field(min_valeu=0))


def test_extra_kwargs_refine_an_annotated_filter_and_field_wins():
    assert field_of(int, extra_kwargs={"value": {"min_value": 1}}).min_value == 1
    assert field_of(int, Field(min_value=2), extra_kwargs={"value": {"min_value": 1}}).min_value == 2


def test_class_variables_finals_and_private_names_are_no_filters():
    class Plain(FilterSet):
        kept: int
        shared: ClassVar[int] = 1
        fixed: Final = 2
        _private: int
        _shown: int = Field()

    assert [name for name in Plain().fields if not name.endswith("!")] == ["kept", "_shown"]
    assert (Plain.shared, Plain.fixed) == (1, 2)


def test_explicit_wins_over_annotation_and_annotation_over_model():
    class Mixed(FilterSet):
        name: int
        price: str
        name = StringField()  # noqa: PIE794, RUF100

        class Meta:
            model = Product
            fields = ["price", "name", "stock"]

    fields = Mixed().fields
    assert [type(fields[name]) for name in ("name", "price", "stock")] == [StringField, StringField, IntegerField]


def test_field_alone_needs_a_method_a_callable_or_a_column():
    class Placed(FilterSet):
        stock = Field(min_value=1)
        cheap = Field(db_field="price")
        raw = Field(method=lambda filterset, queryset, value: queryset)
        called = Field(filter_by=lambda value: models.Q(name=value))

        class Meta:
            model = Product

    fields = Placed().fields
    assert (type(fields["stock"]), fields["stock"].min_value) == (IntegerField, 1)
    assert (type(fields["cheap"]), fields["cheap"].max_digits) == (DecimalField, 8)
    assert Placed({"raw": "007", "called": "x"}).model_dump() == {"raw": "007", "called": "x"}
    with pytest.raises(ConfigError, match=r"Lost\.value: a Field without an annotation needs"):
        type("Lost", (FilterSet,), {"value": Field()})


def test_parameters_come_annotated_then_explicit_then_from_the_model_and_the_order_last():
    class Ordered(FilterSet):
        order = OrderField(fields=["name"])
        name = StringField(lookups=["iexact"])
        note: str

        class Meta:
            model = Product
            fields = ["stock"]

    assert list(Ordered().fields) == [
        *("note", "note!", "name", "name__iexact", "name!", "name__iexact!", "stock", "stock!", "order")
    ]


def test_a_declared_filter_wins_over_a_variant_of_its_name():
    class Both(FilterSet):
        price = IntegerField(lookups=["gte"])
        price__gte = IntegerField(method=lambda filterset, queryset, value: queryset)

    assert Both().fields["price__gte"].method is not None
    assert list(Both().fields) == ["price", "price!", "price__gte", "price__gte!"]


class TestInheritance:
    def test_filters_come_along_the_bases_and_from_plain_mixins(self):
        class Mixin:
            note = StringField()
            bare: int

        class Base(FilterSet):
            name = StringField(lookups=["iexact"])

        class Child(Mixin, Base):
            stock: int

        assert {name for name in Child().fields if not name.endswith("!")} == {"name", "name__iexact", "note", "stock"}

    def test_a_redeclared_filter_replaces_its_variants(self):
        class Base(FilterSet):
            price = IntegerField(lookups=["gte"])

        class Child(Base):
            price = StringField()

        assert list(Child().fields) == ["price", "price!"]
        assert list(Base().fields) == ["price", "price__gte", "price!", "price__gte!"]

    def test_none_removes_a_filter_for_good(self):
        class Base(FilterSet):
            price = DecimalField(lookups=["gte"])

            class Meta:
                model = Product
                fields = ["price", "stock"]

        class Child(Base):
            price = None

        assert list(Child().fields) == ["stock", "stock!"]

    def test_options_are_inherited_one_by_one(self):
        def keep(filterset, queryset):
            return queryset

        class Base(FilterSet):
            class Meta:
                model = Product
                operator = "or"
                preprocessors = [keep]
                max_params = 3

        class Same(Base):
            class Meta(Base.Meta):
                operator = "AND"

        class Own(Base):
            class Meta:
                preprocessors = []

        options = Same().get_options()
        assert (options.operator, options.preprocessors, options.model) == ("AND", [keep], Product)
        options = Own().get_options()
        assert (options.operator, options.preprocessors, options.max_params) == ("OR", [], 3)


class TestNames:
    @pytest.mark.parametrize(
        "name", ["data", "errors", "validated_data", "initial_data", "instance", "fields", "context", "request"]
    )
    def test_annotating_a_serializer_attribute_is_refused_with_the_way_out(self, name):
        with pytest.raises(ConfigError, match=rf"Clash\.{name}: .*param='{name}'"):
            type("Clash", (FilterSet,), {"__annotations__": {name: int}, "__module__": __name__})

    def test_an_explicit_filter_may_have_any_name(self):
        class Named(FilterSet):
            data = StringField()
            errors = StringField()

        filterset = Named({"data": "x"})
        assert filterset.is_valid()
        assert filterset.data == {"data": "x"}
        assert filterset.errors == {}

    def test_param_names_the_parameter(self):
        class Dated(FilterSet):
            from_ = IntegerField(param="from", db_field="stock", lookups=["gte"])
            price = IntegerField(param="filter[price]")

        assert list(Dated().fields)[:2] == ["from", "from__gte"]
        assert Dated({"filter[price]": "3"}).model_dump() == {"filter[price]": 3}

    @pytest.mark.parametrize("param", ["", "price!"])
    def test_an_impossible_parameter_name_is_refused(self, param):
        with pytest.raises(ConfigError, match=r"Bad\.price"):
            type("Bad", (FilterSet,), {"price": IntegerField(param=param)})

    def test_two_filters_of_one_parameter_are_refused(self):
        with pytest.raises(ConfigError, match="'one' and 'two' both give 'x'"):
            type("Twice", (FilterSet,), {"one": IntegerField(param="x"), "two": IntegerField(param="x")})

    def test_two_order_fields_are_refused_and_an_inherited_one_is_replaced(self):
        orders = {name: OrderField(fields=["name"]) for name in ("one", "two")}
        with pytest.raises(ConfigError, match="two order fields"):
            type("Twice", (FilterSet,), orders)
        base = type("Base", (FilterSet,), {"one": OrderField(fields=["name"])})
        child = type("Child", (base,), {"two": OrderField(fields=["name"])})
        assert list(child().fields) == ["two"]


def test_a_foreign_field_is_refused():
    from rest_framework import serializers

    with pytest.raises(ConfigError, match=r"Foreign\.name: a CharField is no filter field"):
        type("Foreign", (FilterSet,), {"name": serializers.CharField()})


@pytest.mark.parametrize(
    ("option", "value", "expected"),
    [
        ("operater", "AND", "Did you mean 'operator'"),
        ("operator", "NAND", "'AND', 'OR' or 'XOR'"),
        ("fields", {"name": ["exact"]}, "extra_kwargs"),
        ("fields", 3, "list of columns"),
        ("allow_negate", 1, "boolean"),
        ("unknown_params", "warn", "'ignore' or 'error'"),
        ("max_params", -1, "number or None"),
        ("max_params", True, "number or None"),
        ("lookup_separator", "", "not empty"),
        ("preprocessors", ["name"], "callables"),
        ("or_groups", ["name"], "groups"),
        ("order_nulls", "middle", "'first', 'last' or None"),
        ("related_fields", "category", "list of relations"),
    ],
)
def test_a_wrong_option_is_refused(option, value, expected):
    with pytest.raises(ConfigError, match=expected) as caught:
        type("Wrong", (FilterSet,), {"Meta": type("Meta", (), {option: value})})
    assert "Wrong.Meta" in str(caught.value)


def test_private_names_in_meta_are_ignored():
    type("Private", (FilterSet,), {"Meta": type("Meta", (), {"_note": 1})})
