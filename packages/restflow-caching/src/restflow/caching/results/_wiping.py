"""The wipes of a cached function; the same names for sync and async code."""

from typing import Any

from restflow.caching.keys._address import Address
from restflow.caching.keys._plan import KeyPlan
from restflow.caching.storage._flights import flights
from restflow.caching.storage._wipes import Wipe, awipe, wipe


class Wiping:
    """What `CachedWrapper` has to make entries unservable."""

    plan: KeyPlan
    version: int
    alias: Any

    def address(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Address:
        """Where the entry of a call stands."""
        raise NotImplementedError

    def wipe_of_all(self) -> Wipe:
        """The wipe of every entry."""
        return Wipe(self, tokens=(self.plan.function_token,), partitions=({},))

    def wipe_of(self, args: tuple[Any, ...], kwargs: dict[str, Any], *, bound: bool = False) -> Wipe:
        """The wipe of what agrees with the given values."""
        token = self.plan.doomed(args, kwargs, bound=bound)
        given = {
            **self.plan.shape.given(args, {k: v for k, v in kwargs.items() if self.plan.shape.accepts(k)}),
            **kwargs,
        }
        return Wipe(self, tokens=(token,), partitions=(given,))

    def wipe_of_entry(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Wipe:
        """The wipe of the one entry of a call."""
        address = self.address(args, kwargs)
        if address.marked:
            flights.supersede({(self.alias, self.version, address.key, None)})
            return Wipe(self, marks=address.tokens[-1:], entries=(address.key,), partitions=(dict(kwargs),))
        return Wipe(self, tokens=address.tokens[-1:], partitions=(dict(kwargs),))

    def _sync_wipe(self, wipes: list[Wipe]) -> None:
        wipe(wipes)

    def delete_cache(self, *args: Any, **kwargs: Any) -> None:
        """Drops the one entry of this call; a computation under way is not served either."""
        self._sync_wipe([self.wipe_of_entry(args, kwargs)])

    def delete_by_prefix(self, *args: Any, **kwargs: Any) -> None:
        """Wipes every entry that agrees with the given arguments or partition fields, whatever the others are.

        Only what is given counts, in any subset and by meaning, not type: `1` and `"1"` reach the same entries.
        Without arguments everything of this function. Raises `TypeError` for unknown names.
        """
        self._sync_wipe([self.wipe_of(args, kwargs)])

    def invalidate_all(self) -> None:
        """Wipes everything of this function."""
        self._sync_wipe([self.wipe_of_all()])

    async def adelete_cache(self, *args: Any, **kwargs: Any) -> None:
        """`delete_cache` for async code."""
        await awipe([self.wipe_of_entry(args, kwargs)])

    async def adelete_by_prefix(self, *args: Any, **kwargs: Any) -> None:
        """`delete_by_prefix` for async code."""
        await awipe([self.wipe_of(args, kwargs)])

    async def ainvalidate_all(self) -> None:
        """`invalidate_all` for async code."""
        await awipe([self.wipe_of_all()])
