"""The options of a cached function, checked when it is decorated."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings as django_settings

from restflow.caching.errors import CacheConfigError
from restflow.caching.settings import CacheSettings
from restflow.caching.storage.serializers import Serializer, serializer_from
from restflow.core.names import suggestion

TTL = float | timedelta | None
Predicate = Callable[..., Any]

SINGLE_FLIGHT = ("process", "shared", "off")


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheOptions:
    """How a function is cached; times are seconds."""

    ttl: float | timedelta | Callable[..., Any] | None = 3600
    """How long an entry is fresh: a number, a `timedelta`, `None` for ever, or `ttl(result, *args, **kwargs)`."""
    cache_if: Predicate | None = None
    """Store only if `cache_if(result, *args, **kwargs)` is true."""
    cache_unless: Predicate | None = None
    """Store only if it is false; not beside `cache_if`."""
    stale_ttl: float | timedelta = 0
    """How long past `ttl` the old value may be served while it is recomputed."""
    ttl_jitter: float = 0.0
    """Share of the ttl, below 1, by which each entry's is shortened at random, at most."""
    early_refresh: float = 0.0
    """Strength of probabilistic early recomputation; 1.0 is the usual one, 0 off."""
    single_flight: str = "process"
    """`"process"`, `"shared"` or `"off"`."""
    lease_timeout: float = 30
    """How long a process may compute before others take over, with `single_flight="shared"`."""
    wait_timeout: float | None = None
    """How long to wait for another call's computation; default the setting `WAIT_TIMEOUT`."""
    cache: str | None = None
    """Alias in `CACHES`; default the setting `CACHE_ALIAS`."""
    serializer: str | Serializer | None = None
    """Default the setting `SERIALIZER`."""

    def check(self, where: str) -> None:
        """Raises `CacheConfigError` for a value out of range, `TypeError` for one of a wrong type."""
        if not callable(self.ttl):
            seconds_of(self.ttl, f"{where}: ttl")
        if self.cache_if is not None and self.cache_unless is not None:
            raise CacheConfigError(f"{where}: cache_if and cache_unless exclude each other.", hint="Keep one of them.")
        for name in ("cache_if", "cache_unless"):
            if not (getattr(self, name) is None or callable(getattr(self, name))):
                raise TypeError(f"{where}: {name} must be callable, got {type(getattr(self, name)).__name__}.")
        if seconds_of(self.stale_ttl, f"{where}: stale_ttl") is None:
            raise TypeError(f"{where}: stale_ttl must be a number of seconds or a timedelta, got NoneType.")
        for name in ("ttl_jitter", "early_refresh", "lease_timeout"):
            _check_number(getattr(self, name), f"{where}: {name}")
        if self.ttl_jitter >= 1:
            raise CacheConfigError(f"{where}: ttl_jitter must be below 1.")
        if not self.lease_timeout:
            raise CacheConfigError(f"{where}: lease_timeout must be positive.")
        if self.wait_timeout is not None:
            _check_number(self.wait_timeout, f"{where}: wait_timeout")
        if self.single_flight not in SINGLE_FLIGHT:
            raise CacheConfigError(
                f"{where}: there is no single_flight {self.single_flight!r}.",
                hint=suggestion(str(self.single_flight), SINGLE_FLIGHT, what="values"),
            )
        self._check_cache(where)
        if self.serializer is not None:
            serializer_from(self.serializer)

    def _check_cache(self, where: str) -> None:
        if self.cache is None:
            return
        if not isinstance(self.cache, str):
            raise TypeError(f"{where}: cache must be an alias in CACHES, got {type(self.cache).__name__}.")
        if django_settings.configured and self.cache not in django_settings.CACHES:
            raise CacheConfigError(
                f"{where}: CACHES has no alias {self.cache!r}.",
                hint=suggestion(self.cache, django_settings.CACHES, what="aliases"),
            )

    def used_serializer(self) -> Serializer:
        """The serializer in force."""
        return serializer_from(self.serializer or CacheSettings.current().SERIALIZER)

    def used_wait_timeout(self) -> float:
        """The wait timeout in force."""
        return CacheSettings.current().WAIT_TIMEOUT if self.wait_timeout is None else self.wait_timeout

    def stale_seconds(self) -> float:
        """`stale_ttl` as seconds."""
        return seconds_of(self.stale_ttl, "stale_ttl") or 0.0

    def longest(self) -> float | None:
        """How long an entry lives at most, as far as is known; `None` for ever."""
        if callable(self.ttl):
            known = CacheSettings.current().GENERATION_TTL
            return None if known is None else float(known)
        ttl = seconds_of(self.ttl, "ttl")
        return None if ttl is None else ttl + self.stale_seconds()

    def generation_ttl(self) -> int | None:
        """How long a generation lives: longer than any entry that depends on it."""
        least = CacheSettings.current().GENERATION_TTL
        longest = self.longest()
        if least is None or longest is None:
            return None
        return least if callable(self.ttl) else max(least, math.ceil(2 * longest))

    def mark_ttl(self) -> int | None:
        """How long a mark lives: it outlives every entry from before it."""
        longest = self.longest()
        return None if longest is None else math.ceil(longest) + MARK_MARGIN


MARK_MARGIN = 3600
"""Seconds that a mark outlives the entries it speaks about: an hour."""


def seconds_of(value: Any, where: str, *, lenient: bool = False) -> float | None:
    """A time to live in seconds. `lenient` allows a negative one, which callables may return."""
    if value is None:
        return None
    if isinstance(value, timedelta):
        seconds = value.total_seconds()
    elif isinstance(value, int | float) and not isinstance(value, bool):
        seconds = float(value)
    else:
        raise TypeError(f"{where} must be a number of seconds, a timedelta or None, got {type(value).__name__}.")
    if math.isnan(seconds) or (seconds < 0 and not lenient):
        raise CacheConfigError(f"{where} must not be negative.")
    return None if math.isinf(seconds) else seconds


def _check_number(value: Any, where: str) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{where} must be a number, got {type(value).__name__}.")
    if not value >= 0 or math.isinf(value):
        raise CacheConfigError(f"{where} must be a finite number, zero or more.")
