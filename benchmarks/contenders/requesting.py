"""Requests through Django's ASGI handler in process, without a socket: the same for every contender."""

import asyncio
import itertools
import json
import os
import tempfile
from collections.abc import Callable
from typing import Any

from benchmarks.contenders import filter_work

ROWS = 1_000
FILTERED = 4
"""Rows that the parameters of the work `filter` leave."""
COLUMNS = ("id", "name", "sku", "price", "stock", "active", "created", "category", "description")
_PRODUCT = {
    "name": "a product",
    "price": "19.90",
    "stock": 7,
    "active": True,
    "created": "2026-01-02T03:04:05Z",
    "category": 1,
    "description": "what it is",
}


class Routes:
    """A URLconf that is no module."""

    def __init__(self, urlpatterns: list[Any]) -> None:
        self.urlpatterns = urlpatterns


def configure(*apps: str, **extra: Any) -> Any:
    """Settings with a database of its own, and the models, filled; returns the module of the models."""
    from django.conf import settings

    folder = tempfile.mkdtemp(prefix="benchmark-requests-")
    settings.configure(
        SECRET_KEY="the benchmark's own, worth nothing",
        ALLOWED_HOSTS=["*"],
        ROOT_URLCONF=Routes([]),
        INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", *apps, "benchmarks.site"],
        MIDDLEWARE=[],
        USE_TZ=True,
        TIME_ZONE="UTC",  # all contenders send the same moments: plain does not convert them
        DATABASES={
            "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.path.join(folder, "db.sqlite3")},
        },
        LOGGING={"version": 1, "disable_existing_loggers": True},
        **extra,
    )
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection
    from django.utils import timezone

    from benchmarks.site import models

    call_command("migrate", run_syncdb=True, verbosity=0)
    categories = [models.Category.objects.create(name=f"category {n}") for n in range(20)]
    models.Product.objects.bulk_create(
        models.Product(
            name=f"product {n}",
            sku=f"sku-{n}",
            price=f"{n}.25",
            stock=n % 500,
            active=n % 3 > 0,
            created=timezone.now(),
            category=categories[n % 20],
            description="description " * 5,
        )
        for n in range(ROWS)
    )
    connection.close()
    return models


class Requests:
    """Sends one request after another; calling it sends one and checks the answer."""

    def __init__(self, urlpatterns: list[Any], work: str) -> None:
        from django.conf import settings
        from django.core.asgi import get_asgi_application

        settings.ROOT_URLCONF = Routes(urlpatterns)
        self.application = get_asgi_application()
        self.loop = asyncio.new_event_loop()
        self.numbers = itertools.count()
        self.method = "POST" if work == "create" else "GET"
        self.path = {"ping": "/ping", "retrieve": "/products/500", "create": "/products"}.get(work, f"/{work}")
        self.query = filter_work.QUERIES["four"].encode() if work == "filter" else b""
        self.expected = 201 if work == "create" else 200
        answer = self.send()
        _check(work, answer)

    def __call__(self) -> None:
        self.send()

    def send(self) -> bytes:
        return self.loop.run_until_complete(self._send())

    async def _send(self) -> bytes:
        body = json.dumps({**_PRODUCT, "sku": f"new-{next(self.numbers)}"}).encode() if self.method == "POST" else b""
        headers = [(b"host", b"testserver"), (b"accept", b"application/json")]
        if body:
            headers += [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": self.method,
            "path": self.path,
            "query_string": self.query,
            "headers": headers,
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 80),
        }
        received: list[bytes] = []
        status = 0
        asked = False

        async def receive() -> dict[str, Any]:
            nonlocal asked
            if asked:
                await asyncio.Event().wait()
            asked = True
            return {"type": "http.request", "body": body}

        async def send(message: dict[str, Any]) -> None:
            nonlocal status
            status = message.get("status", status)
            received.append(message.get("body", b""))

        await self.application(scope, receive, send)
        if status != self.expected:
            raise SystemExit(f"benchmarks: {self.method} {self.path} was answered {status}: {received}")
        return b"".join(received)


def _check(work: str, answer: bytes) -> None:
    """All contenders send the same fields."""
    data = json.loads(answer)
    if work == "ping":
        assert data == {"status": "ok"}, data
        return
    rows = data if isinstance(data, list) else data.get("results", data.get("items", [data]))
    assert len(rows) == {"list20": 20, "list100": 100, "filter": FILTERED}.get(work, 1), answer[:500]
    assert set(rows[0]) == set(COLUMNS), rows[0]


def timed_requests(urlpatterns: list[Any], work: str) -> Callable[[], dict[str, float]]:
    """A sample of the work: seconds a request, and how many crossings it took."""
    from benchmarks.contenders.crossings import crossings_of
    from benchmarks.worker import timed

    requests = Requests(urlpatterns, work)
    crossings = crossings_of(requests)
    sample = timed(requests)
    return lambda: sample() | {"crossings": crossings}
