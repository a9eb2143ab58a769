"""The samples of the README run, one after another, and serve."""

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from rest_framework import serializers
from rest_framework.permissions import IsAdminUser, IsAuthenticated
from rest_framework.test import force_authenticate
from views_testapp.models import Order, Product, ProductReview

README = Path(__file__).parent.parent / "README.md"


class ProductSerializer(serializers.ModelSerializer):
    class Meta:
        model = Product
        fields = ["id", "name", "owner"]
        read_only_fields = ["owner"]


class ProductListSerializer(serializers.ModelSerializer):
    latest_review = serializers.DictField()

    class Meta:
        model = Product
        fields = ["id", "latest_review"]


class OrderCreateSerializer(serializers.Serializer):
    product = serializers.PrimaryKeyRelatedField(queryset=Product.objects.all())
    quantity = serializers.IntegerField(min_value=1)


class OrderSerializer(serializers.ModelSerializer):
    class Meta:
        model = Order
        fields = ["id", "quantity"]


async def order_events(after: str | None):
    yield {"id": int(after or 0) + 1, "event": "order", "data": {"n": 1}}


@pytest.fixture(scope="module")
def samples() -> dict[str, Any]:
    namespace: dict[str, Any] = {
        **{cls.__name__: cls for cls in (Product, Order, IsAdminUser, IsAuthenticated)},
        "Review": ProductReview,
        **{cls.__name__: cls for cls in (ProductSerializer, ProductListSerializer, OrderCreateSerializer)},
        "OrderSerializer": OrderSerializer,
        "order_events": order_events,
    }
    for code in re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL):
        exec(compile(code, str(README), "exec"), namespace)
    return namespace


@pytest.fixture
def product(db: None) -> Any:
    return Product.objects.create(name="Lamp")


def test_the_first_viewset(samples: Any, product: Any, factory: Any, answer: Any) -> None:
    view = samples["ProductViewSet"].as_view({"get": "list", "post": "create"})
    response = answer(view, factory.post("/", {"name": "Desk"}, format="json"))
    assert response.data["owner"] == "me"
    assert len(answer(view, factory.get("/")).data) == 2


def test_the_helpers(samples: Any, product: Any, factory: Any, answer: Any) -> None:
    view = samples["CreateOrderView"].as_view()
    response = answer(view, factory.post("/", {"product": product.pk, "quantity": 2}, format="json"))
    assert (response.status_code, response.data["quantity"]) == (201, 2)
    assert answer(view, factory.post("/", {"quantity": 0}, format="json")).status_code == 400


def test_the_configs(samples: Any, product: Any, factory: Any, answer: Any) -> None:
    ProductReview.objects.create(product=product, rating=3)
    latest = ProductReview.objects.create(product=product, rating=5)
    viewset = samples["CatalogueViewSet"]
    [row] = answer(viewset.as_view({"get": "list"}), factory.get("/")).data
    assert row["latest_review"]["id"] == latest.pk
    assert answer(viewset.as_view({"delete": "destroy"}), factory.delete("/"), pk=product.pk).status_code in (401, 403)


def test_the_function(samples: Any, factory: Any, answer: Any) -> None:
    request = factory.get("/")
    assert answer(samples["orders"], request).status_code in (401, 403)
    request = factory.get("/")
    force_authenticate(request, user=SimpleNamespace(pk=7, is_authenticated=True))
    assert answer(samples["orders"], request).data == {"user": 7}


def test_the_streams(samples: Any, product: Any, factory: Any) -> None:
    async def body(view: Any, **headers: Any) -> bytes:
        response = await view.as_view()(factory.get("/", **headers))
        return b"".join([part async for part in response])

    events = async_to_sync(body)(samples["OrderEvents"], HTTP_ACCEPT="text/event-stream", HTTP_LAST_EVENT_ID="4")
    assert events == b'retry: 3000\n\nid: 5\nevent: order\ndata: {"n":1}\n\n'
    assert async_to_sync(body)(samples["Export"]) == b'{"id":%d,"name":"Lamp"}\n' % product.pk
