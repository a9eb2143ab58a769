"""The works as users of REST framework write them, for every library that has its class shapes."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any


def urlpatterns(work: str, library: Callable[[], SimpleNamespace]) -> list[Any]:
    """`library()` names the library's `View`, `Viewset`, `ModelSerializer`, `Response` and whether it is `is_async`."""
    from benchmarks.contenders import requesting

    models = requesting.configure(
        "rest_framework",
        REST_FRAMEWORK={
            "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
            "DEFAULT_AUTHENTICATION_CLASSES": [],
            "UNAUTHENTICATED_USER": None,
        },
    )
    from django.urls import path
    from rest_framework.pagination import PageNumberPagination

    names = library()

    class ProductSerializer(names.ModelSerializer):  # type: ignore[misc, name-defined]
        class Meta:
            model = models.Product
            fields = requesting.COLUMNS

    class Pages(PageNumberPagination):
        page_size = 100 if work == "list100" else 20

    class Products(names.Viewset):  # type: ignore[misc, name-defined]
        queryset = models.Product.objects.order_by("pk")
        serializer_class = ProductSerializer
        pagination_class = Pages

    class Ping(names.View):  # type: ignore[misc, name-defined]
        if names.is_async:

            async def get(self, request: Any) -> Any:
                return names.Response({"status": "ok"})
        else:

            def get(self, request: Any) -> Any:
                return names.Response({"status": "ok"})

    if work == "filter":
        Products.filter_backends = [names.filter_backend()]
        Products.filterset_class = names.filterset()
    actions = names.actions
    return [
        path("ping", Ping.as_view()),
        path("products", Products.as_view({"post": actions["create"]})),
        path("products/<int:pk>", Products.as_view({"get": actions["retrieve"]})),
        path("list20", Products.as_view({"get": actions["list"]})),
        path("list100", Products.as_view({"get": actions["list"]})),
        path("filter", Products.as_view({"get": actions["list"]})),
    ]


ACTIONS = {"create": "create", "retrieve": "retrieve", "list": "list"}
