"""The keywords of a filter: what each does, and which combinations are refused."""

import pytest
from django.db.models import Q
from filters_testapp.models import Product

from restflow.core import ConfigError
from restflow.filters import (
    DecimalField,
    Field,
    FilterSet,
    IntegerField,
    ListField,
    MultipleChoiceField,
    OrderField,
    StringField,
)


def made(meta=None, **body):
    options = {"model": Product, **(meta or {})}
    return type("ProductFilterSet", (FilterSet,), {**body, "Meta": type("Meta", (), options)})


def names(cls):
    return list(cls().fields)


def errors_of(cls, data):
    filterset = cls(data)
    filterset.is_valid()
    return {name: [detail.code for detail in details] for name, details in filterset.errors.items()}


def test_db_field_is_the_column_of_base_and_variants():
    cls = made(product_price=DecimalField(db_field="price", lookups=["comparison"]))
    fields = cls().fields
    assert fields["product_price"].filter_by == "price"
    assert fields["product_price__gte"].filter_by == "price__gte"
    assert fields["product_price"].db_field == "price"


def test_filter_by_wins_over_db_field_which_the_variants_use():
    cls = made(price=IntegerField(filter_by="price__exact", db_field="price", lookups=["gte", "lte"]))
    fields = cls().fields
    assert [fields[name].filter_by for name in ("price", "price__gte", "price__lte")] == [
        *("price__exact", "price__gte", "price__lte")
    ]


def test_the_separator_shapes_the_name_alone():
    cls = made(
        {"lookup_separator": "."},
        price=DecimalField(lookups=["gte"]),
        stock=IntegerField(lookups=["gte"], lookup_separator="-"),
    )
    assert names(cls) == ["price", "price.gte", "price!", "price.gte!", "stock", "stock-gte", "stock!", "stock-gte!"]
    assert cls().fields["price.gte"].filter_by == "price__gte"


def test_allow_base_leaves_the_variants_alone():
    assert names(made(price=DecimalField(allow_base=False, lookups=["gte"]))) == ["price__gte", "price__gte!"]
    with pytest.raises(ConfigError, match=r"ProductFilterSet\.price: allow_base=False without lookups"):
        made(price=DecimalField(allow_base=False))


class TestNegationIsPermitted:
    def test_a_filter_can_forbid_every_negation(self):
        cls = made(
            price=DecimalField(
                allow_negate=False, lookups={"gte": {"allow_negate": True}, "in": "in", "isnull": "isnull"}
            )
        )
        assert names(cls) == ["price", "price__gte", "price__in", "price__isnull"]

    def test_the_option_holds_for_filters_that_do_not_say(self):
        class Base(FilterSet):
            name: str
            stock = IntegerField(lookups=["in", "isnull"])
            note = StringField(allow_negate=True)

            class Meta:
                model = Product
                fields = ["active"]
                allow_negate = False

        assert [name for name in names(Base) if name.endswith("!")] == ["note!"]

    def test_a_variant_can_forbid_its_own(self):
        cls = made(price=DecimalField(lookups={"gte": {"allow_negate": False}, "lte": "lte"}))
        assert names(cls) == ["price", "price__gte", "price__lte", "price!", "price__lte!"]


class TestRequired:
    def test_any_parameter_of_the_filter_will_do(self):
        cls = made(price=DecimalField(required=True, lookups=["gte"]))
        assert errors_of(cls, {}) == {"price": ["required"]}
        for name in names(cls):
            assert errors_of(cls, {name: "1"}) == {}

    def test_the_error_stands_under_the_first_variant_without_a_base(self):
        cls = made(price=DecimalField(required=True, allow_base=False, lookups=["gte", "lte"]))
        assert errors_of(cls, {}) == {"price__gte": ["required"]}

    def test_a_blank_does_not_count(self):
        assert errors_of(made(price=DecimalField(required=True)), {"price": " "}) == {"price": ["required"]}

    def test_a_bad_value_is_not_missing_too(self):
        assert errors_of(made(price=DecimalField(required=True)), {"price": "x"}) == {"price": ["invalid"]}

    def test_the_option_does_the_same_by_name(self):
        cls = made({"fields": ["price"], "required_fields": ["price"]})
        assert errors_of(cls, {}) == {"price": ["required"]}
        with pytest.raises(ConfigError, match=r"required_fields names 'prise'.*'price'"):
            made({"fields": ["price"], "required_fields": ["prise"]})


