"""Throttles by rate: so many requests of one client in any window of time."""

import logging
import math
import uuid
from collections.abc import Mapping
from typing import Any

from django.core.cache import caches
from django.utils.connection import ConnectionProxy
from rest_framework import throttling
from rest_framework.settings import api_settings

from restflow.core import ConfigError
from restflow.core.names import suggestion
from restflow.exceptions import ServiceUnavailable
from restflow.responses._work import Hook, Work
from restflow.throttling import _logs
from restflow.throttling._identity import KeyFormat, digest, is_safe
from restflow.throttling.base import BaseThrottle
from restflow.throttling.decision import ThrottleDecision
from restflow.throttling.rates import parse_rate

_log = logging.getLogger("restflow.throttling")


class _Rates:
    """`DEFAULT_THROTTLE_RATES`, read whenever it is used."""

    def __get__(self, instance: object, owner: type | None = None) -> Any:
        return api_settings.DEFAULT_THROTTLE_RATES


class _Alias:
    """A cache by its alias, which reads back as the cache."""

    def __init__(self, alias: str) -> None:
        self.alias = alias

    def __get__(self, instance: object, owner: type | None = None) -> Any:
        return caches[self.alias]


async def _allow(self: "SimpleRateThrottle", io: Work, request: Any, view: Any) -> bool:
    self.decision = None
    hit = await _hit_of(self, io, request, view)
    if hit is None:
        return True
    try:
        log = _logs.log_of(self._the_cache())
        self.decision = await io.sync(log.hit, hit) if log.blocks else log.hit(hit)
    except Exception as error:
        _log.exception("%s could not ask its cache", type(self).__qualname__)
        if self.fail_open:
            return True
        raise ServiceUnavailable from error
    if isinstance(log, _logs.MemoryLog):
        self.history = log.history
    return bool(await io.hook(_SUCCESS if self.decision.allowed else _FAILURE, self))


async def _hit_of(self: "SimpleRateThrottle", io: Work, request: Any, view: Any) -> _logs.Hit | None:
    """What is to be counted; `None` for a request that is not throttled."""
    if not self.prepare(view) or self.rate is None:
        return None
    key = await io.hook(self._key_hook, self, request, view)
    if key is None:
        return None
    self.key = key if is_safe(key) else f"throttle_{digest(key)}"
    self.now = self.timer()
    return _logs.Hit(self.key, self.num_requests, round(self.duration * _logs.SECOND), round(self.now * _logs.SECOND))


async def _reset(self: "SimpleRateThrottle", io: Work, request: Any, view: Any) -> None:
    hit = await _hit_of(self, io, request, view)
    if hit is not None:
        log = _logs.log_of(self._the_cache())
        if log.blocks:
            await io.sync(log.reset, hit)
        else:
            log.reset(hit)


async def _success(self: "SimpleRateThrottle", io: Work) -> bool:
    if self.decision is None:  # asked by an allow_request() in REST framework's manner, which leaves the count to this
        await io.sync(throttling.SimpleRateThrottle.throttle_success, self)
    return True


async def _failure(self: "SimpleRateThrottle", io: Work) -> bool:
    return False


async def _no_key(self: "SimpleRateThrottle", io: Work, request: Any, view: Any) -> str | None:
    raise NotImplementedError(f"{type(self).__qualname__} must define get_cache_key() or aget_cache_key().")


_ALLOW = Hook(_allow, "allow_request")
_RESET = Hook(_reset, "reset")
_SUCCESS = Hook(_success, "throttle_success")
_FAILURE = Hook(_failure, "throttle_failure")
_CACHE_KEY = Hook(_no_key, "get_cache_key")


