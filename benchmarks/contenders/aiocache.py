"""aiocache, as its documentation recommends: the `cached` decorators with a key of one's own."""

import asyncio
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from benchmarks.contenders import cache_site

Sampler = Callable[[], dict[str, float]]


def cache_async_hit(backend: str) -> Sampler:
    from aiocache import Cache, cached
    from aiocache.serializers import PickleSerializer

    options: dict[str, Any] = {"cache": Cache.MEMORY}
    if backend == cache_site.REDIS:
        parts = urlsplit(cache_site.REDIS_URL)
        where = {"endpoint": parts.hostname, "port": parts.port, "db": int(parts.path.lstrip("/") or 0)}
        options = {"cache": Cache.REDIS, "serializer": PickleSerializer(), **where}

    @cached(ttl=300, key_builder=lambda f, user_id, scope: f"users:{user_id}:production:{scope}", **options)
    async def get_user_data(user_id: int, scope: str) -> Any:
        return cache_site.value()

    return cache_site.sweeps(get_user_data)


def cache_task_stampede(callers: int) -> Sampler:
    from aiocache import Cache, cached_stampede

    runs: list[int] = []

    @cached_stampede(lease=2, ttl=300, cache=Cache.MEMORY, key_builder=lambda f, key: f"slow:{key}")
    async def slow(key: int) -> int:
        runs.append(key)
        await asyncio.sleep(0.1)
        return key

    return cache_site.task_stampede(slow, runs, callers)
