"""Cached async functions."""

import asyncio
import inspect
from collections.abc import Callable
from typing import Any, NoReturn

from asgiref.sync import markcoroutinefunction
from django.core.cache import caches

from restflow.caching import stats
from restflow.caching.keys.constructor import KeyConstructor
from restflow.caching.results import _flows
from restflow.caching.results._bound import AsyncBound
from restflow.caching.results._call import Call
from restflow.caching.results._flows import First
from restflow.caching.results.options import CacheOptions
from restflow.caching.results.status import Outcome, metadata
from restflow.caching.results.wrapper import CachedWrapper, P, R
from restflow.caching.storage import _ops
from restflow.caching.storage._doors import AsyncDoor
from restflow.caching.storage._wipes import Wipe, wipe

_TWINS = {
    name: f"a{name}"
    for name in ("get_with_metadata", "refresh", "bypass_cache", "get_cache_only", "get_cached_metadata")
}


class AsyncCachedWrapper(CachedWrapper[P, R]):
    """A cached async function: calling it gives a coroutine.

    The sync names that may run the function or return a value raise `TypeError`; the sync wipes work in sync code.
    """

    bound_class = AsyncBound

    def __init__(self, func: Callable[P, Any], constructor: KeyConstructor, options: CacheOptions) -> None:
        super().__init__(func, constructor, options)
        markcoroutinefunction(self)

    # `inspect.iscoroutinefunction` looks at these where it knows no marks (before Python 3.12)
    @property
    def __code__(self) -> Any:
        return inspect.unwrap(self.func).__code__

    @property
    def __defaults__(self) -> Any:
        return inspect.unwrap(self.func).__defaults__

    @property
    def __kwdefaults__(self) -> Any:
        return inspect.unwrap(self.func).__kwdefaults__

    async def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """The cached value; else computes and stores it."""
        address = self._address(self.plan.shape.bind(*args, **kwargs), args, kwargs)
        cache = caches[self.alias]
        first = None
        if _ops.is_memory(cache) and self.may_look():
            hit, first = self.look(cache, address)
            if hit is not None:
                self.told_hit(address.key)
                return hit[0]  # type: ignore[no-any-return]
        return (await self._answered(self.call_class(self, args, kwargs, address), first)).value  # type: ignore[no-any-return]

    async def _answered(self, call: Call, first: First | Exception | None = None) -> Outcome:
        door = AsyncDoor()
        if isinstance(first, tuple):
            return self.told(call, await _flows.fetch(door, call, first))
        if self.may_look() and _ops.is_blocking(caches[call.alias]):
            return self.told(call, await _flows.fetch_by_visit(door, call))
        return self.told(call, await self.answer(door, call))

    async def aget_with_metadata(self, *args: P.args, **kwargs: P.kwargs) -> tuple[R, dict[str, Any]]:
        """The same as a call, as `(value, metadata)`."""
        call = self.new_call(args, kwargs)
        outcome = await self._answered(call)
        return outcome.value, metadata(outcome.status, call.address.key, outcome.entry)

    async def arefresh(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Runs the function and replaces the entry."""
        call = self.new_call(args, kwargs)
        value: R = self.told(call, await _flows.refresh(AsyncDoor(), call)).value
        return value

    async def abypass_cache(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Runs the function, and touches no cache."""
        stats.count(self, "bypass")
        value: R = await self.func(*args, **kwargs)
        return value

    def _refuse(self, name: str) -> NoReturn:
        raise TypeError(f"{self.path} is async: await {_TWINS[name]}() instead of calling {name}().")

    def get_with_metadata(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refused: `aget_with_metadata` is the way."""
        self._refuse("get_with_metadata")

    def refresh(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refused: `arefresh` is the way."""
        self._refuse("refresh")

    def bypass_cache(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refused: `abypass_cache` is the way."""
        self._refuse("bypass_cache")

    def get_cache_only(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refused: `aget_cache_only` is the way."""
        self._refuse("get_cache_only")

    def get_cached_metadata(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refused: `aget_cached_metadata` is the way."""
        self._refuse("get_cached_metadata")

    def _sync_wipe(self, wipes: list[Wipe]) -> None:
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            wipe(wipes)
        else:
            raise TypeError(f"{self.path} is async, and an event loop runs here: await the a-prefixed method instead.")
