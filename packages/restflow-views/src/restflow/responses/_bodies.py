"""The bodies of streaming responses: iterators of bytes over a source, which they close."""

import asyncio
import logging
from collections.abc import Callable
from time import monotonic
from typing import Any, Protocol

from asgiref.sync import async_to_sync

from restflow.core import in_thread
from restflow.responses._idle import PendingRead, rest
from restflow.responses._sources import Chunks, aclose_source

logger = logging.getLogger("restflow.responses")


class Frames(Protocol):
    """What surrounds the items of a stream. One object a response: it may count."""

    heartbeat: float | None
    """Seconds without an item after which `beat` is sent; `None`: never."""
    rests: bool
    """Whether the request lets its thread and its connections go while it waits."""
    beat: bytes

    def opening(self) -> bytes:
        """What is sent before the source is asked for anything."""

    def item(self, value: Any) -> bytes:
        """One item."""

    def closing(self) -> bytes:
        """What says that the source has ended by itself."""


Serialize = Callable[[list[Any]], list[Any]]


class SyncBody:
    """An iterator of bytes over a sync source, a chunk at a time. It blocks: on a loop, step it in a thread.

    A step ends with its chunk, whose items may say nothing: then it gives no bytes, or a heartbeat that has fallen due.
    """

    def __init__(self, chunks: Chunks, frames: Frames, serialize: Serialize | None) -> None:
        self._chunks = chunks
        self._frames = frames
        self._serialize = serialize
        self._opened = False
        self._ended = False
        self._closed = False
        self._spoke = monotonic()

    def __iter__(self) -> "SyncBody":
        return self

    def __next__(self) -> bytes:
        part = self._step()
        if part:
            self._spoke = monotonic()
        return part

    def _step(self) -> bytes:
        if not self._opened and (opening := self.opening()):
            return opening
        if self._ended:
            raise StopIteration
        items = self._chunks.take()
        if not items:
            self._ended = True
            if closing := self._frames.closing():
                return closing
            raise StopIteration
        if self._serialize is not None:
            items = self._serialize(items)
        return b"".join([self._frames.item(item) for item in items]) or self._beat_that_is_due()

    def _beat_that_is_due(self) -> bytes:
        """The heartbeat, if nothing was sent for its interval."""
        interval = self._frames.heartbeat
        if interval is None or monotonic() - self._spoke < interval:
            return b""
        return self._frames.beat

    def opening(self) -> bytes:
        """What precedes the items, once; it cannot block."""
        if self._opened:
            return b""
        self._opened = True
        return self._frames.opening()

    def close(self) -> None:
        """Closes the source, once; an error of its cleanup is logged."""
        if self._closed:
            return
        self._closed = self._ended = True
        try:
            self._chunks.close()
        except Exception:
            logger.exception("Closing the source of a streaming response failed.")


class AsyncBody:
    """An async iterator of bytes over an async source, read by the task that iterates it."""

    def __init__(self, source: Any, frames: Frames, serialize: Serialize | None) -> None:
        self._source = source
        self._frames = frames
        self._serialize = serialize
        self._iterator: Any = None
        self._pending: PendingRead | None = None
        self._opened = False
        self._ended = False
        self._closed = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closing: asyncio.Task[None] | None = None

    def __aiter__(self) -> "AsyncBody":
        return self

    async def __anext__(self) -> bytes:
        frames = self._frames
        if not self._opened:
            self._opened = True
            if opening := frames.opening():
                return opening
        while not self._ended:
            if self._iterator is None:
                self._loop = asyncio.get_running_loop()
                if frames.rests:
                    await rest()
                self._iterator = aiter(self._source)
            try:
                if frames.heartbeat is None:
                    value = await anext(self._iterator)
                else:
                    read = self._pending or PendingRead(anext(self._iterator))
                    self._pending = None
                    came, value = await read.within(frames.heartbeat)
                    if not came:
                        self._pending = read
                        try:
                            await rest()
                        except asyncio.CancelledError as error:
                            read.interrupt(error)
                            continue
                        return frames.beat
            except StopAsyncIteration:
                await self.aclose()
                if closing := frames.closing():
                    return closing
                break
            part = await in_thread(self._serialized, value) if self._serialize is not None else frames.item(value)
            if part:
                return part
        raise StopAsyncIteration

    def _serialized(self, value: Any) -> bytes:
        assert self._serialize is not None
        (data,) = self._serialize([value])
        return self._frames.item(data)

    async def aclose(self) -> None:
        """Closes the source, once; an error of its cleanup is logged."""
        if self._closed:
            return
        self._closed = self._ended = True
        try:
            if self._pending is not None:
                await self._pending.cancel()
            await aclose_source(self._source, self._iterator)
        except Exception:
            logger.exception("Closing the source of a streaming response failed.")

    def close(self) -> None:
        """The same from sync code, in any thread; it never waits for a loop that may be waiting for it."""
        if self._closed:
            return
        try:
            running = asyncio.get_running_loop()
        except RuntimeError:
            running = None
        reading = self._loop if self._loop is not None and not self._loop.is_closed() else None
        if reading is not None and reading is not running and reading.is_running():
            reading.call_soon_threadsafe(self._close_soon, reading)
        elif running is not None:
            self._close_soon(running)
        else:
            async_to_sync(self.aclose)()

    def _close_soon(self, loop: asyncio.AbstractEventLoop) -> None:
        self._closing = loop.create_task(self.aclose())