class TestDefault:
    def test_it_fills_the_base_parameter_when_nothing_of_the_filter_is_there(self):
        cls = made(price=DecimalField(default=5, lookups=["gte"]))
        assert cls({}).model_dump() == {"price": 5}
        assert list(cls({"price__gte": "1"}).model_dump()) == ["price__gte"]
        assert list(cls({"price!": "1"}).model_dump()) == ["price!"]

    def test_a_callable_is_called_for_each_request(self):
        calls = iter(range(10))
        cls = made(stock=IntegerField(default=lambda: next(calls)))
        assert [cls({}).model_dump(), cls({}).model_dump()] == [{"stock": 0}, {"stock": 1}]

    def test_a_list_that_a_hook_changes_does_not_leak_into_the_next_request(self):
        class Tagged(FilterSet):
            tags = ListField(default=["a"])

            def validate(self, data):
                data["tags"].append("b")
                return data

        assert [Tagged({}).model_dump(), Tagged({}).model_dump()] == [{"tags": ["a", "b"]}] * 2

    def test_it_is_not_validated(self):
        assert made(stock=IntegerField(default="soon"))({}).model_dump() == {"stock": "soon"}


class TestWhatVariantsKeep:
    def test_bounds_hold_for_what_compares_like_with_like(self):
        cls = made(price=DecimalField(min_value=5, lookups=["gte", "in", "range", "isnull"]))
        for name, value in (("price", "1"), ("price__gte", "1"), ("price!", "1")):
            assert errors_of(cls, {name: value}) == {name: ["min_value"]}
        for name in ("price__in", "price__range", "price__in!"):
            filterset = cls({name: "9,1"})
            assert not filterset.is_valid()
            assert [detail.code for detail in filterset.errors[name][1]] == ["min_value"]
        assert errors_of(cls, {"price__isnull": "true"}) == {}

    def test_fragments_keep_the_limits_of_a_string_but_its_least_length(self):
        def no_x(value):
            if "x" in value:
                from rest_framework.exceptions import ValidationError

                raise ValidationError("no x", "no_x")

        cls = made(name=StringField(max_length=5, min_length=3, validators=[no_x], lookups=["icontains"]))
        assert errors_of(cls, {"name": "a"}) == {"name": ["min_length"]}
        assert errors_of(cls, {"name__icontains": "a"}) == {}
        assert errors_of(cls, {"name__icontains": "abcdef"}) == {"name__icontains": ["max_length"]}
        assert errors_of(cls, {"name__icontains": "x"}) == {"name__icontains": ["no_x"]}

    def test_format_checks_of_other_fields_are_dropped_for_fragments(self):
        cls = made(
            fields=None,
            meta={
                "fields": ["email", "address"],
                "extra_kwargs": {"email": {"lookups": ["icontains"]}, "address": {"lookups": ["startswith"]}},
            },
        )
        assert errors_of(cls, {"email__icontains": "@example", "address__startswith": "10."}) == {}
        assert errors_of(cls, {"email": "@example", "address": "10."}) == {"email": ["invalid"], "address": ["invalid"]}


