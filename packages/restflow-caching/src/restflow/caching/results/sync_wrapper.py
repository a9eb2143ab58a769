"""Cached sync functions."""

from typing import Any

from django.core.cache import caches

from restflow.caching import stats
from restflow.caching.results import _flows
from restflow.caching.results._call import NOWHERE, Call
from restflow.caching.results._flows import First
from restflow.caching.results.status import CacheStatus, Outcome, metadata
from restflow.caching.results.wrapper import CachedWrapper, P, R, entry_metadata
from restflow.caching.storage._doors import SyncDoor
from restflow.core import finish, in_thread


class SyncCachedWrapper(CachedWrapper[P, R]):
    """A cached sync function. Its `a`-prefixed methods run the whole call in one crossing."""

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """The cached value; else computes and stores it."""
        address = self._address(self.plan.shape.bind(*args, **kwargs), args, kwargs)
        hit, first = self.look(caches[self.alias], address) if self.may_look() else (None, None)
        if hit is None:
            value: R = self._answered(self.call_class(self, args, kwargs, address), first).value
            return value
        self.told_hit(address.key)
        return hit[0]  # type: ignore[no-any-return]

    def _answered(self, call: Call, first: First | Exception | None = None) -> Outcome:
        door = SyncDoor()
        if isinstance(first, Exception):
            call.backend_failed("read", first)
            return self.told(call, Outcome(finish(call.compute(door)), CacheStatus.BYPASS))
        return self.told(call, finish(self.answer(door, call) if first is None else _flows.fetch(door, call, first)))

    def get_with_metadata(self, *args: P.args, **kwargs: P.kwargs) -> tuple[R, dict[str, Any]]:
        """The same as a call, as `(value, metadata)`."""
        call = self.new_call(args, kwargs)
        outcome = self._answered(call)
        return outcome.value, metadata(outcome.status, call.address.key, outcome.entry)

    def refresh(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Runs the function and replaces the entry."""
        call = self.new_call(args, kwargs)
        value: R = self.told(call, finish(_flows.refresh(SyncDoor(), call))).value
        return value

    def bypass_cache(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Runs the function, and touches no cache."""
        call = Call(self, args, kwargs, NOWHERE)
        stats.count(self, "bypass")
        value: R = finish(SyncDoor().call(self.func, call.args, call.kwargs))
        return value

    def get_cache_only(self, *args: P.args, **kwargs: P.kwargs) -> Any:
        """The cached value or `CACHE_MISSING`; never runs the function. A stale value counts."""
        return finish(self.looked_up(SyncDoor(), self.new_call(args, kwargs))).value

    def get_cached_metadata(self, *args: P.args, **kwargs: P.kwargs) -> dict[str, Any] | None:
        """The metadata of the cached entry, or `None`; never runs the function."""
        call = self.new_call(args, kwargs)
        return entry_metadata(call, finish(self.looked_up(SyncDoor(), call)))

    async def aget_with_metadata(self, *args: P.args, **kwargs: P.kwargs) -> tuple[R, dict[str, Any]]:
        """`get_with_metadata` in one crossing."""
        return await in_thread(self.get_with_metadata, *args, **kwargs)

    async def arefresh(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """`refresh` in one crossing."""
        return await in_thread(self.refresh, *args, **kwargs)

    async def abypass_cache(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """`bypass_cache` in one crossing."""
        return await in_thread(self.bypass_cache, *args, **kwargs)
