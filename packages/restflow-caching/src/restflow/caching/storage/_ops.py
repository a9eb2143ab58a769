"""The backend's operations as flows: written once, run by the sync and the async door."""

import logging
import pickle
import time
import zlib
from functools import partial
from pickle import loads
from typing import Any
from weakref import WeakKeyDictionary

from django.core.cache import caches
from django.core.cache.backends.base import BaseCache, default_key_func
from django.core.cache.backends.dummy import DummyCache
from django.core.cache.backends.locmem import LocMemCache

from restflow.caching.keys._address import Address
from restflow.caching.storage._entries import new_token
from restflow.core import AsyncIO, SyncIO

logger = logging.getLogger("restflow.caching")

IO = SyncIO | AsyncIO
SYNC, ASYNC = SyncIO(), AsyncIO()

NOT_OURS = (
    pickle.UnpicklingError,
    zlib.error,
    AttributeError,
    EOFError,
    ImportError,
    IndexError,
    KeyError,
    TypeError,
    ValueError,
)
"""What backends raise for bytes that they cannot decode; a server that does not answer raises others."""


def backend(alias: str) -> BaseCache:
    """The Django cache backend of an alias, this thread's own."""
    return caches[alias]


def is_memory(cache: BaseCache) -> bool:
    """Whether a backend's work is memory only, so that it may run on an event loop: exactly Django's own two."""
    return type(cache) in _MEMORY


_MEMORY = (LocMemCache, DummyCache)
_NATIVE = ("aget_many", "aset", "aadd", "adelete_many")


def is_native(cache: BaseCache) -> bool:
    """Whether a backend brings its own async methods, rather than Django's that use a thread."""
    kind = type(cache)
    known = _native_kinds.get(kind)
    if known is None:
        known = all(getattr(kind, name) is not getattr(BaseCache, name) for name in _NATIVE)
        _native_kinds[kind] = known
    return known


_native_kinds: WeakKeyDictionary[type[BaseCache], bool] = WeakKeyDictionary()


def is_blocking(cache: BaseCache) -> bool:
    """Whether async code has to cross to a thread for a backend."""
    return not (is_memory(cache) or is_native(cache))


def get_many(cache: BaseCache, keys: tuple[str, ...], version: int) -> dict[str, Any]:
    """`cache.get_many`; for exactly `LocMemCache` under one lock instead of one for each key.

    Its own `get_many` is a loop of `get`, which for the few keys of a hit costs more than all the rest of it.
    """
    if type(cache) is not LocMemCache:
        return cache.get_many(keys, version=version)
    store: Any = cache
    if store.key_func is default_key_func:
        start = f"{store.key_prefix}:{version}:"
        names = [start + key for key in keys]
    else:
        names = [store.make_key(key, version=version) for key in keys]
    found: dict[str, Any] = {}
    now = time.time()
    with store._lock:
        expiries, values, move_to_end = store._expire_info, store._cache, store._cache.move_to_end
        for key, name in zip(keys, names, strict=True):
            expires = expiries.get(name, -1)
            if expires is None or expires > now:
                found[key] = values[name]
                move_to_end(name, last=False)
    for key, packed in found.items():
        found[key] = loads(packed)
    return found


async def read(io: IO, cache: BaseCache, address: Address, version: int) -> dict[str, Any]:
    """The entry and its generations in one round trip.

    Bytes that the backend cannot decode are somebody else's: they are deleted with the generations, which can make an
    entry unservable and never a stale one servable, and count as absent.
    """
    keys = (address.key, *address.tokens)
    try:
        found: dict[str, Any] = await io.call(partial(get_many, cache), cache.aget_many, keys, version=version)
    except NOT_OURS as error:
        logger.warning("The cache holds what it cannot decode (%s); it is deleted.", type(error).__name__)
        await io.call(cache.delete_many, cache.adelete_many, keys, version=version)
        return {}
    return found


async def ensure(
    io: IO, cache: BaseCache, address: Address, version: int, found: dict[str, Any], ttl: int | None
) -> tuple[str | None, ...]:
    """The tokens of all generations; missing ones are created, and whoever adds first wins."""
    generations = address.tokens[:-1] if address.marked else address.tokens
    lost = []
    for key in generations:
        if type(found.get(key)) is not str:
            token = new_token()
            if await io.call(cache.add, cache.aadd, key, token, timeout=ttl, version=version):
                found[key] = token
            else:
                lost.append(key)
    if lost:
        won: dict[str, Any] = await io.call(cache.get_many, cache.aget_many, lost, version=version)
        for key in lost:
            found[key] = won.get(key)
    return tuple([found.get(key) for key in address.tokens])
