"""Async faces under the sync name (`async def has_permission`), as adrf spells them, made a pair at class creation.

REST framework's own views take a coroutine for a yes. So the coroutine function becomes the async face, and the sync
name a method that runs it to its end, or, on a running event loop, gives what can be awaited and nothing else.
"""

import asyncio
from collections.abc import Callable, Generator
from typing import Any

from asgiref.sync import async_to_sync

from restflow.core import is_async_callable


class Awaitable:
    """The answer of an async face, on a thread whose event loop is running: to be awaited, and never truthy."""

    def __init__(self, method: Callable[..., Any], twin: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self._call = (method, args, kwargs)
        self._twin = twin

    def __await__(self) -> Generator[Any, Any, Any]:
        method, args, kwargs = self._call
        return method(*args, **kwargs).__await__()  # type: ignore[no-any-return]

    def __bool__(self) -> bool:
        raise RuntimeError(f"{self._twin} is async and was called by sync code on a running event loop; await it.")


def pair_spellings(cls: type, pairs: tuple[tuple[str, str], ...]) -> None:
    """Gives both names to each async face of `cls` that has the sync one, be it inherited from a plain mixin."""
    for name, aname in pairs:
        definer = next((klass for klass in cls.__mro__ if name in klass.__dict__ or aname in klass.__dict__), cls)
        if not is_async_callable(definer.__dict__.get(name)):
            continue
        method = getattr(cls, aname) if aname in definer.__dict__ else getattr(cls, name)
        setattr(cls, aname, method)
        setattr(cls, name, _sync_door(method, aname))


def _sync_door(method: Callable[..., Any], aname: str) -> Callable[..., Any]:
    def sync_door(self: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return async_to_sync(method)(self, *args, **kwargs)
        return Awaitable(method, f"{type(self).__qualname__}.{aname}", (self, *args), kwargs)

    sync_door.__doc__ = method.__doc__
    return sync_door
