"""Django's cache framework by hand: the practical limit."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

from benchmarks.contenders import cache_site, rows
from benchmarks.worker import timed

Sampler = Callable[[], dict[str, float]]

KEYS = ["users:1:full", "generation", "generation:1", "mark"]


def _fill(cache: Any) -> None:
    for key in KEYS:
        cache.set(key, cache_site.value() if key == KEYS[0] else "a random generation")


def cache_hit(backend: str) -> Sampler:
    """In memory a bare `get`; on Redis a `get_many` of as many keys as restflow reads."""
    return timed(cache_call("hit", backend))


def cache_call(work: str, backend: str) -> Callable[[], Any]:
    """One call of the one work that there is: `hit`."""
    cache_site.configure(backend, cache_site.REDIS_URL if backend == cache_site.REDIS else "")
    from django.core.cache import cache

    _fill(cache)
    if backend == cache_site.MEMORY:
        return lambda: cache.get(KEYS[0])
    return lambda: cache.get_many(KEYS)


def cache_async_hit(backend: str) -> Sampler:
    cache_site.configure(backend, cache_site.REDIS_URL if backend == cache_site.REDIS else "")
    from asgiref.sync import sync_to_async
    from django.core.cache import cache

    _fill(cache)

    async def sweep(count: int = 1000) -> dict[str, float]:
        start = time.perf_counter()
        for _ in range(count):
            await sync_to_async(cache.get_many)(KEYS)
        return {"seconds": (time.perf_counter() - start) / count, "crossings": 1}

    return lambda: asyncio.run(sweep())


def cache_saves(count: int) -> Sampler:
    cache_site.configure(cache_site.MEMORY)
    return rows.saves(count)


def cache_loads(count: int) -> Sampler:
    cache_site.configure(cache_site.MEMORY)
    return rows.loads(count)


def caching_import() -> Sampler:
    from benchmarks.contenders.restflow.core import interpreter_start

    return interpreter_start("import django.core.cache, django.db.models")