class SimpleRateThrottle(BaseThrottle, throttling.SimpleRateThrottle):
    """A throttle by rate: override either face of `get_cache_key()`, and set `scope` or `rate`.

    In no window of the rate's length do more requests of one key pass than the rate says, however many ask at once.
    """

    sync_equivalent = True
    default_faces = True

    THROTTLE_RATES: Any = _Rates()
    cache: Any = _Alias("default")
    """A cache, or the alias of one."""
    cache_format: Any = KeyFormat("throttle_%(scope)s_%(ident)s")
    """The template of keys; filled by `%` or `.format()`."""
    fail_open: bool = False
    """Whether requests pass while the cache is broken; else they are answered 503."""
    rate_limit_headers: bool = False
    """Whether responses carry the fields `RateLimit` and `RateLimit-Policy`."""

    _key_hook = _CACHE_KEY  # the default of `get_cache_key`, a part of the decision's own flow
    num_requests: Any
    duration: Any
    decision: ThrottleDecision | None = None
    """The decision about the current request; `None` until a limit was asked."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if isinstance(alias := cls.__dict__.get("cache"), str):
            cls.cache = _Alias(alias)
        if type(template := cls.__dict__.get("cache_format")) is str:
            cls.cache_format = KeyFormat(template)

    def prepare(self, view: Any) -> bool:
        """Makes the throttle ready for a view; `False` where it does not concern the view."""
        return True

    def get_rate(self) -> str | None:
        """The rate of the scope; `None` for unlimited."""
        if not self.scope:
            raise ConfigError(f"{type(self).__qualname__} has neither a scope nor a rate.", hint="Set one of them.")
        rates: Mapping[str, str | None] = self.THROTTLE_RATES
        if self.scope not in rates:
            raise ConfigError(
                f"{type(self).__qualname__}: DEFAULT_THROTTLE_RATES has no rate for the scope {self.scope!r}.",
                hint=suggestion(self.scope, rates, what="scopes"),
            )
        return rates[self.scope]

    def parse_rate(self, rate: str | None) -> tuple[Any, Any]:
        """Count and seconds of a rate; a pair of `None` for unlimited."""
        if rate is None:
            return None, None
        return parse_rate(rate, f"{type(self).__qualname__}, scope {self.scope!r}")

    def allow_request(self, request: Any, view: Any) -> bool:
        """Whether the request may pass; if so, it is counted."""
        return _ALLOW.run(self, SimpleRateThrottle, request, view)  # type: ignore[no-any-return]

    async def aallow_request(self, request: Any, view: Any) -> bool:
        """The async twin; at most one crossing, and none where the cache is in this process."""
        return await _ALLOW.arun(self, SimpleRateThrottle, request, view)  # type: ignore[no-any-return]

    def get_cache_key(self, request: Any, view: Any) -> str | None:
        """The key that the request counts for; `None` to let it pass uncounted."""
        return _CACHE_KEY.run(self, SimpleRateThrottle, request, view)  # type: ignore[no-any-return]

    async def aget_cache_key(self, request: Any, view: Any) -> str | None:
        """The async twin of `get_cache_key`."""
        return await _CACHE_KEY.arun(self, SimpleRateThrottle, request, view)  # type: ignore[no-any-return]

    def throttle_success(self) -> bool:
        """Called when the request is within the limit; what it returns is the answer."""
        return _SUCCESS.run(self, SimpleRateThrottle)  # type: ignore[no-any-return]

    async def athrottle_success(self) -> bool:
        """The async twin of `throttle_success`."""
        return await _SUCCESS.arun(self, SimpleRateThrottle)  # type: ignore[no-any-return]

    def throttle_failure(self) -> bool:
        """Called when the request is beyond the limit; what it returns is the answer."""
        return _FAILURE.run(self, SimpleRateThrottle)  # type: ignore[no-any-return]

    async def athrottle_failure(self) -> bool:
        """The async twin of `throttle_failure`."""
        return await _FAILURE.arun(self, SimpleRateThrottle)  # type: ignore[no-any-return]

    def reset(self, request: Any, view: Any) -> None:
        """Forgets what was counted for the client of this request."""
        _RESET.run(self, SimpleRateThrottle, request, view)

    async def areset(self, request: Any, view: Any) -> None:
        """The async twin of `reset`."""
        await _RESET.arun(self, SimpleRateThrottle, request, view)

    def wait(self) -> float | None:
        """Seconds until the next request would pass; `None` where nothing was decided, or none ever will."""
        if self.decision is not None:
            return self.decision.retry_after
        return super().wait() if getattr(self, "history", None) else None

    def get_headers(self) -> dict[str, str]:
        """The fields `RateLimit` and `RateLimit-Policy`, where `rate_limit_headers` asks for them."""
        decision = self.decision
        if not self.rate_limit_headers or decision is None:
            return {}
        name = (self.scope or type(self).__name__).encode("ascii", "replace").decode()
        name = name.replace("\\", "\\\\").replace('"', '\\"')
        return {
            "RateLimit-Policy": f'"{name}";q={decision.limit};w={math.ceil(decision.window)}',
            "RateLimit": f'"{name}";r={decision.remaining};t={math.ceil(decision.reset_after)}',
        }

    def key_for(self, ident: Any) -> str:
        """The cache key of a client, which every cache takes."""
        key: str = self.cache_format % {"scope": self.scope, "ident": ident}
        return key if is_safe(key) else self.cache_format % {"scope": self.scope, "ident": digest(ident)}

    def _the_cache(self) -> Any:
        cache = self.cache
        if isinstance(cache, ConnectionProxy):  # django.core.cache.cache
            return caches[cache.__dict__["_alias"]]
        return caches[cache] if isinstance(cache, str) else cache


def _user_key(throttle: SimpleRateThrottle, request: Any) -> str:
    """The key of a user by primary key, of anybody else by address; the two never meet."""
    user = request.user
    if not user or not user.is_authenticated:
        return throttle.key_for(throttle.get_ident(request))
    is_plain = isinstance(user.pk, int | uuid.UUID)
    return throttle.key_for(user.pk if is_plain else f"user:{user.pk}")


async def _anonymous_key(self: SimpleRateThrottle, io: Work, request: Any, view: Any) -> str | None:
    if request.user and request.user.is_authenticated:
        return None
    return self.key_for(self.get_ident(request))


async def _client_key(self: SimpleRateThrottle, io: Work, request: Any, view: Any) -> str | None:
    return _user_key(self, request)


_ANONYMOUS_KEY = Hook(_anonymous_key, "get_cache_key")
_CLIENT_KEY = Hook(_client_key, "get_cache_key")


class AnonRateThrottle(SimpleRateThrottle, throttling.AnonRateThrottle):
    """Limits unauthenticated requests by the client's address."""

    sync_equivalent = True
    default_faces = True
    scope = "anon"
    _key_hook = _ANONYMOUS_KEY

    def get_cache_key(self, request: Any, view: Any) -> str | None:
        """The key of the address; `None` for authenticated users."""
        return _ANONYMOUS_KEY.run(self, AnonRateThrottle, request, view)  # type: ignore[no-any-return]

    async def aget_cache_key(self, request: Any, view: Any) -> str | None:
        """The async twin, without a crossing."""
        return await _ANONYMOUS_KEY.arun(self, AnonRateThrottle, request, view)  # type: ignore[no-any-return]


