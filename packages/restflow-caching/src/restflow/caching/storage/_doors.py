"""The two doors of a cached call: what differs between sync and async, and nothing else."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from restflow.caching.storage import _ops
from restflow.caching.storage._flights import Flight
from restflow.core import finish, in_thread, maybe_await, require_sync

Step = Callable[..., Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Look:
    """A question to the database connections of the call's thread, answered where a step of its I/O runs.

    `possible` tells, from any thread, whether the answer can be anything but `None`: async code that needs no thread
    for its I/O is spared one.
    """

    check: Callable[..., Any]
    args: tuple[Any, ...]
    possible: Callable[[], bool]
    ask: Callable[[Callable[[], Any]], Awaitable[Any]] = in_thread
    """How async code that needs no thread for its I/O reaches the connections' thread."""

    def __call__(self) -> Any:
        """The answer."""
        return self.check(*self.args)


NOTHING_TO_SEE = Look(lambda: None, (), lambda: False)


class SyncDoor:
    """Blocks."""

    loop: asyncio.AbstractEventLoop | None = None

    async def step(self, alias: str, look: Look, step: Step, *args: Any) -> Any:
        """Runs a flow of backend operations: `step(io, cache, seen, *args)`."""
        return await step(_ops.SYNC, _ops.backend(alias), look(), *args)

    async def call(self, func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Runs the user's function."""
        return require_sync(func(*args, **kwargs), "`async def` on the cached function")

    async def predicate(self, func: Callable[..., Any], result: Any, args: tuple[Any, ...], kwargs: Any) -> Any:
        """Runs a `ttl`, `cache_if` or `cache_unless`."""
        return require_sync(func(result, *args, **kwargs), "`async def` on the cached function")

    async def wait(self, flight: Flight, seconds: float) -> None:
        """Waits for another call's computation."""
        flight.wait(seconds)

    async def pause(self, seconds: float) -> None:
        """Sleeps."""
        time.sleep(seconds)  # noqa: ASYNC251 - the sync door has no loop


class AsyncDoor:
    """Never blocks the event loop: in-memory backends are called, native async ones awaited, others crossed to."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()

    async def step(self, alias: str, look: Look, step: Step, *args: Any) -> Any:
        """Runs a flow of backend operations in at most one crossing."""
        cache = _ops.backend(alias)
        memory = _ops.is_memory(cache)
        if memory or _ops.is_native(cache):
            seen = await look.ask(look) if look.possible() else None
            return await step(_ops.SYNC if memory else _ops.ASYNC, cache, seen, *args)
        return await in_thread(_step, alias, look, step, args)

    async def call(self, func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Awaits the user's function."""
        return await func(*args, **kwargs)

    async def predicate(self, func: Callable[..., Any], result: Any, args: tuple[Any, ...], kwargs: Any) -> Any:
        """Runs or awaits a `ttl`, `cache_if` or `cache_unless`."""
        return await maybe_await(func(result, *args, **kwargs))

    async def wait(self, flight: Flight, seconds: float) -> None:
        """Waits for another task's computation."""
        await flight.await_(self.loop, seconds)

    async def pause(self, seconds: float) -> None:
        """Sleeps."""
        await asyncio.sleep(seconds)


def _step(alias: str, look: Look, step: Callable[..., Any], args: tuple[Any, ...]) -> Any:
    return finish(step(_ops.SYNC, _ops.backend(alias), look(), *args))


Door = SyncDoor | AsyncDoor
