"""An async stream under WSGI: read step by step, on an event loop in a thread of its own."""

import asyncio
import contextvars
import logging
import queue
import threading
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from asgiref.sync import ThreadSensitiveContext
from django.db import connections

logger = logging.getLogger("restflow.responses")

_warned = threading.Event()


def warn_once() -> None:
    """Says, once a process, what an async stream costs here."""
    if not _warned.is_set():
        _warned.set()
        logger.warning(
            "An async stream is served under WSGI: it occupies a worker and a thread for as long as it lasts. "
            "Serve streams without an end under ASGI."
        )


class LoopThread:
    """A sync iterator over an async one. The loop starts with the first item, and is one item ahead at most.

    `close()` cancels what runs, closes the iterator in the task that read it, and ends the loop, its threads and the
    database connections that they opened. It may be called from the loop's own thread, which it does not wait for.
    """

    def __init__(self, iterator: AsyncIterator[bytes]) -> None:
        self._iterator: Any = iterator
        self._parts: queue.SimpleQueue[tuple[str, Any]] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wanted: asyncio.Event | None = None
        self._task: asyncio.Task[Any] | None = None
        self._ready = threading.Event()
        self._done = False

    def __iter__(self) -> "LoopThread":
        return self

    def __next__(self) -> bytes:
        if self._done:
            raise StopIteration
        if self._thread is None:
            context = contextvars.copy_context()
            self._thread = threading.Thread(target=context.run, args=(self._run,), name="restflow-stream", daemon=True)
            self._thread.start()
        else:
            self._tell("want")
        kind, value = self._parts.get()
        if kind == "part":
            return value  # type: ignore[no-any-return]
        self._done = True
        self._thread.join()
        if kind == "error":
            raise value
        raise StopIteration

    def close(self) -> None:
        """Ends the loop and waits for that; a loop that never started has nothing to end."""
        if self._thread is None or not self._thread.is_alive() or threading.current_thread() is self._thread:
            return
        self._done = True
        self._ready.wait()
        self._tell("cancel")
        self._thread.join()

    def _tell(self, what: str) -> None:
        if self._loop is None or self._wanted is None or self._task is None:
            return  # it has failed to start
        try:
            self._loop.call_soon_threadsafe(self._wanted.set if what == "want" else self._task.cancel)
        except RuntimeError:
            return  # it has ended by itself

    def _run(self) -> None:
        result: tuple[str, Any] = ("end", None)
        try:
            with ThreadPoolExecutor(max_workers=1, thread_name_prefix="restflow-stream") as executor:
                try:
                    asyncio.run(self._read(executor))
                finally:
                    executor.submit(connections.close_all).result()
            connections.close_all()
        except asyncio.CancelledError:
            pass  # closed
        except BaseException as error:
            result = ("error", error)
        finally:
            self._ready.set()
            self._parts.put(result)

    async def _read(self, executor: ThreadPoolExecutor) -> None:
        self._loop = asyncio.get_running_loop()
        self._wanted = asyncio.Event()
        self._task = asyncio.current_task()
        self._ready.set()
        async with ThreadSensitiveContext(executor=executor):
            try:
                async for part in self._iterator:
                    self._parts.put(("part", part))
                    await self._wanted.wait()
                    self._wanted.clear()
            finally:
                if (aclose := getattr(self._iterator, "aclose", None)) is not None:
                    await aclose()
