"""One call of a cached function, and what its flow needs to know about it."""

import logging
import math
import random
import time
from collections.abc import Hashable, Iterator
from typing import TYPE_CHECKING, Any

from restflow.caching import stats
from restflow.caching.errors import CacheConfigError
from restflow.caching.keys._address import Address
from restflow.caching.results.options import seconds_of
from restflow.caching.settings import CacheSettings
from restflow.caching.storage._doors import Door
from restflow.caching.storage._entries import Entry, Served, servable, unpacked

if TYPE_CHECKING:
    from restflow.caching.results.wrapper import CachedWrapper

logger = logging.getLogger("restflow.caching")

FIRST_PAUSE, LONGEST_PAUSE = 0.01, 0.2
"""Seconds between two looks for another process's entry."""


class Call:
    """The arguments, the address of the entry, and how the value is made, kept and read."""

    __slots__ = ("address", "alias", "args", "kwargs", "options", "version", "wrapper")

    may_recompute_behind = True
    """Whether the function may run behind a caller that has its answer already."""

    def __init__(
        self, wrapper: "CachedWrapper[..., Any]", args: tuple[Any, ...], kwargs: dict[str, Any], address: Address
    ) -> None:
        self.wrapper = wrapper
        self.args = args
        self.kwargs = kwargs
        self.address = address
        self.alias = wrapper.alias
        self.version = wrapper.version
        self.options = wrapper.options

    @property
    def generation_ttl(self) -> int | None:
        """How long a generation lives."""
        return self.wrapper.generation_ttl

    @property
    def mark_ttl(self) -> int | None:
        """How long a mark lives."""
        return self.wrapper.mark_ttl

    @property
    def lease_key(self) -> str:
        """Where the lease of the entry stands."""
        key = f"@@@{self.address.key}"
        return key if len(key) <= LEASE_LENGTH else f"@@@{self.address.tokens[-1]}"

    @property
    def lease_timeout(self) -> int:
        """Full seconds that a lease lasts."""
        return math.ceil(self.options.lease_timeout)

    def flight_key(self, domain: Hashable) -> Hashable:
        """What computations of the same value share; threads and each event loop are domains of their own."""
        return (self.alias, self.version, self.address.key, domain)

    def served(self, found: dict[str, Any]) -> Served | None:
        """The servable entry among what was found, with its value; a value that cannot be read is no entry."""
        now = time.time()
        packed = servable(self.address, found, now)
        if packed is None:
            return None
        entry = unpacked(packed)
        try:
            value = self.wrapper.decode(entry.data)
        except Exception as error:
            # the class has moved, or another release wrote it: it is computed anew
            logger.debug("A cached value of %s cannot be read: %s", self.wrapper.path, type(error).__name__)
            return None
        return Served(entry, value, entry.is_fresh(now))

    async def compute(self, door: Door) -> Any:
        """Runs the function."""
        return await door.call(self.wrapper.func, self.args, self.kwargs)

    def encode(self, value: Any) -> bytes:
        """The value as bytes; raises what the serializer raises."""
        return self.wrapper.serializer.dumps(value)

    async def entry(self, door: Door, value: Any, tokens: tuple[str | None, ...], duration: float) -> Entry | None:
        """The entry for a computed value; `None` where it is not to be stored."""
        generations = tokens[:-1] if self.address.marked else tokens
        options = self.options
        if options.cache_if is not None:
            if not await door.predicate(options.cache_if, value, self.args, self.kwargs):
                return None
        elif options.cache_unless is not None and await door.predicate(
            options.cache_unless, value, self.args, self.kwargs
        ):
            return None
        ttl = await self._ttl(door, value)
        if ttl is not None and ttl <= 0:
            return None
        if None in generations:
            return None
        data = self._data(value)
        if data is None:
            return None
        if ttl is not None and options.ttl_jitter:
            ttl -= ttl * options.ttl_jitter * random.random()
        now = time.time()
        expires_at = None if ttl is None else now + ttl
        dies_at = None if expires_at is None else expires_at + options.stale_seconds()
        return Entry(tokens, now, expires_at, dies_at, duration, data)

    async def _ttl(self, door: Door, value: Any) -> float | None:
        ttl = self.options.ttl
        if callable(ttl):
            given = await door.predicate(ttl, value, self.args, self.kwargs)
            return seconds_of(given, f"{self.wrapper.path}: the result of ttl", lenient=True)
        return seconds_of(ttl, "ttl")

    def _data(self, value: Any) -> bytes | None:
        try:
            return self.encode(value)
        except CacheConfigError:
            raise  # the serializer itself is not there
        except Exception as error:
            self.wrapper.log_unstorable(value, error)
            return None

    def timeout_of(self, entry: Entry) -> int | None:
        """Full seconds for the backend; the entry itself knows fractions. It never outlives its generations."""
        longest = self.generation_ttl
        if entry.dies_at is None:
            return longest
        seconds = max(1, math.ceil(entry.dies_at - entry.computed_at))
        return seconds if longest is None else min(seconds, longest)

    def pauses(self) -> Iterator[float]:
        """Growing, jittered pauses between two looks, in seconds."""
        pause = FIRST_PAUSE
        while True:
            yield pause * (0.5 + random.random() / 2)
            pause = min(pause * 1.5, LONGEST_PAUSE)

    def backend_failed(self, doing: str, error: Exception) -> None:
        """Logs and counts; raises where the setting `FAIL_OPEN` is off."""
        self.log_failure(doing, error)
        if not CacheSettings.current().FAIL_OPEN:
            raise error

    def log_failure(self, doing: str, error: Exception) -> None:
        """Logs and counts a backend that failed."""
        stats.count(self.wrapper, "errors")
        logger.warning("The cache %r failed to %s for %s.", self.alias, doing, self.wrapper.path, exc_info=error)


LEASE_LENGTH = 200

NOWHERE = Address("", (), False)
"""The address of a call that touches no cache."""
