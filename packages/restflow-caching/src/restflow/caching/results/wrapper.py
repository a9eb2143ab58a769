"""What every cached function has, whichever colour it is: its keys, its answers, its counters."""

import functools
import logging
import threading
import time
from collections.abc import Callable
from functools import cached_property
from typing import Any, Generic, ParamSpec, TypeVar

from django.core.cache.backends.base import BaseCache

from restflow.caching import _transactions, signals, stats
from restflow.caching.keys import _identity, _signature
from restflow.caching.keys._address import Address
from restflow.caching.keys.constructor import KeyConstructor
from restflow.caching.results import _flows, mode
from restflow.caching.results._bound import Bound
from restflow.caching.results._call import Call
from restflow.caching.results._flows import First
from restflow.caching.results._wiping import Wiping
from restflow.caching.results.options import CacheOptions
from restflow.caching.results.status import CACHE_MISSING, CacheStatus, Outcome, metadata
from restflow.caching.settings import CacheSettings
from restflow.caching.storage import _ops
from restflow.caching.storage._doors import AsyncDoor, Door
from restflow.caching.storage._entries import servable
from restflow.caching.storage._flights import flights
from restflow.caching.storage.serializers import BUILT_IN, Serializer

logger = logging.getLogger("restflow.caching")

P = ParamSpec("P")
R = TypeVar("R")

Hit = tuple[Any, tuple[Any, ...]]
"""The value of a fresh entry, and the packed entry."""

_COUNTERS = {
    CacheStatus.HIT: "hits",
    CacheStatus.MISS: "misses",
    CacheStatus.STALE: "stale",
    CacheStatus.BYPASS: "bypass",
    CacheStatus.REFRESH: "refresh",
}


