"""Keys of a backend that can list them: Redis (Django's own and django-redis) and LocMem. For maintenance only."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from django.core.cache import caches
from django.core.cache.backends.base import BaseCache
from django.core.cache.backends.locmem import LocMemCache

from restflow.caching.settings import CacheSettings

BATCH = 1000


def default_alias() -> str:
    """The alias of functions that name none."""
    return CacheSettings.current().CACHE_ALIAS


def redis_client(cache: BaseCache) -> Any:
    """The redis client behind a cache; `None` where there is none."""
    module = type(cache).__module__
    if module.startswith("django_redis."):
        client: Any = cache.client  # type: ignore[attr-defined]
        return client.get_client(write=True)
    inner: Any = getattr(cache, "_cache", None)
    return inner.get_client(None, write=True) if hasattr(inner, "get_client") else None


def batches(alias: str, prefix: str, version: int, size: int = BATCH) -> Iterator[list[str]]:
    """The full keys, as the server knows them, that begin with `prefix` in that version."""
    cache = caches[alias]
    start = cache.make_key(prefix, version=version)
    if isinstance(cache, LocMemCache):
        inner: Any = cache
        with inner._lock:
            keys = [key for key in inner._cache if key.startswith(start)]
        found: Iterator[str] = iter(keys)
    elif (client := redis_client(cache)) is not None:
        pattern = "".join(f"\\{char}" if char in "*?[]\\^" else char for char in start)
        found = (
            key.decode() if isinstance(key, bytes) else key for key in client.scan_iter(match=f"{pattern}*", count=size)
        )
    else:
        raise NotImplementedError(
            f"The cache {alias!r} ({type(cache).__name__}) cannot list its keys; Redis and LocMemCache can."
        )
    while batch := list(islice(found, size)):
        yield batch


def plain_key(cache: BaseCache, key: str, version: int) -> str:
    """The key as callers of the cache know it, of one as the server knows it."""
    start = str(cache.make_key("", version=version))
    if not key.startswith(start):
        raise NotImplementedError("The cache's KEY_FUNCTION puts keys together in a way that cannot be undone.")
    return key[len(start) :]


def delete_raw(alias: str, keys: list[str]) -> int:
    """Deletes keys as the server knows them; returns how many were there."""
    cache: Any = caches[alias]
    if isinstance(cache, LocMemCache):
        with cache._lock:  # type: ignore[attr-defined]
            return sum(cache._delete(key) for key in keys)  # type: ignore[attr-defined]
    return int(redis_client(cache).unlink(*keys))


def delete_under(alias: str, namespace: str, version: int) -> int:
    """Deletes the entries and generations under a namespace in one version; returns how many."""
    return sum(
        delete_raw(alias, batch)
        for prefix in (f"{namespace}::", f"@{namespace}::", f"@@{namespace}::")
        for batch in batches(alias, prefix, version)
    )
