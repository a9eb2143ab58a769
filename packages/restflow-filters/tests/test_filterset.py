"""Using a filter set: where its data come from, its members, and that no request sees another's."""

import json

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db.models import Count, Q
from django.http import QueryDict
from django.test import RequestFactory
from filters_testapp.models import Category, Product
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from restflow.core import ConfigError
from restflow.filters import DateField, DecimalField, FilterSet, IntegerField, ListField, StringField


class Plain(FilterSet):
    name = StringField(lookups=["icontains"])
    price = DecimalField(lookups=["gte"])
    made = DateField()
    tags = ListField(db_field="tags__name")

    class Meta:
        model = Product
        order_fields = ["name"]


def drf_request(query="", **context):
    return Request(RequestFactory().get(f"/?{query}"), parser_context=context)


class TestWhereTheDataComeFrom:
    def test_data_win_over_the_request(self):
        assert Plain({"name": "a"}, drf_request("name=b")).model_dump() == {"name": "a"}

    @pytest.mark.parametrize("request_of", [drf_request, lambda query: RequestFactory().get(f"/?{query}")])
    def test_a_request_may_come_first_or_by_name(self, request_of):
        request = request_of("name=b")
        for filterset in (Plain(request), Plain(request=request), Plain(None, request)):
            assert filterset.model_dump() == {"name": "b"}
            assert filterset.request is request
            assert filterset.context["request"] is request

    def test_neither_means_no_parameters(self):
        filterset = Plain()
        assert filterset.is_valid()
        assert (filterset.model_dump(), filterset.request, filterset.context) == (
            {},
            None,
            {"request": None, "view": None},
        )

    def test_the_view_comes_from_the_request(self):
        view = object()
        assert Plain(request=drf_request(view=view)).context["view"] is view

    def test_many_is_not_for_filter_sets(self):
        with pytest.raises(NotImplementedError, match="Plain"):
            Plain(many=True)
        with pytest.raises(NotImplementedError):
            Plain.many_init()

    def test_a_subclass_may_have_a_constructor_of_its_own(self):
        class Own(Plain):
            def __init__(self, *args, tenant=None, **kwargs):
                super().__init__(*args, **kwargs)
                self.tenant = tenant

        assert Own({"name": "a"}, tenant=3).tenant == 3


class TestValidation:
    def test_it_runs_once_and_the_result_is_kept(self):
        calls = []

        class Counted(FilterSet):
            name = StringField()

            def validate(self, data):
                calls.append(data)
                return data

        filterset = Counted({"name": "a"})
        assert filterset.is_valid()
        assert filterset.is_valid()
        filterset.filter_queryset(Product.objects.all())
        assert len(calls) == 1
        assert (filterset.errors, filterset.validated_data) == ({}, {"name": "a"})

    def test_errors_are_raised_on_demand(self):
        filterset = Plain({"price": "x"})
        assert not filterset.is_valid()
        assert filterset.validated_data == {}
        with pytest.raises(ValidationError):
            filterset.is_valid(raise_exception=True)
        with pytest.raises(ValidationError):
            filterset.model_dump()

    def test_data_are_primitives(self):
        filterset = Plain(QueryDict("made=2024-01-02&price__gte=1.50&tags=a,b&order_by=-name"))
        assert filterset.is_valid()
        assert json.loads(json.dumps(filterset.data)) == {
            "made": "2024-01-02",
            "price__gte": "1.50",
            "tags": ["a", "b"],
            "order_by": ["-name"],
        }
        assert "tags" in filterset.data

    def test_reading_before_validating_is_an_error(self):
        with pytest.raises(AssertionError):
            Plain({"name": "a"}).errors  # noqa: B018

    async def test_both_doors_say_the_same(self):
        filterset = Plain({"price": "x"})
        assert not await filterset.ais_valid()
        with pytest.raises(ValidationError):
            await filterset.amodel_dump()
        assert await Plain({"price": "1"}).amodel_dump() == Plain({"price": "1"}).model_dump()


