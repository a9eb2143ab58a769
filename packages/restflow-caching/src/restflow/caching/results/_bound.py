"""A cached method of an instance: the wrapper's surface, with the instance put in front."""

from typing import TYPE_CHECKING, Any

from asgiref.sync import markcoroutinefunction

from restflow.caching.storage._wipes import awipe

if TYPE_CHECKING:
    from restflow.caching.results.wrapper import CachedWrapper

_WITH_INSTANCE = frozenset(
    f"{prefix}{name}"
    for prefix in ("", "a")
    for name in (
        "get_with_metadata",
        "refresh",
        "bypass_cache",
        "get_cache_only",
        "get_cached_metadata",
        "delete_cache",
    )
) | {"get_cache_key"}


class Bound:
    """`service.load` where `load` is cached: `service.load.refresh(1)` is `Service.load.refresh(service, 1)`."""

    def __init__(self, wrapper: "CachedWrapper[..., Any]", instance: Any) -> None:
        self.__wrapped__ = wrapper
        self.__func__ = wrapper
        self.__self__ = instance

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        wrapper: Any = self.__func__
        return wrapper(self.__self__, *args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        wrapper = self.__func__
        found = getattr(wrapper, name)
        if name not in _WITH_INSTANCE:
            return found
        instance = self.__self__

        def bound(*args: Any, **kwargs: Any) -> Any:
            return found(instance, *args, **kwargs)

        bound.__name__ = bound.__qualname__ = name
        bound.__doc__ = found.__doc__
        return bound

    def delete_by_prefix(self, *args: Any, **kwargs: Any) -> None:
        """Wipes by this instance, where it is in the partition, and the given values."""
        wrapper = self.__func__
        wrapper._sync_wipe([wrapper.wipe_of((self.__self__, *args), kwargs, bound=True)])

    async def adelete_by_prefix(self, *args: Any, **kwargs: Any) -> None:
        """`delete_by_prefix` for async code."""
        await awipe([self.__func__.wipe_of((self.__self__, *args), kwargs, bound=True)])

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Bound):
            return NotImplemented
        return self.__func__ is other.__func__ and self.__self__ is other.__self__

    def __hash__(self) -> int:
        return hash((id(self.__func__), id(self.__self__)))

    def __repr__(self) -> str:
        return f"<bound {self.__func__!r}>"


class AsyncBound(Bound):
    """The same for an async method."""

    def __init__(self, wrapper: "CachedWrapper[..., Any]", instance: Any) -> None:
        super().__init__(wrapper, instance)
        markcoroutinefunction(self)
