"""The logs of requests behind the throttles: one kind for each kind of cache, each deciding atomically.

Times are whole microseconds of the throttle's clock, so that sums and differences are exact.
"""

import functools
import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from django.core.cache.backends.base import BaseCache
from django.core.cache.backends.dummy import DummyCache
from django.core.cache.backends.locmem import LocMemCache

from restflow.throttling.decision import ThrottleDecision

SECOND = 1_000_000


@dataclass(frozen=True, slots=True)
class Hit:
    """One request: the key it counts for, the limit, and the time in microseconds."""

    key: str
    limit: int
    window: int
    now: int

    def decision(self, allowed: bool, counted: int, newest: int | None, blocking: int | None) -> ThrottleDecision:
        """The decision, where `counted` are in the window and the slot of `blocking` is the next to come free."""
        reset = newest + self.window - self.now if newest is not None else 0
        retry = blocking + self.window - self.now if blocking is not None and not allowed else None
        return ThrottleDecision(
            allowed=allowed,
            limit=self.limit,
            window=self.window / SECOND,
            remaining=max(0, self.limit - counted),
            reset_after=max(0, reset) / SECOND,
            retry_after=max(0, retry) / SECOND if retry is not None else None,
        )


class Log(Protocol):
    """What a throttle asks. `blocks` tells whether a call may wait for a server."""

    blocks: bool

    def hit(self, hit: Hit) -> ThrottleDecision:
        """Counts the request if it may pass."""

    def reset(self, hit: Hit) -> None:
        """Forgets the key."""


_process_lock = threading.Lock()


class MemoryLog:
    """A cache within the process: REST framework's list of timestamps, newest first, under one lock."""

    blocks = False

    def __init__(self, cache: BaseCache) -> None:
        self.cache = cache
        self.history: list[float] = []

    def hit(self, hit: Hit) -> ThrottleDecision:
        """Reads, decides and writes while no other thread does."""
        with _process_lock:
            stored: list[float] = self.cache.get(hit.key) or []
            log = [stamp for stamp in stored if round(stamp * SECOND) > hit.now - hit.window]
            allowed = len(log) < hit.limit
            if allowed:
                # a clock that jumped back must not bury the newest request under an older one
                log.insert(0, max(hit.now / SECOND, log[0]) if log else hit.now / SECOND)
                self.cache.set(hit.key, log, hit.window / SECOND)
        self.history = log
        blocking = round(log[hit.limit - 1] * SECOND) if not allowed and hit.limit else None
        return hit.decision(allowed, len(log), round(log[0] * SECOND) if log else None, blocking)

    def reset(self, hit: Hit) -> None:
        """Forgets the key."""
        with _process_lock:
            self.cache.delete(hit.key)


_SCRIPT = """
local key, now, window, limit = KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local oldest = redis.call('LINDEX', key, 0)
while oldest and tonumber(oldest) <= now - window do
    redis.call('LPOP', key)
    oldest = redis.call('LINDEX', key, 0)
end
local counted = redis.call('LLEN', key)
local newest = redis.call('LINDEX', key, -1)
if counted < limit then
    if not newest or tonumber(newest) < now then newest = ARGV[1] end
    redis.call('RPUSH', key, newest)
    redis.call('PEXPIRE', key, ARGV[4])
    return '1 ' .. (counted + 1) .. ' ' .. newest
end
local blocking = limit > 0 and redis.call('LINDEX', key, counted - limit)
return '0 ' .. counted .. (newest and ' ' .. newest or '') .. (blocking and ' ' .. blocking or '')
"""
# one text is the answer: clients take several times as long to read a list of four
_SHA = hashlib.sha1(_SCRIPT.encode(), usedforsecurity=False).hexdigest()


class RedisLog:
    """A server that runs Redis scripts: a list per key, decided on the server in one round trip."""

    blocks = True

    def __init__(self, client: Any, key_of: Callable[[str], Any]) -> None:
        self.client = client
        self.key_of = key_of

    def hit(self, hit: Hit) -> ThrottleDecision:
        """Runs the script, which a restarted server is given anew."""
        expiry = hit.window // 1000 + 1000
        arguments = (1, self._key(hit), hit.now, hit.window, hit.limit, expiry)
        try:
            answer = self.client.evalsha(_SHA, *arguments)
        except Exception as error:
            if type(error).__name__ != "NoScriptError":  # the client library's own class, which need not be installed
                raise
            answer = self.client.eval(_SCRIPT, *arguments)
        allowed, counted, *stamps = map(int, answer.split())
        newest, blocking = [*stamps, None, None][:2]
        return hit.decision(bool(allowed), counted, newest, blocking)

    def reset(self, hit: Hit) -> None:
        """Forgets the key."""
        self.client.delete(self._key(hit))

    def _key(self, hit: Hit) -> Any:
        return self.key_of(f"{hit.key}:log")