class TestFields:
    def test_a_popped_parameter_is_not_accepted(self):
        filterset = Plain({"name": "a", "price": "1"})
        filterset.fields.pop("price")
        assert filterset.model_dump() == {"name": "a"}
        assert Plain({"price": "1"}).model_dump() == {"price": 1}

    def test_a_changed_field_is_used(self):
        filterset = Plain({"name": "abc"})
        filterset.fields["name"] = StringField(max_length=2)
        assert not filterset.is_valid()

    def test_an_override_has_the_same_effect(self):
        class Fewer(Plain):
            def get_fields(self):
                fields = super().get_fields()
                del fields["price"]
                return fields

        assert Fewer({"name": "a", "price": "1"}).model_dump() == {"name": "a"}

    def test_an_added_one_is_refused(self):
        filterset = Plain({})
        filterset.fields["extra"] = StringField()
        with pytest.raises(ConfigError, match="'extra' is no parameter"):
            filterset.is_valid()

    def test_they_tell_path_column_and_negation(self):
        fields = Plain().fields
        assert (fields["name__icontains"].filter_by, fields["name!"].negate, fields["name"].negate) == (
            "name__icontains",
            True,
            False,
        )

    def test_a_form_of_drf_can_be_rendered(self):
        assert "name" in repr(Plain())


class TestFilterQueryset:
    def test_ignored_parameters_are_left_out(self):
        filterset = Plain({"name": "a", "price": "1"})
        whole = str(filterset.filter_queryset(Product.objects.all()).query)
        less = str(filterset.filter_queryset(Product.objects.all(), ignore=["price"]).query)
        assert '"price" =' in whole
        assert '"price" =' not in less
        assert str(filterset.filter_queryset(Product.objects.all(), ignore="price").query) == less
        with pytest.raises(ValueError, match=r"'prise'.*'price'"):
            filterset.filter_queryset(Product.objects.all(), ignore=["prise"])

    def test_another_models_queryset_is_refused_with_both_names(self):
        for data in ({}, {"name": "a"}):
            with pytest.raises(TypeError, match=r"filters_testapp\.Product.*filters_testapp\.Category"):
                Plain(data).filter_queryset(Category.objects.all())

    def test_a_set_without_a_model_serves_any(self):
        class Loose(FilterSet):
            name = StringField(lookups=["icontains"])

        for model in (Product, Category):
            assert "LIKE" in str(Loose({"name__icontains": "a"}).filter_queryset(model.objects.all()).query)

    async def test_the_async_door_refuses_the_same(self):
        with pytest.raises(TypeError, match="Category"):
            await Plain({}).afilter_queryset(Category.objects.all())
        with pytest.raises(ValueError, match="prise"):
            await Plain({}).afilter_queryset(Product.objects.all(), ignore=["prise"])

    async def test_nothing_to_do_gives_the_queryset_back(self):
        queryset = Product.objects.all()
        filterset = Plain(QueryDict("page=2"))
        assert filterset.filter_queryset(queryset) is queryset
        assert await Plain({}).afilter_queryset(queryset) is queryset
        assert (filterset.errors, filterset.validated_data) == ({}, {})


@pytest.mark.django_db
class TestGetQ:
    def test_it_is_the_conditions_alone(self):
        for name in ("a", "b"):
            Product.objects.create(name=name, price=5)
        filterset = Plain({"name": "a", "order_by": "name"})
        assert Product.objects.aggregate(n=Count("pk", filter=filterset.get_q()))["n"] == 1
        assert Plain({}).get_q() == Q()

    async def test_its_twin_awaits(self):
        assert str(await Plain({"name": "a"}).aget_q()) == str(Plain({"name": "a"}).get_q())

    def test_it_needs_a_model_and_no_method_that_returns_a_queryset(self):
        with pytest.raises(ImproperlyConfigured, match="needs a model"):
            type("Loose", (FilterSet,), {"name": StringField()})({}).get_q()

        class Method(FilterSet):
            name = StringField(method=lambda filterset, queryset, value: queryset.filter(name=value))

            class Meta:
                model = Product

        with pytest.raises(TypeError, match="returned a queryset"):
            Method({"name": "a"}).get_q()


