"""Cached handlers: rendered responses, kept apart by everything that may make them differ."""

import logging
import sys
from collections.abc import Callable
from functools import cached_property
from typing import Any

from django.core.cache import caches
from django.core.cache.backends.base import BaseCache

from restflow.caching.errors import CacheConfigError
from restflow.caching.hashing import DIGITS, hash_string
from restflow.caching.keys._address import Address
from restflow.caching.keys.constructor import KeyConstructor
from restflow.caching.keys.requests import find_request
from restflow.caching.responses import _policy, _variant
from restflow.caching.responses._call import ResponseCall
from restflow.caching.results import _flows
from restflow.caching.results._bound import AsyncBound, Bound
from restflow.caching.results._call import Call
from restflow.caching.results._flows import First
from restflow.caching.results.async_wrapper import AsyncCachedWrapper
from restflow.caching.results.options import CacheOptions
from restflow.caching.results.status import CacheStatus, Outcome, metadata, set_response_cache_header
from restflow.caching.results.sync_wrapper import SyncCachedWrapper
from restflow.caching.results.wrapper import CachedWrapper
from restflow.caching.storage import _ops
from restflow.caching.storage._doors import AsyncDoor, Door
from restflow.caching.storage._entries import unpacked
from restflow.caching.storage._wipes import Wipe
from restflow.caching.storage.serializers import PickleSerializer

logger = logging.getLogger("restflow.caching")


