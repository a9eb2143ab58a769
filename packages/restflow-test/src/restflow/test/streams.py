"""Reading streaming responses piece by piece: events, JSON lines, or the whole body, each with a time limit."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from typing import Any

from django.core.signals import request_finished
from django.db import close_old_connections
from django.http.response import HttpResponseBase

from restflow.core import in_thread
from restflow.test._events import EventParser, SSEEvent

_END: Any = object()


async def aiter_sse(response: Any, *, timeout: float | None = 5.0) -> AsyncGenerator[SSEEvent, None]:  # noqa: ASYNC109
    """The events of a response, one by one.

    `response` is one of the client's, a view's, an `httpx.Response` opened with `stream`, or an async iterable of
    `bytes` or `str`. `TimeoutError` when `timeout` seconds pass without an event (`None`: waits for ever). Closing the
    generator closes the response, as a client does that disconnects.
    """
    parser = EventParser()
    async with _stream(response, timeout, "events") as stream:
        async for piece in stream:
            for event in parser.feed(piece):
                stream.arrived()
                yield event


async def aiter_ndjson(response: Any, *, timeout: float | None = 5.0) -> AsyncGenerator[Any, None]:  # noqa: ASYNC109
    """The values of a response of newline-delimited JSON, one by one; empty lines are skipped.

    Arguments and time limit as in `aiter_sse`. `ValueError` with its number for a line that is no JSON.
    """
    number = 0
    rest = b""
    async with _stream(response, timeout, "lines") as stream:
        async for piece in stream:
            *lines, rest = (rest + _bytes(piece)).split(b"\n")
            for line in lines:
                number += 1
                if line.strip():
                    stream.arrived()
                    yield _json_line(line, number)
        if rest.strip():
            yield _json_line(rest, number + 1)


async def aread(response: Any, *, timeout: float | None = 5.0) -> bytes:  # noqa: ASYNC109
    """The whole body. `TimeoutError` when `timeout` seconds pass without a piece of it."""
    body = b""
    async with _stream(response, timeout, "pieces") as stream:
        async for piece in stream:
            stream.arrived()
            body += _bytes(piece)
    return body


def _bytes(piece: bytes | str) -> bytes:
    return piece.encode() if isinstance(piece, str) else bytes(piece)


def _json_line(line: bytes, number: int) -> Any:
    try:
        return json.loads(line)
    except ValueError as error:
        raise ValueError(f"Line {number} of the response is no JSON: {error}") from error


class _Stream:
    """The pieces of a response, waited for until an item is overdue."""

    def __init__(self, pieces: AsyncIterator[bytes | str], timeout: float | None, what: str) -> None:
        self._pieces = pieces
        self._timeout = timeout
        self._what = what
        self._count = 0
        self._deadline = self._next_deadline()

    def _next_deadline(self) -> float | None:
        return None if self._timeout is None else asyncio.get_running_loop().time() + self._timeout

    def arrived(self) -> None:
        """An item is complete: the wait for the next begins when that is asked for."""
        self._count += 1
        self._deadline = None

    async def __aiter__(self) -> AsyncIterator[bytes | str]:
        while True:
            self._deadline = self._deadline or self._next_deadline()
            try:
                async with asyncio.timeout_at(self._deadline):
                    piece = await anext(self._pieces, _END)
            except TimeoutError:
                raise TimeoutError(
                    f"The stream was silent for {self._timeout} s; {self._count} {self._what} had arrived."
                ) from None
            if piece is _END:
                return
            yield piece


@asynccontextmanager
async def _stream(response: Any, patience: float | None, what: str) -> AsyncIterator[_Stream]:
    async with aclosing(_pieces(response)) as pieces:
        try:
            yield _Stream(pieces, patience, what)
        finally:
            await pieces.aclose()
            await _close(response)


async def _pieces(response: Any) -> AsyncGenerator[bytes | str, None]:
    if isinstance(response, HttpResponseBase):
        source = _django_pieces(response)
    elif hasattr(response, "aiter_bytes"):  # httpx
        source = response.aiter_bytes()
    else:
        source = response
    async for piece in source:
        yield piece


async def _django_pieces(response: Any) -> AsyncIterator[bytes]:
    if not response.streaming:
        if not getattr(response, "is_rendered", True):
            await in_thread(response.render)
        yield response.content
    elif response.is_async:
        async for piece in response.streaming_content:
            yield piece
    else:
        pieces = iter(response.streaming_content)
        while (piece := await in_thread(next, pieces, _END)) is not _END:
            yield piece


async def _close(response: Any) -> None:
    """Closes a response and, outermost first, the iterators that it reads from."""
    for source in (getattr(response, "_iterator", None), getattr(response, "stream_source", None), response):
        aclose: Callable[[], Any] | None = getattr(source, "aclose", None)
        if aclose is not None:
            await aclose()
    if isinstance(response, HttpResponseBase) and response.streaming and not response.closed:
        await in_thread(_end, response)


def _end(response: HttpResponseBase) -> None:
    """Closes a response as Django's test client does: the test's own connections stay open."""
    request_finished.disconnect(close_old_connections)
    try:
        response.close()
    finally:
        request_finished.connect(close_old_connections)
