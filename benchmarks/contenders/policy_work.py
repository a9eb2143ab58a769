"""What the contenders share where policies are asked about: the site, requests, a clock that keeps a window full."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

REDIS_URL = "redis://127.0.0.1:6379/12"
RATE = 1_000_000
HOUR = 3600.0


def configure(cache: str = "memory", **rest_framework: Any) -> None:
    """Sets Django up with a cache and a database in memory."""
    import django
    from django.conf import settings

    backends = {
        "memory": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "benchmark"},
        "redis": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL},
    }
    settings.configure(
        SECRET_KEY="the benchmark's own, worth nothing",
        ALLOWED_HOSTS=["*"],
        CACHES={"default": backends[cache] | {"KEY_PREFIX": "benchmark-policies"}},
        INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "rest_framework", "benchmarks.site"],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        USE_TZ=True,
        LOGGING={"version": 1, "disable_existing_loggers": True},
        REST_FRAMEWORK={"DEFAULT_THROTTLE_RATES": {"user": f"{RATE}/hour"}, **rest_framework},
    )
    django.setup()


class Clock:
    """Each look is a step later, so that a window of an hour always holds as many hits as it was filled with."""

    def __init__(self, fill: int) -> None:
        self.now, self.step = 1_000_000_000.0, HOUR / fill

    def __call__(self) -> float:
        self.now += self.step
        return self.now


def user_request(key: int) -> Any:
    """A request of a signed-in user."""
    from rest_framework.request import Request
    from rest_framework.test import APIRequestFactory, force_authenticate

    plain = APIRequestFactory().get("/")
    force_authenticate(plain, user=type("User", (), {"pk": key, "is_authenticated": True, "is_staff": False})())
    request = Request(plain)
    request.user = plain._force_auth_user
    return request


def throttle_hits(base: Any, fill: int) -> Callable[[], None]:
    """One hit of a throttle class whose window holds `fill` requests already."""
    from django.core.cache import cache

    throttle_class = type("Throttle", (base,), {"timer": Clock(fill)})
    request = user_request(fill)
    cache.delete(throttle_class().get_cache_key(request, None))

    def hit() -> None:
        if not throttle_class().allow_request(request, None):
            raise SystemExit("benchmarks: a throttle denied a request below its rate")

    for _ in range(fill):
        hit()
    return hit


def looped(work: Callable[[], Awaitable[object]], turns: int = 200) -> Callable[[], None]:
    """Awaits the work so often on one loop: what starting a loop costs disappears."""
    loop = asyncio.new_event_loop()

    async def run() -> None:
        for _ in range(turns):
            await work()

    return lambda: loop.run_until_complete(run())


def per_turn(sample: Callable[[], dict[str, float]], turns: int = 200) -> Callable[[], dict[str, float]]:
    """Seconds of one turn of what `looped` made."""
    return lambda: {"seconds": sample()["seconds"] / turns}


def async_throttle_hits(base: Any, fill: int) -> Callable[[], dict[str, float]]:
    """Async hits in process whose window holds `fill` requests."""
    from benchmarks.worker import timed

    throttle_class = type("Throttle", (base,), {"timer": Clock(fill)})
    request = user_request(fill)

    async def hit() -> None:
        if not await throttle_class().aallow_request(request, None):
            raise SystemExit("benchmarks: a throttle denied a request below its rate")

    return per_turn(timed(looped(hit)))


def async_pages(base: Any) -> Callable[[], dict[str, float]]:
    """Page 1 of a table of 15 rows, 20 rows a page."""
    from django.core.management import call_command
    from rest_framework.request import Request
    from rest_framework.test import APIRequestFactory

    from benchmarks.site.models import Category
    from benchmarks.worker import timed

    call_command("migrate", run_syncdb=True, verbosity=0)
    Category.objects.bulk_create(Category(name=str(n)) for n in range(15))
    page_class = type("Page", (base,), {"page_size": 20})
    request = Request(APIRequestFactory().get("/"))
    rows = Category.objects.order_by("pk")

    async def page() -> None:
        paginator = page_class()
        if len(await paginator.apaginate_queryset(rows, request)) != 15:
            raise SystemExit("benchmarks: the page has not 15 rows")
        paginator.get_paginated_response([])

    from asgiref.sync import async_to_sync

    # under `async_to_sync` the sync work runs in this thread, whose connection has the rows
    async def run() -> None:
        for _ in range(50):
            await page()

    return per_turn(timed(lambda: async_to_sync(run)()), 50)


def error_of_ten_fields() -> Any:
    """A validation error as a serializer raises it."""
    from rest_framework.exceptions import ValidationError

    return ValidationError({f"field_{n}": ["This field is required."] for n in range(10)})
