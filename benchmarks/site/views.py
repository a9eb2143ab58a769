"""The works, written by hand: a small answer, and a page of 20 rows of a counted listing, made in one crossing."""

import orjson
from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse
from django.urls import path

from benchmarks.site import counters
from benchmarks.site.models import Product

COLUMNS = ("id", "name", "sku", "price", "stock", "active", "created", "category_id", "description")


async def ping(request: HttpRequest) -> HttpResponse:
    """A small answer that needs no database."""
    return HttpResponse(orjson.dumps({"status": "ok"}), content_type="application/json")


def _page() -> bytes:
    queryset = Product.objects.order_by("pk")
    rows = list(queryset[:20].values(*COLUMNS))
    return orjson.dumps({"count": queryset.count(), "results": rows}, default=str)


async def list20(request: HttpRequest) -> HttpResponse:
    """A page of a counted listing."""
    return HttpResponse(await sync_to_async(_page)(), content_type="application/json")


async def count(request: HttpRequest) -> HttpResponse:
    """What the server process has started since it began."""
    return HttpResponse(orjson.dumps(counters.read()), content_type="application/json")


urlpatterns = [path("ping", ping), path("list20", list20), path("counters", count)]