class CachedResponseWrapper(CachedWrapper[..., Any]):
    """What `cache_response` makes of a handler; the surface of `CachedWrapper`.

    Its methods take the call's arguments, `(view, request, **url_kwargs)` or `(request, ...)`.
    """

    is_response = True
    call_class = ResponseCall

    def __init__(
        self,
        func: Callable[..., Any],
        constructor: KeyConstructor,
        options: CacheOptions,
        *,
        set_cache_headers: bool,
        public: bool,
        statuses: tuple[int, ...],
        vary_headers: tuple[str, ...],
        etag: bool,
    ) -> None:
        self.set_cache_headers = set_cache_headers
        """Whether answers tell their cache status in headers."""
        self.public = public
        self.statuses = statuses
        self.vary_headers = vary_headers
        self.etag = etag
        """Whether stored answers get an `ETag`."""
        self._refusals: set[str] = set()
        super().__init__(func, constructor, options)
        shape = self.plan.shape
        named = "request" in shape.index and shape.var_positional != "request"
        self._request_position = shape.index["request"] if named else sys.maxsize

    def __set_name__(self, owner: type, name: str) -> None:
        if name in ("dispatch", "as_view"):
            raise CacheConfigError(
                f"{owner.__module__}.{owner.__qualname__}.{name}: cache_response belongs on a handler (get, list, "
                f"retrieve, ...), where authentication, permissions and throttles have run before it answers."
            )

    def decode(self, data: bytes) -> Any:
        """A new response."""
        return _policy.unpacked(PickleSerializer.loads(data))

    def view_and_request(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, Any]:
        """The view instance, if there is one, and the request of a call."""
        position = self._request_position
        request = args[position] if position < len(args) else find_request(self.func, args, kwargs)
        first = args[0] if args else None
        if request is None and first is not None and hasattr(first, "META"):
            request = first
        if request is None:
            raise TypeError(f"{self.path} is called without a request.")
        if first is not request:
            return first, request
        return (getattr(request, "parser_context", None) or {}).get("view"), request  # beneath @api_view

    def base_address(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Address:
        """The address of all variants of a call: its mark is theirs."""
        return self._base_address(self.plan.shape.bind(*args, **kwargs), args, kwargs)

    @cached_property
    def _base_address(self) -> Callable[[tuple[Any, ...], tuple[Any, ...], dict[str, Any]], Address]:
        return self.plan.address_with(self._own_key if self._own_texts else None, mark=True)

    def get_cache_key(self, *args: Any, **kwargs: Any) -> str:
        """The key text of a request's answer, without any I/O."""
        return self.address(args, kwargs).key

    def address(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Address:
        """The address of one request's answer."""
        view, request = self.view_and_request(args, kwargs)
        return self.variant_address(args, kwargs, view, request, self._identity(request))

    def _identity(self, request: Any) -> str:
        return "" if self.public else _variant.identity_of(request)

    async def _aidentity(self, request: Any) -> str:
        return "" if self.public else await _variant.aidentity_of(request)

    def variant_address(
        self, args: tuple[Any, ...], kwargs: dict[str, Any], view: Any, request: Any, identity: str
    ) -> Address:
        """The address of the answer to one identity."""
        base = self.base_address(args, kwargs)
        variant = _variant.variant_of(view, request, identity, self.vary_headers)
        key = self.plan.fitted(f"{base.key}::{hash_string(variant)[:DIGITS]}")
        return base._replace(key=key)

    def response_call(
        self, args: tuple[Any, ...], kwargs: dict[str, Any], view: Any, request: Any, identity: str
    ) -> ResponseCall:
        """A call with its address."""
        call = ResponseCall(self, args, kwargs, self.variant_address(args, kwargs, view, request, identity))
        call.view, call.request, call.anonymous = view, request, not identity.startswith("user:")
        return call

    def new_call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Call:
        """A call of the methods that look, renew or delete."""
        view, request = self.view_and_request(args, kwargs)
        return self.response_call(args, kwargs, view, request, self._identity(request))

    def wipe_of_entry(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Wipe:
        """The wipe of every variant of a call."""
        base = self.base_address(args, kwargs)
        return Wipe(self, marks=base.tokens[-1:], partitions=(dict(kwargs),))

    def log_refusal(self, reason: str) -> None:
        """Tells once for each reason why answers are not stored."""
        if reason not in self._refusals:
            self._refusals.add(reason)
            logger.debug("An answer of %s is not cached: %s.", self.path, reason)

    @staticmethod
    def is_cacheable(request: Any) -> bool:
        """Whether the method may be answered from the cache."""
        return request.method in ("GET", "HEAD")

    def finished(self, call: ResponseCall, outcome: Outcome) -> Any:
        """The answer of an outcome: its headers, and `304` where the client has it already."""
        response = outcome.value
        http = _variant.plain(call.request)
        answer = response
        if not getattr(response, "streaming", False) and outcome.entry is not None and self.etag:
            answer = _policy.conditional(http, response)
        if self.set_cache_headers:
            set_response_cache_header(answer, metadata(outcome.status, call.address.key, outcome.entry))
        return answer

    def uncached(self, response: Any) -> Any:
        """An answer for which the cache was not consulted."""
        if self.set_cache_headers:
            set_response_cache_header(response, {"cache_status": CacheStatus.BYPASS})
        return response

    async def answer(self, door: Door, call: Call) -> Outcome:
        """The answer through the cache; a stale one is replaced in the foreground by one request at a time."""
        if not self.is_bypassed() and call.request.method == "HEAD":  # type: ignore[attr-defined]
            # answered from the entry of GET, and never stored
            found = await _flows.look_up(door, call)
            return found if found.entry is not None else Outcome(await call.compute(door), CacheStatus.MISS)
        return await super().answer(door, call)

    def hit(self, call: ResponseCall, cache: BaseCache) -> tuple[Outcome | None, First | Exception | None]:
        """A fresh entry by the shortest way, or what was found; for requests that may be answered so."""
        if call.request.method != "GET" or not self.may_look():
            return None, None
        hit, first = self.look(cache, call.address)
        if hit is None:
            return None, first
        self.told_hit(call.address.key)
        return Outcome(hit[0], CacheStatus.HIT, unpacked(hit[1])), None


class SyncCachedResponseWrapper(CachedResponseWrapper, SyncCachedWrapper[..., Any]):
    """A cached sync handler."""

    bound_class = Bound

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The cached answer; else runs the handler, and stores its answer where it may."""
        view, request = self.view_and_request(args, kwargs)
        if not self.is_cacheable(request):
            return self.func(*args, **kwargs)
        try:
            call = self.response_call(args, kwargs, view, request, self._identity(request))
        except _variant.Uncacheable as reason:
            self.log_refusal(str(reason))
            return self.uncached(self.func(*args, **kwargs))
        outcome, first = self.hit(call, caches[self.alias])
        return self.finished(call, outcome or self._answered(call, first))


class AsyncCachedResponseWrapper(CachedResponseWrapper, AsyncCachedWrapper[..., Any]):
    """A cached async handler."""

    bound_class = AsyncBound

    async def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The cached answer; else awaits the handler, and stores its answer where it may."""
        view, request = self.view_and_request(args, kwargs)
        if not self.is_cacheable(request):
            return await self.func(*args, **kwargs)
        try:
            call = self.response_call(args, kwargs, view, request, await self._aidentity(request))
        except _variant.Uncacheable as reason:
            self.log_refusal(str(reason))
            return self.uncached(await self.func(*args, **kwargs))
        cache = caches[self.alias]
        outcome, first = self.hit(call, cache) if _ops.is_memory(cache) else (None, None)
        return self.finished(call, outcome or await self._answered(call, first))

    async def _answered(self, call: Call, first: First | Exception | None = None) -> Outcome:
        if call.request.method == "HEAD":  # type: ignore[attr-defined]
            return self.told(call, await self.answer(AsyncDoor(), call))
        return await super()._answered(call, first)
