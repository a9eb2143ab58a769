"""Bodies that serializers make ahead, in views: byte for byte what REST framework's renderer makes of the same data."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from concept_shop.models import Product, Review
from django.utils import timezone
from rest_framework.fields import SerializerMethodField
from rest_framework.pagination import CursorPagination as DRFCursorPagination
from rest_framework.pagination import PageNumberPagination as DRFPageNumberPagination
from rest_framework.relations import RelatedField
from rest_framework.renderers import JSONRenderer as DRFJSONRenderer
from rest_framework.test import APIRequestFactory

from restflow.pagination import CursorPagination, FastPageNumberPagination, LimitOffsetPagination, PageNumberPagination
from restflow.responses import JSONRenderer
from restflow.serializers import ModelSerializer
from restflow.views import AsyncModelViewSet, ModelViewSet

pytestmark = pytest.mark.django_db
TEXTS = ["Lamp", "Läßt \u2028 grüßen \u2029", 'quo"te \\ / \x07 </script>', "\U0001f4a1", ""]


class Plain(ModelSerializer):
    """Rows whose every column the plan knows."""

    class Meta:
        model = Review
        fields = ["id", "product", "rating", "created_at"]


class Nested(ModelSerializer):
    """Columns of every kind, a relation's rows, and a method of its own."""

    reviews = Plain(many=True, read_only=True)
    shout = SerializerMethodField()

    def get_shout(self, product: Any) -> dict[str, Any]:
        return {"name": product.name.upper(), "of": [product.pk, None]}

    class Meta:
        model = Product
        fields = ["id", "name", "description", "price", "in_stock", "owner", "shout", "reviews"]


class Decorated(JSONRenderer):
    """REST framework's bytes, by a class for which none are made ahead."""


PAGINATORS = [
    None,
    PageNumberPagination,
    LimitOffsetPagination,
    FastPageNumberPagination,
    CursorPagination,
    DRFPageNumberPagination,
    DRFCursorPagination,
]


def viewset(base: Any, renderer: Any, pagination: Any) -> Any:
    """The viewset of one kind; `made` holds whether each body was made ahead."""
    paginator = pagination and type("Two", (pagination,), {"page_size": 2, "default_limit": 2, "ordering": "pk"})
    made: list[bool] = []

    def noted(view: Any, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        made.append(getattr(response, "_ready", None) is not None)
        return base.finalize_response(view, request, response, *args, **kwargs)

    return type(
        "Products",
        (base,),
        {
            "queryset": Product.objects.order_by("pk"),
            "serializer_class": Nested,
            "renderer_classes": [renderer],
            "pagination_class": paginator,
            "authentication_classes": [],
            "permission_classes": [],
            "finalize_response": noted,
            "made": made,
        },
    )


def ask(view: Any, request: Any, **kwargs: Any) -> Any:
    response = async_to_sync(view)(request, **kwargs) if view.cls.view_is_async else view(request, **kwargs)
    return response.render()


@pytest.fixture
def products() -> list[Product]:
    made = [Product.objects.create(name=text, description=text * 3, price=n) for n, text in enumerate(TEXTS)]
    for product in made[:3]:
        Review.objects.create(product=product, rating=product.price, created_at=timezone.now())
    return made


@pytest.fixture(params=[ModelViewSet, AsyncModelViewSet], ids=["sync", "async"])
def base(request: Any) -> Any:
    return request.param


def same(base: Any, pagination: Any, actions: dict[str, str], request: Callable[[], Any], **kwargs: Any) -> bytes:
    """The body made ahead, by each renderer that takes one; equal in all to the one that is made of the data."""
    bodies = []
    for renderer, ahead in [(JSONRenderer, True), (DRFJSONRenderer, True), (Decorated, False)]:
        cls = viewset(base, renderer, pagination)
        response = ask(cls.as_view(actions), request(), **kwargs)
        assert cls.made == [ahead]
        assert response.content == DRFJSONRenderer().render(response.data)
        bodies.append((response.status_code, dict(response.items()), response.content))
    assert bodies[0] == bodies[1] == bodies[2]
    return bodies[0][2]


@pytest.mark.parametrize("pagination", PAGINATORS, ids=lambda cls: cls and f"{cls.__module__}.{cls.__name__}")
def test_a_listing(base: Any, pagination: Any, products: Any) -> None:
    body = json.loads(same(base, pagination, {"get": "list"}, lambda: APIRequestFactory().get("/")))
    rows = body["results"] if pagination else body
    assert [row["name"] for row in rows] == TEXTS[: 2 if pagination else None]
    assert rows[1]["reviews"][0]["rating"] == 1


def test_an_object(base: Any, products: Any) -> None:
    body = same(base, None, {"get": "retrieve"}, lambda: APIRequestFactory().get("/"), pk=products[1].pk)
    assert b"\\u2028" in body
    assert json.loads(body)["name"] == TEXTS[1]


def test_a_change(base: Any, products: Any) -> None:
    def request() -> Any:
        return APIRequestFactory().patch("/", {"name": TEXTS[3]}, format="json")

    body = same(base, None, {"patch": "partial_update"}, request, pk=products[0].pk)
    assert json.loads(body)["name"] == TEXTS[3]


def test_what_looks_at_the_data_may_change_it(base: Any, products: Any) -> None:
    cls = viewset(base, JSONRenderer, PageNumberPagination)
    noted = cls.finalize_response

    def edited(view: Any, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = noted(view, request, response, *args, **kwargs)
        response.data["results"][0]["name"] = "edited"
        return response

    cls.finalize_response = edited
    response = ask(cls.as_view({"get": "list"}), APIRequestFactory().get("/"))
    assert cls.made == [True]
    assert json.loads(response.content)["results"][0]["name"] == "edited"
    assert response.content == DRFJSONRenderer().render(response.data)


def test_a_foreign_key_is_taken_from_the_row_without_its_field(products: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    reviews = list(Review.objects.order_by("pk"))
    expected = Plain(reviews, many=True).render_json()
    asked: list[Any] = []
    monkeypatch.setattr(RelatedField, "get_attribute", lambda field, instance: asked.append(instance))
    assert Plain(reviews, many=True).render_json() == expected
    assert [row["product"] for row in Plain(reviews, many=True).data] == [review.product_id for review in reviews]
    assert not asked
