"""Hand-written Django: an async view that does everything in one crossing, and orjson."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any


def urlpatterns(work: str) -> list[Any]:
    """The works, without a framework."""
    from benchmarks.contenders import requesting

    models = requesting.configure()
    import orjson
    from asgiref.sync import sync_to_async
    from django.http import HttpResponse
    from django.urls import path
    from django.utils.dateparse import parse_datetime

    columns = [name if name != "category" else "category_id" for name in requesting.COLUMNS]

    def answer(data: Any, status: int = 200) -> HttpResponse:
        return HttpResponse(orjson.dumps(data, default=str), status=status, content_type="application/json")

    def row(values: dict[str, Any]) -> dict[str, Any]:
        values["category"] = values.pop("category_id")
        return values

    async def ping(request: Any) -> HttpResponse:
        return answer({"status": "ok"})

    def read(pk: int) -> HttpResponse:
        return answer(row(models.Product.objects.filter(pk=pk).values(*columns).get()))

    async def retrieve(request: Any, pk: int) -> HttpResponse:
        return await sync_to_async(read)(pk)

    def page(size: int) -> HttpResponse:
        queryset = models.Product.objects.order_by("pk")
        rows = [row(values) for values in queryset.values(*columns)[:size]]
        return answer({"count": queryset.count(), "next": None, "previous": None, "results": rows})

    async def list20(request: Any) -> HttpResponse:
        return await sync_to_async(page)(20)

    async def list100(request: Any) -> HttpResponse:
        return await sync_to_async(page)(100)

    def filtered(params: Any) -> HttpResponse:
        queryset = models.Product.objects.filter(
            active=params["active"] == "true",
            price__gte=Decimal(params["price__gte"]),
            price__lte=Decimal(params["price__lte"]),
            category=int(params["category"]),
        )
        wanted = params["order_by"]
        if wanted not in {"name", "-name", "price", "-price"}:
            return answer({"order_by": ["unknown"]}, 400)
        rows = [row(values) for values in queryset.order_by(wanted).values(*columns)[:20]]
        return answer({"count": queryset.count(), "next": None, "previous": None, "results": rows})

    async def listing(request: Any) -> HttpResponse:
        return await sync_to_async(filtered)(request.GET)

    def store(body: bytes) -> HttpResponse:
        data = orjson.loads(body)
        if models.Product.objects.filter(sku=data["sku"]).exists():
            return answer({"sku": ["taken"]}, 400)
        if not models.Category.objects.filter(pk=data["category"]).exists():
            return answer({"category": ["unknown"]}, 400)
        data["category_id"] = data.pop("category")
        data["created"] = parse_datetime(data["created"])
        product = models.Product.objects.create(**data)
        return answer(row({name: getattr(product, name) for name in columns}), 201)

    async def create(request: Any) -> HttpResponse:
        return await sync_to_async(store)(request.body)

    return [
        path("ping", ping),
        path("products", create),
        path("products/<int:pk>", retrieve),
        path("list20", list20),
        path("list100", list100),
        path("filter", listing),
    ]


def requests(work: str) -> Callable[[], dict[str, float]]:
    from benchmarks.contenders import requesting

    return requesting.timed_requests(urlpatterns(work), work)


def request_call(work: str) -> Callable[[], None]:
    """One request, for counting its instructions."""
    from benchmarks.contenders import requesting

    return requesting.Requests(urlpatterns(work), work)


def client_get() -> Callable[[], dict[str, float]]:
    from benchmarks.contenders.tools_work import client_requests

    def client() -> Any:
        from django.test import AsyncClient

        return AsyncClient()

    return client_requests(client)