_PARTS = 10


class CounterLog:
    """Any other cache: counters of ten sub-windows. A request takes a ticket, and gives it back if it was too many.

    Atomic where the cache's `incr` and `add` are.
    """

    blocks = True

    def __init__(self, cache: BaseCache) -> None:
        self.cache = cache
        self.is_atomic = type(cache).incr is not BaseCache.incr

    def hit(self, hit: Hit) -> ThrottleDecision:
        """Takes a ticket of the current sub-window, and adds those of the others that still count."""
        part = self._part(hit)
        current = hit.now // part
        if hit.limit == 0:
            return hit.decision(False, 0, None, None)
        ticket = self._change(hit, current, 1)
        # the sub-window to come is looked at too: another machine may be there already
        others = [*range(current - _PARTS, current), current + 1]
        keys = {self._key(hit, index): index for index in others}
        counts = {keys[key]: int(count) for key, count in self.cache.get_many(keys).items() if key in keys}
        counts[current] = ticket
        allowed = sum(counts.values()) <= hit.limit
        if not allowed:
            self._change(hit, current, -1)
            counts[current] -= 1
        return self._decision(hit, {index: count for index, count in counts.items() if count > 0}, allowed)

    def _decision(self, hit: Hit, counts: dict[int, int], allowed: bool) -> ThrottleDecision:
        def stamp(index: int | None) -> int | None:
            # a sub-window counts until the one that is eleven later begins
            return (index + _PARTS + 1) * self._part(hit) - hit.window if index is not None else None

        counted = sum(counts.values())
        blocking, left = None, counted
        for index in sorted(counts):
            left -= counts[index]
            if left < hit.limit:
                blocking = index
                break
        return hit.decision(allowed, counted, stamp(max(counts, default=None)), stamp(blocking))

    def reset(self, hit: Hit) -> None:
        """Forgets the key."""
        current = hit.now // self._part(hit)
        self.cache.delete_many([self._key(hit, index) for index in range(current - _PARTS, current + 2)])

    def _part(self, hit: Hit) -> int:
        return max(1, -(-hit.window // _PARTS))

    def _key(self, hit: Hit, index: int) -> str:
        return f"{hit.key}:{hit.window // SECOND}:{index}"

    def _change(self, hit: Hit, index: int, delta: int) -> int:
        """The counter after the change; a new one is made with its expiry, which `incr` cannot set."""
        key, timeout = self._key(hit, index), hit.window / SECOND * 1.2 + 2
        if not self.is_atomic:
            count = max(0, int(self.cache.get(key, 0)) + delta)
            self.cache.set(key, count, timeout)
            return count
        if delta < 0:
            try:
                return int(self.cache.decr(key, -delta))
            except ValueError:  # it has expired meanwhile
                return 0
        try:
            return int(self.cache.incr(key, delta))
        except ValueError:
            if self.cache.add(key, delta, timeout):
                return delta
            return int(self.cache.incr(key, delta))


def log_of(cache: Any) -> Log:
    """The kind of log that fits a cache."""
    if isinstance(cache, LocMemCache | DummyCache):
        return MemoryLog(cache)
    return _redis_log(cache) or CounterLog(cache)


_clients: dict[Any, Any] = {}


@functools.cache
def _modules(cls: type) -> frozenset[str]:
    """The modules of a class and its bases: what a library calls its own, without importing it."""
    return frozenset(klass.__module__ for klass in cls.__mro__)


def _redis_log(cache: Any) -> RedisLog | None:
    modules = _modules(type(cache))  # type: ignore[arg-type]  # classes are hashable
    if "django.core.cache.backends.redis" in modules:
        # each task and thread has a cache object, with connections of its own: the first one's serve them all; and each
        # look for the client makes one, which takes longer than what is asked of it
        config = (cache._class, tuple(cache._servers), repr(cache._options))
        client = _clients.get(config)
        if client is None:
            client = _clients.setdefault(config, cache._cache.get_client(None, write=True))
        return RedisLog(client, cache.make_key)
    if "django_redis.cache" in modules:
        client = cache.client
        if any(klass.__name__ in ("ShardClient", "HerdClient") for klass in type(client).__mro__):
            return None  # their keys are spread, or changed, in their own ways
        return RedisLog(client.get_client(write=True), client.make_key)
    return None
