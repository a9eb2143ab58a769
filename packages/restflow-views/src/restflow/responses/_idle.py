"""A stream that waits: reads that outlast heartbeats, and a request that holds neither connection nor thread."""

import asyncio
import types
from collections.abc import Awaitable, Generator
from contextlib import suppress
from functools import partial
from typing import Any

from asgiref.sync import AsyncToSync, SyncToAsync
from django.db import connections

from restflow.core import in_thread


class PendingRead:
    """One `__anext__()` of a source, stepped by the task that reads the stream and no other.

    So a generator's `async with`, timeouts and context variables belong to the request's task, as without heartbeats.
    """

    def __init__(self, read: Awaitable[Any]) -> None:
        self._steps: Any = read.__await__()
        self._future: Any = None  # what the source waits for
        self._error: BaseException | None = None  # to be thrown into the source at its next step

    @types.coroutine
    def within(self, seconds: float | None) -> Generator[Any, Any, tuple[bool, Any]]:
        """`(True, item)`, or `(False, None)` if none came in time: then call it again, the read goes on."""
        while True:
            if self._future is None:
                ended, value = self._step()
                if ended:
                    return True, value
                if self._future is None:
                    try:
                        yield value  # sleep(0), or an awaitable of another kind than asyncio's
                    except BaseException as error:
                        self._error = error
            elif (yield from self._wait(seconds)):
                self._future = None
            else:
                return False, None

    def _step(self) -> tuple[bool, Any]:
        """Runs the source to its end, or to the next thing that it waits for."""
        error, self._error = self._error, None
        try:
            signal = self._steps.send(None) if error is None else self._steps.throw(error)
        except StopIteration as stop:
            return True, stop.value
        if getattr(signal, "_asyncio_future_blocking", None):
            # asyncio's protocol between a future and its task, spoken here in the task's place
            signal._asyncio_future_blocking = False
            self._future = signal
        return False, signal

    def _wait(self, seconds: float | None) -> Generator[Any, Any, bool]:
        """Whether what the source waits for is done in time. Cancelling this wait cancels that, as a task would."""
        future = self._future
        loop = asyncio.get_running_loop()
        while True:
            woken = loop.create_future()
            wake = partial(_wake, woken)
            future.add_done_callback(wake)
            timer = loop.call_later(seconds, wake) if seconds is not None else None
            try:
                yield from woken
            except asyncio.CancelledError as error:
                if not future.cancel():
                    self._error = error
                    return True
                seconds = None  # it ends by itself now
            else:
                return bool(future.done())
            finally:
                future.remove_done_callback(wake)
                if timer is not None:
                    timer.cancel()

    def interrupt(self, error: asyncio.CancelledError) -> None:
        """Tells the source, at its next step, of a cancellation that came between two waits for it.

        It may be the source's own: a timeout in it cancels the task that reads, wherever that is at the time.
        """
        if self._future is None or not self._future.cancel():
            self._future = None
            self._error = error

    async def cancel(self) -> None:
        """Ends a read that is no longer wanted, as if the task that reads had been cancelled; its errors are raised."""
        if self._future is not None and not self._future.cancel():
            self._future = None
        if self._future is None:
            self._error = asyncio.CancelledError()
        with suppress(asyncio.CancelledError, StopAsyncIteration):
            await self.within(None)


def _wake(woken: asyncio.Future[None], *_: Any) -> None:
    if not woken.done():
        woken.set_result(None)


def close_idle_connections() -> None:
    """Closes this thread's database connections but those in a transaction; a pool gets its own back."""
    for connection in connections.all(initialized_only=True):
        if not connection.in_atomic_block:
            connection.close()


async def rest() -> None:
    """Lets the request's thread and its connections go, until the next sync work asks for them."""
    under_sync_code = getattr(AsyncToSync.executors, "current", None) is not None
    context = None if under_sync_code else SyncToAsync.thread_sensitive_context.get(None)
    executors = SyncToAsync.context_to_thread_executor
    if context is not None and context not in executors:
        return  # no thread, hence no connection
    await in_thread(close_idle_connections)
    if context is not None and getattr(context, "_executor", None) is None:  # asgiref's own, not one given to it
        executors.pop(context).shutdown(wait=False)
