"""cashews, as its README recommends: keys from a template, and tags where groups are wiped."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

from benchmarks.contenders import cache_site

Sampler = Callable[[], dict[str, float]]


def _cache(backend: str, url: str = cache_site.REDIS_URL) -> Any:
    from cashews import Cache

    cache = Cache()
    cache.setup("mem://" if backend == cache_site.MEMORY else url)
    return cache


def cache_async_hit(backend: str) -> Sampler:
    cache = _cache(backend)

    @cache(ttl="5m", key="users:{user_id}:production:{scope}")
    async def get_user_data(user_id: int, scope: str) -> Any:
        return cache_site.value()

    return cache_site.sweeps(get_user_data)


def cache_task_stampede(callers: int) -> Sampler:
    cache = _cache(cache_site.MEMORY)
    runs: list[int] = []

    @cache(ttl="5m", key="slow:{key}", lock=True)
    async def slow(key: int) -> int:
        runs.append(key)
        await asyncio.sleep(0.1)
        return key

    return cache_site.task_stampede(slow, runs, callers)


class cache_wipe:  # noqa: N801 - named as the work
    """One wipe of a tag beside unrelated keys."""

    def __init__(self, unrelated: int) -> None:
        self.server = cache_site.OwnRedis(unrelated)
        self.cache = cache = _cache(cache_site.REDIS, self.server.url)

        @cache(ttl="5m", key="users:{user_id}:production:{scope}", tags=["user:{user_id}"])
        async def get_user_data(user_id: int, scope: str) -> Any:
            return cache_site.value()

        self.function = get_user_data
        self.runner = asyncio.Runner()

    def __call__(self) -> dict[str, float]:
        return self.runner.run(self._once())

    async def _once(self) -> dict[str, float]:
        await self.function(1, "full")
        start = time.perf_counter()
        await self.cache.delete_tags("user:1")
        return {"seconds": time.perf_counter() - start}

    def close(self) -> None:
        self.runner.run(self.cache.close())
        self.runner.close()
        self.server.close()
