"""cacheops: functions by `cached`, querysets and their automatic invalidation by `CACHEOPS`."""

from collections.abc import Callable
from typing import Any

from benchmarks.contenders import cache_site, rows
from benchmarks.worker import timed

Sampler = Callable[[], dict[str, float]]


def _configure() -> None:
    cache_site.configure(
        cache_site.MEMORY,
        apps=("cacheops",),
        CACHEOPS_REDIS=cache_site.REDIS_URL,
        CACHEOPS_DEFAULTS={"timeout": 300},
        CACHEOPS={"bench.*": {"ops": "all"}},
    )


def cache_hit(backend: str) -> Sampler:
    assert backend == cache_site.REDIS
    _configure()
    from cacheops import cached

    @cached(timeout=300)
    def get_user_data(user_id: int, scope: str) -> Any:
        return cache_site.value()

    get_user_data(1, "full")
    return timed(lambda: get_user_data(1, "full"))


def cache_saves(count: int) -> Sampler:
    _configure()
    return rows.saves(count)
