"""The filter backend in DRF views: which set it takes, sync and async hooks, beside DRF's own backends."""

import pytest
from asgiref.sync import sync_to_async
from django.core.exceptions import ImproperlyConfigured
from filters_testapp.models import Product
from rest_framework import generics, serializers
from rest_framework.filters import OrderingFilter, SearchFilter
from rest_framework.test import APIRequestFactory

from restflow.filters import FilterSet, IntegerField, RestflowFilterBackend, StringField

factory = APIRequestFactory()


class ProductFilterSet(FilterSet):
    name = StringField(lookups=["icontains"])
    stock = IntegerField()

    class Meta:
        model = Product


class AsyncFilterSet(ProductFilterSet):
    async def validate_stock(self, value):
        return value


class ProductSerializer(serializers.ModelSerializer):
    class Meta:
        model = Product
        fields = ["name"]


class ProductView(generics.ListAPIView):
    queryset = Product.objects.order_by("pk")
    serializer_class = ProductSerializer
    filter_backends = [RestflowFilterBackend, SearchFilter, OrderingFilter]
    filterset_class = ProductFilterSet
    search_fields = ["name"]
    ordering_fields = ["stock"]


def view_of(**attributes):
    return type("ProductView", (ProductView,), attributes)


def answer(view, query=""):
    response = view.as_view()(factory.get(f"/?{query}"))
    names = [row["name"] for row in response.data] if response.status_code == 200 else response.data
    return response.status_code, names


@pytest.fixture
def rows(db):
    for name, stock in (("tea", 1), ("coffee", 2), ("green tea", 3)):
        Product.objects.create(name=name, stock=stock)


@pytest.mark.parametrize("filterset_class", [ProductFilterSet, AsyncFilterSet])
def test_a_drf_view_filters_searches_and_orders(rows, filterset_class):
    view = view_of(filterset_class=filterset_class)
    assert answer(view, "stock!=1&search=tea&ordering=-stock") == (200, ["green tea"])
    assert answer(view, "name__icontains=tea") == (200, ["tea", "green tea"])
    code, errors = answer(view, "stock=x")
    assert (code, list(errors)) == (400, ["stock"])


def test_without_a_set_the_queryset_is_unchanged(rows):
    assert answer(view_of(filterset_class=None), "stock=1") == (200, ["tea", "coffee", "green tea"])
    backend, queryset = RestflowFilterBackend(), Product.objects.all()
    assert backend.filter_queryset(None, queryset, object()) is queryset
    assert backend.get_filterset(None, queryset, object()) is None
    assert backend.to_html(None, queryset, object()) == ""


@pytest.mark.parametrize("wrong", [ProductSerializer, "ProductFilterSet", FilterSet()])
def test_anything_but_a_filter_set_is_refused_with_the_view(wrong):
    with pytest.raises(ImproperlyConfigured, match="ProductView: the filter set must be a subclass"):
        RestflowFilterBackend().get_filterset_class(view_of(filterset_class=wrong)())


def test_the_views_hooks_choose_and_build_the_set(rows):
    def get_filterset(self, filterset_class):
        return filterset_class({"name": "coffee"})

    assert answer(view_of(filterset_class=None, get_filterset_class=lambda self: ProductFilterSet), "stock=1") == (
        200,
        ["tea"],
    )
    assert answer(view_of(get_filterset=get_filterset), "stock=1") == (200, ["coffee"])
    assert answer(view_of(get_filterset=lambda self, cls: None), "stock=1")[1] == ["tea", "coffee", "green tea"]
    with pytest.raises(ImproperlyConfigured, match="get_filterset\\(\\) must return"):
        answer(view_of(get_filterset=lambda self, cls: 3), "stock=1")


async def async_class(self):
    return ProductFilterSet


async def async_filterset(self, filterset_class):
    return filterset_class(request=self.request)


@pytest.mark.parametrize("hooks", [{"get_filterset_class": async_class}, {"get_filterset": async_filterset}])
def test_async_hooks_of_a_view_work_in_a_sync_view(rows, hooks):
    assert answer(view_of(**hooks), "stock=1") == (200, ["tea"])


@pytest.mark.parametrize(
    "attributes",
    [{}, {"filterset_class": AsyncFilterSet}, {"get_filterset_class": async_class}, {"get_filterset": async_filterset}],
)
async def test_the_async_door_awaits_every_hook(rows, attributes):
    view = view_of(**attributes)()
    view.setup(factory.get("/?stock=1"))
    view.request = view.initialize_request(factory.get("/?stock=1"))
    queryset = await RestflowFilterBackend().afilter_queryset(view.request, Product.objects.all(), view)
    assert [row.name async for row in queryset] == ["tea"]


async def test_the_sync_door_refuses_async_hooks_on_a_running_loop():
    view = view_of(filterset_class=AsyncFilterSet)()
    with pytest.raises(RuntimeError, match="afilter_queryset"):
        RestflowFilterBackend().filter_queryset(factory.get("/?stock=1"), Product.objects.all(), view)


async def test_in_a_worker_thread_the_sync_door_runs_them(rows):
    view = view_of(filterset_class=AsyncFilterSet)

    def respond():
        return answer(view, "stock=1")

    assert await sync_to_async(respond)() == (200, ["tea"])


def test_it_says_that_both_doors_do_the_same():
    assert RestflowFilterBackend.sync_equivalent is True


def test_the_set_knows_the_view(rows):
    seen = []

    class Curious(ProductFilterSet):
        def validate(self, data):
            seen.append(self.context["view"])
            return data

    answer(view_of(filterset_class=Curious, get_filterset=lambda self, cls: cls({"stock": "1"})))
    assert isinstance(seen[0], ProductView)


@pytest.mark.django_db
def test_filtering_runs_no_query_of_its_own(rows, django_assert_num_queries):
    with django_assert_num_queries(1):
        answer(ProductView, "stock=1&name__icontains!=x")