class UserRateThrottle(SimpleRateThrottle, throttling.UserRateThrottle):
    """Limits users, and unauthenticated clients by their address."""

    sync_equivalent = True
    default_faces = True
    scope = "user"
    _key_hook = _CLIENT_KEY

    def get_cache_key(self, request: Any, view: Any) -> str | None:
        """The key of the user, or of the address."""
        return _CLIENT_KEY.run(self, UserRateThrottle, request, view)  # type: ignore[no-any-return]

    async def aget_cache_key(self, request: Any, view: Any) -> str | None:
        """The async twin, without a crossing."""
        return await _CLIENT_KEY.arun(self, UserRateThrottle, request, view)  # type: ignore[no-any-return]


class ScopedRateThrottle(SimpleRateThrottle, throttling.ScopedRateThrottle):
    """Limits by the view's scope: `get_throttle_scope()` where the view has it, else `throttle_scope`."""

    sync_equivalent = True
    default_faces = True
    _key_hook = _CLIENT_KEY

    def __init__(self) -> None:
        self.rate = None  # told by the view's scope, which only a request shows

    def prepare(self, view: Any) -> bool:
        """Takes scope and rate from the view; `False` without a scope."""
        get_scope = getattr(view, "get_throttle_scope", None)
        self.scope = get_scope() if callable(get_scope) else getattr(view, self.scope_attr, None)
        if not self.scope:
            return False
        self.rate = self.get_rate()
        self.num_requests, self.duration = self.parse_rate(self.rate)
        return True

    def get_cache_key(self, request: Any, view: Any) -> str | None:
        """The key of the user, or of the address, in the view's scope."""
        return _CLIENT_KEY.run(self, ScopedRateThrottle, request, view)  # type: ignore[no-any-return]

    async def aget_cache_key(self, request: Any, view: Any) -> str | None:
        """The async twin, without a crossing."""
        return await _CLIENT_KEY.arun(self, ScopedRateThrottle, request, view)  # type: ignore[no-any-return]
