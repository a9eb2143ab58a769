"""The works of permissions, pagination, throttling and exceptions."""

import time
from collections.abc import Callable
from typing import Any

from benchmarks.contenders import policy_work
from benchmarks.contenders.crossings import counted
from benchmarks.worker import timed

Sampler = Callable[[], dict[str, float]]


def throttle_hit_call(fill: int) -> Callable[[], None]:
    """One hit, beside so many in the window."""
    policy_work.configure("redis")
    from restflow.throttling import UserRateThrottle

    return policy_work.throttle_hits(UserRateThrottle, fill)


def throttle_hit(fill: int) -> Sampler:
    return timed(throttle_hit_call(fill))


def throttle_growth() -> Sampler:
    """`growth`: the time of a hit beside 10 000 requests in the window, over that beside 10."""
    policy_work.configure("redis")
    from restflow.throttling import UserRateThrottle

    few, many = (timed(policy_work.throttle_hits(UserRateThrottle, fill)) for fill in (10, 10_000))

    def sample() -> dict[str, float]:
        first, second = few()["seconds"], many()["seconds"]
        return {"seconds": second, "growth": second / first}

    return sample


def async_throttle_hit(fill: int) -> Sampler:
    policy_work.configure()
    from restflow.throttling import UserRateThrottle

    return policy_work.async_throttle_hits(UserRateThrottle, fill)


def permissions() -> Sampler:
    """`extra`: what a composition of three costs more than the three in a list, seconds a request."""
    policy_work.configure(
        DEFAULT_AUTHENTICATION_CLASSES=[], DEFAULT_RENDERER_CLASSES=["restflow.responses.JSONRenderer"]
    )
    from django.test import AsyncRequestFactory
    from rest_framework.test import force_authenticate

    from restflow.permissions import IsAdminUser, IsAuthenticated, IsAuthenticatedOrReadOnly
    from restflow.responses import Response
    from restflow.views import AsyncAPIView

    user = policy_work.user_request(1).user
    user.is_staff = True

    def requests(classes: list[Any]) -> Sampler:
        async def get(self: Any, request: Any) -> Response:
            return Response({})

        view = type("View", (AsyncAPIView,), {"permission_classes": classes, "get": get}).as_view()
        factory = AsyncRequestFactory()

        async def one() -> None:
            request = factory.get("/")
            force_authenticate(request, user=user)
            if (await view(request)).status_code != 200:
                raise SystemExit("benchmarks: the view refused the request")

        return policy_work.per_turn(timed(policy_work.looped(one)))

    listed = requests([IsAuthenticated, IsAdminUser, IsAuthenticatedOrReadOnly])
    composed = requests([IsAuthenticated & (IsAdminUser | IsAuthenticatedOrReadOnly)])

    def sample() -> dict[str, float]:
        first, second = listed()["seconds"], composed()["seconds"]
        return {"seconds": second, "extra": second - first}

    return sample


def first_page() -> Sampler:
    policy_work.configure()
    from asgiref.sync import async_to_sync
    from django.db import connection
    from django.test.utils import CaptureQueriesContext
    from rest_framework.request import Request
    from rest_framework.test import APIRequestFactory

    from benchmarks.site.models import Category
    from restflow.pagination import PageNumberPagination

    sample = policy_work.async_pages(PageNumberPagination)
    paginator = type("Page", (PageNumberPagination,), {"page_size": 20})()
    with CaptureQueriesContext(connection) as captured, counted() as made:
        async_to_sync(paginator.apaginate_queryset)(
            Category.objects.order_by("pk"), Request(APIRequestFactory().get("/"))
        )
    return lambda: sample() | {"crossings": len(made), "queries": len(captured)}


class deep_page:  # noqa: N801 - named as the work
    """A page of 20 in the middle of 100 000 rows by a cursor over two fields; `over_first` and `over_offset` compare it
    with page 1 and with the same page by an offset whose count is free."""

    def __init__(self) -> None:
        import os

        self.name = f"restflow_benchmark_policies_{os.getpid()}"
        os.environ["BENCHMARK_DATABASE"] = self.name
        from benchmarks.contenders import database

        database.create(self.name, 100_000)
        from django.db import connection
        from rest_framework.request import Request
        from rest_framework.test import APIRequestFactory

        from benchmarks.site.models import Product
        from restflow.pagination import CursorPagination, LimitOffsetPagination

        self.drop = database.drop
        with connection.cursor() as cursor:
            cursor.execute("CREATE INDEX ON benchmark_site_product (stock, id)")
            cursor.execute("ANALYZE benchmark_site_product")
        rows = Product.objects.order_by("stock", "id")

        class Cursors(CursorPagination):
            ordering = ("stock", "id")
            page_size = 20

        class Offsets(LimitOffsetPagination):
            default_limit = 20

            def get_count(self, queryset: Any) -> int:
                return 100_000

        half = Cursors()
        half.paginate_queryset(
            rows.filter(stock__gte=250), Request(APIRequestFactory(SERVER_NAME="127.0.0.1").get("/"))
        )
        link = half.get_next_link()

        def work(kind: Any, url: str) -> Sampler:
            def page() -> None:
                paginator = kind()
                found = paginator.paginate_queryset(rows, Request(APIRequestFactory(SERVER_NAME="127.0.0.1").get(url)))
                assert len(found) == 20
                paginator.get_paginated_response([])

            return timed(page)

        self.first, self.middle, self.offset = (
            work(Cursors, "/"), work(Cursors, str(link)), work(Offsets, "/?limit=20&offset=50000")
        )  # fmt: skip

    def __call__(self) -> dict[str, float]:
        first, middle, offset = (work()["seconds"] for work in (self.first, self.middle, self.offset))
        return {"seconds": middle, "over_first": middle / first, "over_offset": middle / offset}

    def close(self) -> None:
        from django.db import connection

        connection.close()
        self.drop(self.name)


def invalid_call() -> Callable[[], Any]:
    """One answer to a validation error of ten fields."""
    policy_work.configure()
    from restflow.exceptions import exception_handler

    exc = policy_work.error_of_ten_fields()
    return lambda: exception_handler(exc, {})


def invalid() -> Sampler:
    return timed(invalid_call())


# the tools for tests


def client_get() -> Sampler:
    from benchmarks.contenders.tools_work import client_requests

    def client() -> Any:
        from restflow.test import AsyncAPIClient

        return AsyncAPIClient()

    return client_requests(client)


def plugin_tests() -> Sampler:
    from benchmarks.contenders.tools_work import plugin_over_case

    return plugin_over_case


def live_server() -> Sampler:
    """`seconds`: set-up and tear-down of a class; `event`: from the view's yield to the client's first event."""
    from benchmarks.contenders import tools_work

    tools_work.configure()
    import asyncio
    from contextlib import aclosing

    import httpx

    from restflow.test import AsyncAPILiveServerTestCase, aiter_sse

    async def first_event(url: str) -> float:
        async with (
            httpx.AsyncClient() as client,
            client.stream("GET", f"{url}/events") as response,
            aclosing(aiter_sse(response)) as events,
        ):
            event = await anext(events)
            return time.perf_counter() - float(event.data)

    def sample() -> dict[str, float]:
        case = type("Case", (AsyncAPILiveServerTestCase,), {})
        start = time.perf_counter()
        case.setUpClass()
        started = time.perf_counter()
        event = asyncio.run(first_event(case.live_server_url))
        ending = time.perf_counter()
        case.doClassCleanups()
        return {"seconds": (started - start) + (time.perf_counter() - ending), "event": event}

    return sample
