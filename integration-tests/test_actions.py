"""Every CRUD action with every kind of serializer, among parts of both libraries: the answers are the same."""

import json
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from concept_shop.models import Product
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import ValidationError
from rest_framework.fields import SerializerMethodField
from rest_framework.filters import OrderingFilter
from rest_framework.pagination import PageNumberPagination as DRFPageNumberPagination
from rest_framework.permissions import IsAuthenticatedOrReadOnly as DRFIsAuthenticatedOrReadOnly
from rest_framework.renderers import JSONRenderer
from rest_framework.serializers import ModelSerializer as DRFModelSerializer
from rest_framework.test import APIRequestFactory
from rest_framework.throttling import BaseThrottle

from restflow.filters import FilterSet, RestflowFilterBackend
from restflow.pagination import PageNumberPagination
from restflow.permissions import IsAuthenticated
from restflow.serializers import ModelSerializer
from restflow.test import assert_max_crossings
from restflow.views import AsyncModelViewSet, ModelViewSet

pytestmark = pytest.mark.django_db
FIELDS = ["id", "name", "price", "shout"]


class Of(DRFModelSerializer):
    """REST framework's."""

    shout = SerializerMethodField()

    def get_shout(self, product: Any) -> str:
        return str(product.name.upper())

    def validate_name(self, value: str) -> str:
        return refused(value)

    class Meta:
        model = Product
        fields = FIELDS


class Own(ModelSerializer):
    """restflow's, whose hooks are sync."""

    shout = SerializerMethodField()
    get_shout = Of.get_shout
    validate_name = Of.validate_name
    Meta = Of.Meta


class Awaited(ModelSerializer):
    """restflow's, with an async hook for each thing that it does."""

    shout = SerializerMethodField()
    Meta = Of.Meta

    async def get_shout(self, product: Any) -> str:
        return str(product.name.upper())

    async def validate_name(self, value: str) -> str:
        return refused(value)

    async def acreate(self, validated_data: Any) -> Any:
        return await Product.objects.acreate(**validated_data)

    async def aupdate(self, instance: Any, validated_data: Any) -> Any:
        for name, value in validated_data.items():
            setattr(instance, name, value)
        await instance.asave()
        return instance


def refused(name: str) -> str:
    if name == "bad":
        raise ValidationError("not this one")
    return name


class Somebody:
    is_authenticated = True
    pk = 1


class OfDRF(BaseAuthentication):
    def authenticate(self, request: Any) -> Any:
        return Somebody(), None


class AwaitedAuthentication:
    async def aauthenticate(self, request: Any) -> Any:
        return Somebody(), None

    def authenticate_header(self, request: Any) -> None:
        return None


class Patient(BaseThrottle):
    def allow_request(self, request: Any, view: Any) -> bool:
        return True


class AwaitedThrottle:
    async def aallow_request(self, request: Any, view: Any) -> bool:
        return True

    def wait(self) -> None:
        return None


class Prices(FilterSet):
    class Meta:
        model = Product
        fields = ["price"]


class TwoOfDRF(DRFPageNumberPagination):
    page_size = 2


class Two(PageNumberPagination):
    page_size = 2


PARTS: dict[str, dict[str, Any]] = {
    "REST framework's first": {
        "authentication_classes": [OfDRF],
        "permission_classes": [DRFIsAuthenticatedOrReadOnly, IsAuthenticated],
        "throttle_classes": [Patient, AwaitedThrottle],
        "filter_backends": [OrderingFilter, RestflowFilterBackend],
        "pagination_class": Two,
    },
    "restflow's first": {
        "authentication_classes": [AwaitedAuthentication],
        "permission_classes": [IsAuthenticated & DRFIsAuthenticatedOrReadOnly],
        "throttle_classes": [AwaitedThrottle, Patient],
        "filter_backends": [RestflowFilterBackend, OrderingFilter],
        "pagination_class": TwoOfDRF,
    },
    "none that awaits": {"authentication_classes": [], "permission_classes": [], "pagination_class": Two},
}
DETAIL = {"retrieve": "get", "update": "put", "partial_update": "patch", "destroy": "delete"}


def answered(base: Any, serializer: Any, parts: str, action: str, data: Any = None, query: str = "") -> Any:
    """Status and body of one action, and what is stored after it."""
    Product.objects.all().delete()
    made = [Product.objects.create(name=f"product {n}", price=n % 2) for n in range(5)]
    attributes = {
        "queryset": Product.objects.order_by("pk"),
        "serializer_class": serializer,
        "filterset_class": Prices,
        "renderer_classes": [JSONRenderer],
        "ordering_fields": ["name"],
        **PARTS[parts],
    }
    method = DETAIL.get(action, "post" if action == "create" else "get")
    view = type("Products", (base,), attributes).as_view({method: action})
    request = getattr(APIRequestFactory(), method)(f"/{query}", data, format="json" if data is not None else None)
    kwargs = {"pk": made[1].pk} if action in DETAIL else {}
    response = async_to_sync(view)(request, **kwargs) if base is AsyncModelViewSet else view(request, **kwargs)
    body = response.render().content.decode()
    for n, product in enumerate(made):
        body = body.replace(f'"id":{product.pk},', f'"id":"{n}",')
    stored = list(Product.objects.order_by("pk").values_list("name", "price"))
    shown = json.loads(body) if body else None
    if action == "create" and response.status_code == 201:
        shown["id"] = "new"
    return response.status_code, shown, stored


ACTIONS: list[Any] = [
    ("list", None, "?price=1&ordering=-name"),
    ("list", None, "?page=9"),
    ("retrieve", None, ""),
    ("create", {"name": "new", "price": 7}, ""),
    ("create", {"name": "bad", "price": "x"}, ""),
    ("update", {"name": "changed", "price": 8}, ""),
    ("update", {"name": "bad"}, ""),
    ("partial_update", {"price": 9}, ""),
    ("destroy", None, ""),
]


@pytest.mark.parametrize("base", [ModelViewSet, AsyncModelViewSet], ids=["sync view", "async view"])
@pytest.mark.parametrize("parts", PARTS)
@pytest.mark.parametrize(("action", "data", "query"), ACTIONS)
def test_the_answer_is_the_same(base: Any, parts: str, action: str, data: Any, query: str) -> None:
    expected = answered(ModelViewSet, Of, parts, action, data, query)
    for serializer in (Of, Own, Awaited):
        assert answered(base, serializer, parts, action, data, query) == expected


@pytest.mark.parametrize("serializer", [Of, Own])
@pytest.mark.parametrize(("action", "data", "query"), ACTIONS)
def test_without_async_parts_an_action_costs_one_crossing(serializer: Any, action: str, data: Any, query: str) -> None:
    with assert_max_crossings(1) as crossings:
        answered(AsyncModelViewSet, serializer, "none that awaits", action, data, query)
    assert crossings.count == 1