class CachedWrapper(Wiping, Generic[P, R]):
    """What `cache_result` makes of a function; `SyncCachedWrapper` or `AsyncCachedWrapper`.

    Name, doc, module and signature are the function's, `func` is the function itself.
    """

    is_cached_function = True
    is_response = False
    """Whether it caches responses of a view, which cannot be run without a request."""

    bound_class: type[Bound] = Bound
    call_class: type[Call] = Call

    def __init__(self, func: Callable[P, Any], constructor: KeyConstructor, options: CacheOptions) -> None:
        functools.update_wrapper(self, func)  # type: ignore[arg-type]
        self.func = func
        self.path = _signature.path_of_function(func)
        self.key_constructor = constructor
        self.options = options
        self.alias_setting = options.cache
        self.version = constructor.get_version()
        self.plan = constructor.plan(func)
        self._own_texts = constructor.overrides_texts()
        self._unstorable: set[type] = set()
        self._lock = threading.Lock()
        self._serializer: tuple[CacheSettings | None, Serializer] = (None, BUILT_IN["pickle"])
        _identity.claim(
            self.alias,
            self.version,
            self.plan.prefix,
            self.path,
            fixed=_identity.is_fixed(constructor.options.key_identifier),
        )
        constructor.remember(self)

    @property
    def alias(self) -> str:
        """The alias in `CACHES`."""
        return self.alias_setting or CacheSettings.current().CACHE_ALIAS

    @property
    def generation_ttl(self) -> int | None:
        """Seconds that a generation lives."""
        return self.options.generation_ttl()

    @property
    def mark_ttl(self) -> int | None:
        """Seconds that a mark lives."""
        return self.options.mark_ttl()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.path}>"

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        return self if instance is None else self.bound_class(self, instance)

    def __reduce__(self) -> str:
        return self.__qualname__  # type: ignore[attr-defined, no-any-return]

    # keys

    def address(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Address:
        """Where the entry of a call stands; raises `CacheKeyError` before anything is touched."""
        return self._address(self.plan.shape.bind(*args, **kwargs), args, kwargs)

    @cached_property
    def _address(self) -> Callable[[tuple[Any, ...], tuple[Any, ...], dict[str, Any]], Address]:
        return self.plan.address_with(self._own_key) if self._own_texts else self.plan.address

    def _own_key(self, values: tuple[Any, ...], args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
        return self.key_constructor.generate_key(self.func, args, kwargs)

    @cached_property
    def _key(self) -> Callable[[tuple[Any, ...], tuple[Any, ...], dict[str, Any]], str]:
        return self._own_key if self._own_texts else self.plan.key

    def get_cache_key(self, *args: P.args, **kwargs: P.kwargs) -> str:
        """The key text of a call, without any I/O."""
        return self._key(self.plan.shape.bind(*args, **kwargs), args, kwargs)

    def get_key_version(self) -> int:
        """The version of the key constructor."""
        return self.version

    def stats(self) -> dict[str, int]:
        """This function's counters in this process."""
        return stats.stats_of(self.path)

    def new_call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Call:
        """A call, its address worked out."""
        return self.call_class(self, args, kwargs, self.address(args, kwargs))

    # answering

    async def answer(self, door: Door, call: Call) -> Outcome:
        """Fetches, renews or bypasses, as the mode and the settings say."""
        if self.is_bypassed():
            return Outcome(await call.compute(door), CacheStatus.BYPASS)
        if mode.current.get() == "refresh":
            return await _flows.refresh(door, call)
        return await _flows.fetch(door, call)

    @staticmethod
    def is_bypassed() -> bool:
        """Whether the mode or the settings keep calls from the cache."""
        return mode.current.get() == "bypass" or not CacheSettings.current().ENABLED

    def told(self, call: Call, outcome: Outcome) -> Outcome:
        """Counts an answer and sends its signal."""
        stats.count(self, _COUNTERS[outcome.status])
        if signals.cache_accessed.receivers:
            signals.send(signals.cache_accessed, self, key=call.address.key, status=outcome.status)
        return outcome

    async def looked_up(self, door: Door, call: Call) -> Outcome:
        """What is cached, without running the function."""
        if self.is_bypassed():
            return Outcome(CACHE_MISSING, CacheStatus.BYPASS)
        return await _flows.look_up(door, call)

    def log_unstorable(self, value: Any, error: Exception) -> None:
        """Tells once for each type that its values cannot be stored."""
        kind = type(value)
        with self._lock:
            if kind in self._unstorable:
                return
            self._unstorable.add(kind)
        logger.error(
            "%s returned a %s.%s, which its serializer cannot store (%s); such values are computed for each call.",
            self.path,
            kind.__module__,
            kind.__qualname__,
            type(error).__name__,
        )

    def may_look(self) -> bool:
        """Whether a call may begin with a bare read: usual mode and settings, and no transaction has changes."""
        return mode.current.get() == "normal" and not _transactions.live and CacheSettings.current().ENABLED

    def look(self, cache: BaseCache, address: Address) -> tuple[Hit | None, First | Exception | None]:
        """A fresh entry by the shortest way; else what was found, for the flow to go on with, or why nothing was.

        Nothing at all: the flow reads by itself.
        """
        ticket = flights.ticket()
        try:
            found = _ops.get_many(cache, (address.key, *address.tokens), self.version)
        except _ops.NOT_OURS:
            return None, None  # the flow reads again, and deletes what is not ours
        except Exception as error:
            return None, error
        now = time.time()
        packed = servable(address, found, now)
        if packed is None or self.options.early_refresh or not (packed[3] is None or now < packed[3]):
            return None, (ticket, found)
        try:
            return (self.decode(packed[6]), packed), None
        except Exception:
            return None, (ticket, found)  # it is no entry for the flow either, which tells about it

    @property
    def serializer(self) -> Serializer:
        """What turns values into bytes and back."""
        settings = CacheSettings.current()
        known, serializer = self._serializer
        if known is not settings:
            serializer = self.options.used_serializer()
            self._serializer = (settings, serializer)
        return serializer

    def decode(self, data: bytes) -> Any:
        """A value of its own for each caller."""
        return self.serializer.loads(data)

    def told_hit(self, key: str) -> None:
        """Counts a hit and sends its signal."""
        stats.count(self, "hits")
        if signals.cache_accessed.receivers:
            signals.send(signals.cache_accessed, self, key=key, status=CacheStatus.HIT)

    async def aget_cache_only(self, *args: P.args, **kwargs: P.kwargs) -> Any:
        """The cached value or `CACHE_MISSING`; never runs the function. A stale value counts."""
        return (await self.looked_up(AsyncDoor(), self.new_call(args, kwargs))).value

    async def aget_cached_metadata(self, *args: P.args, **kwargs: P.kwargs) -> dict[str, Any] | None:
        """The metadata of the cached entry, or `None`; never runs the function."""
        call = self.new_call(args, kwargs)
        return entry_metadata(call, await self.looked_up(AsyncDoor(), call))


def entry_metadata(call: Call, outcome: Outcome) -> dict[str, Any] | None:
    """The metadata of what a look without running the function found."""
    return None if outcome.entry is None else metadata(outcome.status, call.address.key, outcome.entry)
