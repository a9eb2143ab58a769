"""Shows how event streams learn of new rows of all threads and processes: by a commit, or by one query a second."""

import asyncio
import threading
from collections.abc import AsyncGenerator
from contextlib import suppress
from contextvars import Context

from django.db import connection

from demo.world.models import Change
from restflow.core import in_thread

INTERVAL = 1.0
"""Seconds between two looks for what other processes have written."""
MOST = 1000
"""A listener that lags by more lines is told to start over."""


class Behind(Exception):  # noqa: N818  # a turn of events rather than an error
    """The listener has missed too much; `latest` is the id to go on from."""

    def __init__(self, latest: int) -> None:
        super().__init__(latest)
        self.latest = latest


class Feed:
    """New lines of the log, for any number of listeners at the price of one reader a process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._written: asyncio.Event | None = None
        self._reader: asyncio.Task[None] | None = None
        self._queues: set[asyncio.Queue[list[Change] | None]] = set()

    def wake(self) -> None:
        """Lets the reader look now rather than in a second; called by any thread, after a commit."""
        with self._lock:
            if self._loop is not None and self._written is not None and not self._loop.is_closed():
                self._loop.call_soon_threadsafe(self._written.set)

    async def lines(self, after: int | None) -> AsyncGenerator[Change, None]:
        """The lines after that id, for as long as the caller listens; `None`: from now on.

        Raises `Behind` where more than a thousand are missing.
        """
        queue: asyncio.Queue[list[Change] | None] = asyncio.Queue(maxsize=MOST)
        latest = await in_thread(_latest)
        seen = latest if after is None else min(max(after, 0), latest)  # an id that is none of ours leads nowhere
        self._join(queue, latest)
        try:
            missed = await in_thread(_read, seen)  # after joining, so that nothing falls between the two
            while True:
                if len(missed) > MOST:
                    raise Behind(await in_thread(_latest))
                for line in missed:
                    if line.pk > seen:
                        seen = line.pk
                        yield line
                batch = await queue.get()
                if batch is None:
                    raise Behind(await in_thread(_latest))
                missed = batch
        finally:
            self._leave(queue)

    def _join(self, queue: "asyncio.Queue[list[Change] | None]", latest: int) -> None:
        with self._lock:
            self._queues.add(queue)
            loop = asyncio.get_running_loop()
            if self._reader is None or self._reader.done() or self._loop is not loop:
                self._loop, self._written = loop, asyncio.Event()
                reading = self._read_on(self._written, latest)
                self._reader = loop.create_task(reading, context=Context())  # it outlives the request that starts it

    def _leave(self, queue: "asyncio.Queue[list[Change] | None]") -> None:
        with self._lock:
            self._queues.discard(queue)
            if not self._queues and self._reader is not None:
                self._reader.cancel()  # nobody listens: no query a second
                self._reader = None

    async def _read_on(self, written: asyncio.Event, seen: int) -> None:
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(written.wait(), INTERVAL)
            written.clear()
            lines = await asyncio.to_thread(_read_and_close, seen)
            if lines:
                seen = lines[-1].pk
                self._hand_out(lines)

    def _hand_out(self, lines: list[Change]) -> None:
        for queue in list(self._queues):
            if queue.full() or len(lines) > MOST:
                while not queue.empty():
                    queue.get_nowait()
                queue.put_nowait(None)
            else:
                queue.put_nowait(lines)


def _latest() -> int:
    return Change.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def _read(after: int) -> list[Change]:
    return list(Change.objects.filter(pk__gt=after).order_by("pk")[: MOST + 1])


def _read_and_close(after: int) -> list[Change]:
    """As `_read`, in a thread that is no request's, and so gives its connection back itself."""
    try:
        return _read(after)
    finally:
        connection.close()


feed = Feed()
"""The process's own."""
