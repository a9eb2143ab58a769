"""The caches that the contenders work with, and the work that they all do."""

import asyncio
import os
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from typing import Any

Sampler = Callable[[], dict[str, float]]

MEMORY = "django.core.cache.backends.locmem.LocMemCache"
REDIS = "django.core.cache.backends.redis.RedisCache"
REDIS_URL = os.environ.get("RESTFLOW_BENCH_REDIS_URL", "redis://127.0.0.1:6379/14")


def value() -> dict[str, Any]:
    """What is cached: 20 nested rows."""
    return {"rows": [{"id": n, "name": f"row {n}", "price": n * 1.5, "tags": ["a", "b"]} for n in range(20)]}


def configure(backend: str, location: str = "", apps: tuple[str, ...] = (), **settings: Any) -> None:
    """Sets Django up with one cache and a database in memory."""
    import django
    from django.conf import settings as django_settings

    beside = {
        alias: {"BACKEND": backend, "LOCATION": where} for alias, where in settings.pop("CACHES_BESIDE", {}).items()
    }
    cache: dict[str, Any] = {"BACKEND": backend, "LOCATION": location or "benchmark"}
    if backend == MEMORY:
        cache["OPTIONS"] = {"MAX_ENTRIES": 100_000}
    django_settings.configure(
        CACHES={"default": cache, **beside},
        INSTALLED_APPS=["django.contrib.contenttypes", *apps],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        USE_TZ=True,
        **settings,
    )
    django.setup()


def configure_views() -> None:
    """Sets Django and REST framework up with nothing that a view does not need."""
    configure(
        MEMORY,
        apps=("rest_framework",),
        ALLOWED_HOSTS=["*"],
        SECRET_KEY="the benchmark's own, worth nothing",
        REST_FRAMEWORK={
            "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
            "DEFAULT_AUTHENTICATION_CLASSES": [],
            "DEFAULT_PERMISSION_CLASSES": [],
            "UNAUTHENTICATED_USER": None,
        },
    )


def requests(view: Callable[[Any], Any]) -> Callable[[], Any]:
    """A request to a view, from the request object to the rendered answer."""
    from django.test import RequestFactory

    request = RequestFactory().get("/ping/")

    def once() -> Any:
        response = view(request)
        if not getattr(response, "is_rendered", True):
            response.render()
        return response

    first, second = once(), once()
    assert first.content == second.content
    return once


def sweeps(function: Callable[..., Any], count: int = 1000) -> Sampler:
    """Hits of an async function, one after the other on one event loop."""
    runner = asyncio.Runner()

    async def sweep() -> dict[str, float]:
        await function(1, "full")
        start = time.perf_counter()
        for _ in range(count):
            await function(1, "full")
        return {"seconds": (time.perf_counter() - start) / count}

    return lambda: runner.run(sweep())


def task_stampede(slow: Callable[[int], Any], runs: list[int], callers: int) -> Sampler:
    """So many tasks that ask for one cold key at once."""
    keys = iter(range(10_000_000))
    runner = asyncio.Runner()

    async def stampede() -> dict[str, float]:
        key = next(keys)
        runs.clear()
        start = time.perf_counter()
        await asyncio.gather(*[slow(key) for _ in range(callers)])
        return {"seconds": time.perf_counter() - start, "executions": len(runs)}

    return lambda: runner.run(stampede())


class OwnRedis:
    """A Redis server for one contender, filled with keys that have nothing to do with its work."""

    def __init__(self, unrelated: int) -> None:
        import redis

        folder = tempfile.mkdtemp(prefix="benchmark-redis-")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        command = ["redis-server", "--port", str(port), "--save", "", "--dir", folder]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        self.url = f"redis://127.0.0.1:{port}"
        self.client = redis.Redis.from_url(self.url)
        for _ in range(500):
            try:
                self.client.ping()
                break
            except redis.RedisError:
                time.sleep(0.02)
        for start in range(0, unrelated, 10_000):
            names = {f":1:unrelated:{n}": b"x" for n in range(start, min(start + 10_000, unrelated))}
            self.client.mset(names)

    def close(self) -> None:
        """Ends the server."""
        self.client.close()
        self.process.terminate()
        self.process.wait()