class TestProcessors:
    def test_they_run_in_order_each_on_the_result_of_the_one_before(self):
        def only_live(filterset, queryset):
            assert filterset.validated_data == {"name": "a"}
            return queryset.filter(status="live")

        def newest(filterset, queryset):
            return queryset.order_by("-made")

        class Processed(Plain):
            class Meta:
                preprocessors = [only_live]
                postprocessors = [newest]
                operator = "OR"

        queryset = Processed({"name": "a"}).filter_queryset(Product.objects.all())
        sql = str(queryset.query)
        assert sql.index("live") < sql.index(" = a") < sql.index("ORDER BY")

    @pytest.mark.parametrize("kind", ["preprocessors", "postprocessors"])
    def test_a_result_that_is_no_queryset_is_an_error_with_its_name(self, kind):
        def forgetful(filterset, queryset):
            queryset.filter(status="live")

        cls = type("Processed", (Plain,), {"Meta": type("Meta", (), {kind: [forgetful]})})
        with pytest.raises(TypeError, match="forgetful must return a queryset, got None"):
            cls({}).filter_queryset(Product.objects.all())

    def test_nothing_runs_before_validation_has_passed(self):
        def never(filterset, queryset):
            raise AssertionError

        cls = type("Processed", (Plain,), {"Meta": type("Meta", (), {"preprocessors": [never]})})
        with pytest.raises(ValidationError):
            cls({"price": "x"}).filter_queryset(Product.objects.all())

    async def test_async_ones_are_awaited(self):
        async def only_live(filterset, queryset):
            return queryset.filter(status="live")

        cls = type("Processed", (Plain,), {"Meta": type("Meta", (), {"preprocessors": [only_live]})})
        assert "live" in str((await cls({}).afilter_queryset(Product.objects.all())).query)
        with pytest.raises(TypeError, match=r"only_live is async.*afilter_queryset"):
            cls({}).filter_queryset(Product.objects.all())


class TestOrGroups:
    class Grouped(FilterSet):
        name = StringField(lookups=["icontains"])
        stock = IntegerField()
        price = DecimalField(lookups=["gte"])

        class Meta:
            model = Product
            or_groups = [("name", "stock")]

    @pytest.mark.django_db
    def test_the_filters_of_a_group_are_one_operand(self):
        for name, stock, price in (("a", 1, 9), ("b", 2, 9), ("c", 1, 1), ("d", 3, 9)):
            Product.objects.create(name=name, stock=stock, price=price)

        def found(**data):
            return {row.name for row in self.Grouped(data).filter_queryset(Product.objects.all())}

        assert found(name="b", stock="1", price__gte="5") == {"a", "b"}
        assert found(**{"name__icontains": "d", "stock!": "1"}) == {"b", "d"}
        assert found(stock="1") == {"a", "c"}

    def test_a_queryset_cannot_be_grouped(self):
        class Method(FilterSet):
            name = StringField(method=lambda filterset, queryset, value: queryset.filter(name=value))
            stock = IntegerField()

            class Meta:
                model = Product
                or_groups = [["name", "stock"]]

        with pytest.raises(TypeError, match=r"or_groups must not|of or_groups"):
            Method({"name": "a"}).filter_queryset(Product.objects.all())

    @pytest.mark.parametrize(
        ("groups", "expected"),
        [([("nme", "stock")], r"'nme'.*'name'"), ([("name", "stock"), ("name", "price")], "'name' twice")],
    )
    def test_unknown_and_repeated_names_are_refused(self, groups, expected):
        with pytest.raises(ConfigError, match=expected):
            type("Wrong", (self.Grouped,), {"Meta": type("Meta", (), {"or_groups": groups})})
