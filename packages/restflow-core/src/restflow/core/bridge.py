"""The bridge between sync and async code: crossings, refusals, and flows that are written once for both.

A *crossing* is one call that moves work from the event loop to a worker thread, that is, one call of an asgiref
`SyncToAsync` object. A *flow* is an `async def` that does its I/O through an `io` object; `SyncIO` and `AsyncIO` are
the two, and `finish` is the sync door.
"""

import asyncio
import functools
import inspect
from collections.abc import Awaitable, Callable, Coroutine
from types import FunctionType, MethodType
from typing import Any, ParamSpec, TypeVar

from asgiref.sync import async_to_sync, iscoroutinefunction, sync_to_async

P = ParamSpec("P")
T = TypeVar("T")


async def maybe_await(value: Any) -> Any:
    """Awaits an awaitable, and returns anything else as it is."""
    return await value if inspect.isawaitable(value) else value


def _dispose(awaitable: Any) -> None:
    """Ends an awaitable that nobody will await, so that it neither warns nor goes on working."""
    if isinstance(awaitable, asyncio.Future):  # a Task is one
        loop = awaitable.get_loop()
        if _running_loop() is loop or not loop.is_running():
            awaitable.cancel()
        else:  # futures belong to their loop's thread
            loop.call_soon_threadsafe(awaitable.cancel)
    elif (close := getattr(awaitable, "close", None)) is not None:
        close()


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def require_sync(value: T, async_alternative: str) -> T:
    """Returns a value that is not awaitable.

    An awaitable is closed (a task or future is cancelled), and `TypeError` names `async_alternative`.
    """
    if not inspect.isawaitable(value):
        return value
    kind = type(value).__name__
    _dispose(value)
    raise TypeError(f"Sync code got an awaitable ({kind}) where a value was expected; use {async_alternative} instead.")


def run_sync(value: Any) -> Any:
    """Returns a value that is not awaitable; runs an awaitable to its end through `async_to_sync`.

    In a thread whose event loop is running that would dead-lock: there the awaitable is closed, and `RuntimeError`
    says to await it.
    """
    if not inspect.isawaitable(value):
        return value
    if _running_loop() is not None:
        kind = type(value).__name__
        _dispose(value)
        raise RuntimeError(f"run_sync() was given an awaitable ({kind}) on a running event loop; await it instead.")
    return async_to_sync(maybe_await)(value)


async def in_thread(func: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
    """Runs a sync function in the request's own thread: exactly one crossing.

    Under ASGI that is the thread that other sync code of the request uses, under `async_to_sync` the calling thread,
    so the database connection and open transaction are the same. Context variables go in, and changes come back. If
    the awaiting task is cancelled, `func` still runs to its end in its thread. A coroutine function is refused with
    `TypeError`.
    """
    if is_async_callable(func):
        raise TypeError(f"in_thread() runs sync functions, and {_name(func)} is async; await it instead.")
    return await sync_to_async(func, thread_sensitive=True)(*args, **kwargs)


def _name(func: Any) -> str:
    return getattr(func, "__qualname__", None) or repr(func)


def is_async_callable(obj: object) -> bool:
    """Whether calling `obj` gives a coroutine, as far as can be told without calling it.

    True for coroutine functions, bound methods of them, `functools.partial` and `functools.wraps` wrappers around
    them, objects with an async `__call__`, and callables marked with `asgiref.sync.markcoroutinefunction`. False for
    classes and for anything that is not callable.
    """
    function = obj.__func__ if isinstance(obj, MethodType) else obj
    if isinstance(function, FunctionType) and not function.__dict__:  # the common case: neither marked nor a wrapper
        return bool(function.__code__.co_flags & inspect.CO_COROUTINE)
    if isinstance(obj, type) or not callable(obj):
        return False
    seen: set[int] = set()
    candidate: Any = obj
    while id(candidate) not in seen:
        seen.add(id(candidate))
        if iscoroutinefunction(candidate):
            return True
        if isinstance(candidate, functools.partial):
            candidate = candidate.func
        elif (wrapped := inspect.getattr_static(candidate, "__wrapped__", None)) is not None:
            candidate = wrapped
        elif inspect.ismethod(candidate):
            candidate = candidate.__func__
        elif callable(candidate) and not inspect.isroutine(candidate):
            candidate = type(candidate).__call__
    return False


class SyncIO:
    """The I/O of a flow's sync door."""

    __slots__ = ()

    async def call(
        self, sync: Callable[..., T], aio: Callable[..., Awaitable[T]] | None = None, /, *args: Any, **kwargs: Any
    ) -> T:
        """Calls `sync`; it never suspends."""
        return sync(*args, **kwargs)


class AsyncIO:
    """The I/O of a flow's async door."""

    __slots__ = ()

    async def call(
        self, sync: Callable[..., T], aio: Callable[..., Awaitable[T]] | None = None, /, *args: Any, **kwargs: Any
    ) -> T:
        """Awaits `aio` if it is given, else runs `sync` through `in_thread`."""
        if aio is not None:
            return await aio(*args, **kwargs)
        return await in_thread(sync, *args, **kwargs)


def finish(flow: Coroutine[Any, Any, T]) -> T:
    """Drives a flow that awaits nothing but `SyncIO` to its end, without an event loop.

    A flow that really suspends is closed, and `TypeError` says so.
    """
    try:
        flow.send(None)
    except StopIteration as stop:
        value: T = stop.value
        return value
    finally:
        flow.close()
    raise TypeError(f"{_name(flow)} really waited, where only SyncIO was expected; call its a-prefixed twin.")