@pytest.mark.parametrize(
    ("make", "error", "expected"),
    [
        (lambda: IntegerField(method="x", filter_by="y"), ConfigError, "method and filter_by exclude"),
        (lambda: IntegerField(method=3), TypeError, "method must be"),
        (lambda: IntegerField(filter_by=3), ConfigError, "filter_by must be"),
        (lambda: IntegerField(filter_by=[]), ConfigError, "filter_by must be"),
        (lambda: IntegerField(filter_by=[3]), ConfigError, "filter_by must be"),
        (lambda: IntegerField(filter_by="price", lookups=["gte"]), ConfigError, "db_field"),
        (lambda: IntegerField(method="x", lookups=["gte"]), ConfigError, "db_field"),
        (lambda: IntegerField(read_only=True), ConfigError, "read_only"),
        (lambda: IntegerField(write_only=True), ConfigError, "write_only"),
        (lambda: IntegerField(source="x"), ConfigError, "source"),
        (lambda: ListField(separator=",,"), ConfigError, "separator"),
        (lambda: ListField(match="some"), ConfigError, "'any' or 'all'"),
        (lambda: MultipleChoiceField(choices=[], separator='"'), ConfigError, "separator"),
        (lambda: OrderField(fields=[]), ConfigError, "list of options"),
        (lambda: OrderField(fields=["name"], lookups=["in"]), ConfigError, "no lookups"),
        (lambda: OrderField(fields=["name"], negate=True), ConfigError, "no negation"),
        (lambda: OrderField(fields=["name", "name"]), ConfigError, "twice"),
        (lambda: OrderField(fields=["-name"]), ConfigError, "without '-'"),
        (lambda: OrderField(fields=[("name", 3)]), ConfigError, "an option is"),
        (lambda: OrderField(fields=["name"], nulls="middle"), ConfigError, "'first', 'last' or None"),
        (lambda: OrderField(fields=["name"], override_order_direction="up"), ConfigError, "'asc' or 'desc'"),
        (lambda: OrderField(fields=["name"], labels=[("nme", "Name")]), ConfigError, "Did you mean 'name'"),
    ],
)
def test_what_a_field_refuses_by_itself(make, error, expected):
    with pytest.raises(error, match=expected):
        make()


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        (IntegerField(method="filter_prise"), r"'filter_prise'.*'filter_price'"),
        (IntegerField(db_field="prise"), r"'prise'.*'price'"),
        (IntegerField(filter_by="prise__gte"), r"'prise'.*'price'"),
        (IntegerField(filter_by="price__gtee"), r"'gtee'.*'gte'"),
        (IntegerField(filter_by=["price", "stok"]), r"'stok'.*'stock'"),
        (StringField(db_field="category__nme"), r"'nme'.*'name'"),
        (IntegerField(db_field="price__year__nope"), r"'year'"),
        (IntegerField(db_field="price", lookups=["gtee"]), r"'gtee'.*'gte'"),
        (IntegerField(db_field="price", lookups=["year"]), r"no lookup 'year'"),
    ],
)
def test_a_misspelt_path_or_lookup_is_refused_when_the_class_is_made(field, expected):
    def filter_price(self, queryset, value):
        return queryset

    with pytest.raises(ConfigError, match=rf"ProductFilterSet\.wanted.*{expected}"):
        made(wanted=field, filter_price=filter_price)


def test_a_clone_is_independent():
    field = IntegerField(min_value=1, lookups=["gte"])
    twin = field.clone()
    twin.lookups.append("lte")
    twin.min_value = 5
    assert (field.lookups, field.min_value) == (["gte"], 1)


def test_get_method_resolves_names_and_callables():
    def rows(filterset, queryset, value):
        return (filterset, queryset, value)

    class Set(FilterSet):
        named = IntegerField(method="by_name")
        called = IntegerField(method=rows)
        none = IntegerField(filter_by=lambda value: Q())

        def by_name(self, queryset, value):
            return (self, queryset, value)

    filterset = Set()
    fields = filterset.fields
    assert fields["named"].get_method(filterset)("rows", 1) == (filterset, "rows", 1)
    assert fields["called"].get_method(filterset)("rows", 1) == (filterset, "rows", 1)
    assert fields["none"].get_method(filterset) is None


def test_a_field_needs_its_keywords_by_name():
    with pytest.raises(TypeError):
        Field("name")
