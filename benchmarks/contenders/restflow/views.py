"""The works of restflow.views."""

from collections.abc import Callable
from typing import Any


def urlpatterns(work: str) -> list[Any]:
    """The works as a user of restflow writes them."""
    from benchmarks.contenders import requesting

    models = requesting.configure(
        "rest_framework",
        REST_FRAMEWORK={
            "DEFAULT_RENDERER_CLASSES": ["restflow.responses.JSONRenderer"],
            "DEFAULT_AUTHENTICATION_CLASSES": [],
            "UNAUTHENTICATED_USER": None,
        },
    )
    from django.urls import path

    from benchmarks.contenders.restflow.filters import _declare
    from restflow.filters import RestflowFilterBackend
    from restflow.pagination import PageNumberPagination
    from restflow.responses import Response
    from restflow.serializers import ModelSerializer
    from restflow.views import ActionConfig, AsyncAPIView, AsyncModelViewSet

    class ProductSerializer(ModelSerializer):
        class Meta:
            model = models.Product
            fields = requesting.COLUMNS

    class Page20(PageNumberPagination):
        page_size = 20

    class Page100(PageNumberPagination):
        page_size = 100

    class Ping(AsyncAPIView):
        async def get(self, request: Any) -> Response:
            return Response({"status": "ok"})

    class Products(AsyncModelViewSet):
        queryset = models.Product.objects.order_by("pk")
        serializer_class = ProductSerializer
        pagination_class = Page100 if work == "list100" else Page20
        action_configs = {"list": ActionConfig()}
        filter_backends = [RestflowFilterBackend] if work == "filter" else []
        filterset_class = _declare("four") if work == "filter" else None

    return [
        path("ping", Ping.as_view()),
        path("products", Products.as_view({"post": "create"})),
        path("products/<int:pk>", Products.as_view({"get": "retrieve"})),
        path("list20", Products.as_view({"get": "list"})),
        path("list100", Products.as_view({"get": "list"})),
        path("filter", Products.as_view({"get": "list"})),
    ]


def requests(work: str) -> Callable[[], dict[str, float]]:
    from benchmarks.contenders import requesting

    return requesting.timed_requests(urlpatterns(work), work)


def request_call(work: str) -> Callable[[], None]:
    """One request, for counting its instructions."""
    from benchmarks.contenders import requesting

    return requesting.Requests(urlpatterns(work), work)
