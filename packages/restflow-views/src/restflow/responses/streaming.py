"""Streaming responses: what they share, and the two that send rows: a JSON array, and JSON lines."""

import json
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator
from contextlib import aclosing
from typing import Any, ClassVar

from asgiref.sync import async_to_sync
from django.db.models import Model
from django.http import StreamingHttpResponse

from restflow.core import in_thread
from restflow.responses._bodies import AsyncBody, Frames, Serialize, SyncBody
from restflow.responses._idle import close_idle_connections
from restflow.responses._sources import Chunks, Kind, kind_of
from restflow.responses._wsgi import LoopThread, warn_once
from restflow.responses.encoding import item_encoder

Source = Iterable[Any] | AsyncIterable[Any]
Encoder = type[json.JSONEncoder] | None

_END = object()


class StreamingResponse(StreamingHttpResponse):
    """Django's streaming response over any source, which is closed before the response is finished.

    A stream that fails raises the source's error, and does not look complete.
    """

    media_type: ClassVar[str]
    """The content type, unless the caller names one."""
    stream_format: ClassVar[str]
    """How items are framed: `"array"`, `"ndjson"` or `"sse"`."""

    def __init__(
        self, source: Source, frames: Frames, chunk_size: int, serialize: Serialize | None, kwargs: Any
    ) -> None:
        if isinstance(chunk_size, bool) or not isinstance(chunk_size, int) or chunk_size < 1:
            raise ValueError(f"chunk_size is a positive integer, not {chunk_size!r}.")
        kind = kind_of(source, type(self))
        if kind is Kind.ASYNC:
            self._body: AsyncBody | SyncBody = AsyncBody(source, frames, serialize)
        else:
            self._body = SyncBody(Chunks(source, kind, chunk_size), frames, serialize)
        self._frames = frames
        self._claimed = False
        headers = kwargs.get("headers") or {}
        if "content_type" not in kwargs and not any(name.lower() == "content-type" for name in headers):
            kwargs["content_type"] = self.media_type
        super().__init__(self._body, **kwargs)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        content = self._claim()
        try:
            if self.is_async:
                if content is self._body and isinstance(content, AsyncBody):
                    async for part in content:
                        yield part
                else:  # middleware has wrapped it
                    async with aclosing(content):
                        async for part in content:
                            yield self.make_bytes(part)
                return
            if isinstance(content, SyncBody) and (opening := content.opening()):
                yield opening
            if self._frames.rests:
                await in_thread(close_idle_connections)
            while (part := await in_thread(next, content, _END)) is not _END:  # type: ignore[arg-type]
                if part:
                    yield self.make_bytes(part)
        finally:
            await self._aclose()

    def __iter__(self) -> Iterator[bytes]:
        content = self._claim()
        if not self.is_async:
            return self._in_this_thread(content)
        warn_once()
        parts = LoopThread(_wrapped(content, self._body))
        self._resource_closers.insert(0, parts.close)  # type: ignore[attr-defined]
        return self._through_loop(parts)

    def getvalue(self) -> bytes:
        """The whole content."""
        return b"".join(self)

    def _claim(self) -> Any:
        if self._claimed:
            raise RuntimeError(f"{type(self).__name__} can be iterated once.")
        self._claimed = True
        return self._iterator  # type: ignore[attr-defined]

    def _in_this_thread(self, content: Any) -> Iterator[bytes]:
        if self._frames.rests:
            close_idle_connections()
        try:
            yield from filter(None, map(self.make_bytes, content))
        finally:
            self._body.close()

    def _through_loop(self, parts: LoopThread) -> Iterator[bytes]:
        if self._frames.rests:
            close_idle_connections()
        try:
            yield from map(self.make_bytes, parts)
        finally:
            parts.close()

    async def _aclose(self) -> None:
        if isinstance(self._body, AsyncBody):
            await self._body.aclose()
        else:
            await in_thread(self._body.close)


async def _wrapped(content: Any, body: Any) -> AsyncIterator[bytes]:
    """What middleware made of a body; closes both."""
    try:
        async for part in content:
            yield part
    finally:
        if content is not body and (aclose := getattr(content, "aclose", None)) is not None:
            await aclose()
        await body.aclose()


class RowFrames:
    """The frames of rows as JSON."""

    heartbeat: float | None = None
    rests = False
    beat = b""

    def __init__(self, encoder: Encoder, *, flat: bool) -> None:
        self._encode = item_encoder(encoder, flat=flat)

    def opening(self) -> bytes:
        """Nothing."""
        return b""

    def item(self, value: Any) -> bytes:
        """The JSON of a row; a model instance needs a serializer first."""
        if isinstance(value, Model):
            raise TypeError(f"{type(value).__name__} is a model instance: pass serializer_class=, or stream .values().")
        return self._encode(value)

    def closing(self) -> bytes:
        """Nothing."""
        return b""


class ArrayFrames(RowFrames):
    """One JSON array."""

    _separator = b""

    def opening(self) -> bytes:
        """The bracket, before the first item is computed."""
        return b"["

    def item(self, value: Any) -> bytes:
        """An element, with the comma that parts it from the one before."""
        part = self._separator + super().item(value)
        self._separator = b","
        return part

    def closing(self) -> bytes:
        """The bracket that only a complete array has."""
        return b"]"


class LineFrames(RowFrames):
    """A line a row."""

    def item(self, value: Any) -> bytes:
        """One line."""
        return super().item(value) + b"\n"


def serialize_with(serializer_class: Any, context: Any) -> Serialize | None:
    """A function from some objects to the serializer's output for each; `None` without a serializer."""
    if serializer_class is None:
        return None

    def serialize(items: list[Any]) -> list[Any]:
        serializer = serializer_class(items, many=True, context=context or {})
        if getattr(serializer, "has_async_hooks", False):
            return async_to_sync(_adata)(serializer)  # type: ignore[no-any-return]
        return serializer.data  # type: ignore[no-any-return]

    return serialize


async def _adata(serializer: Any) -> Any:
    return await serializer.adata


class StreamingJSONListResponse(StreamingResponse):
    """One JSON array, element by element. Without its closing bracket it was cut short.

    `iterable` is a queryset, which is read `chunk_size` rows at a time, or any sync or async iterable. `encoder` is a
    `json.JSONEncoder` subclass in place of `JSONEncoder`. `serializer_class`, with `context`, serializes the items.
    Further arguments are those of Django's `StreamingHttpResponse`.
    """

    media_type = "application/json"
    stream_format = "array"

    def __init__(
        self,
        iterable: Source,
        /,
        *,
        encoder: Encoder = None,
        serializer_class: Any = None,
        context: dict[str, Any] | None = None,
        chunk_size: int = 500,
        **kwargs: Any,
    ) -> None:
        frames = ArrayFrames(encoder, flat=False)
        super().__init__(iterable, frames, chunk_size, serialize_with(serializer_class, context), kwargs)


class NDJSONResponse(StreamingResponse):
    """One JSON document a line; arguments as those of `StreamingJSONListResponse`.

    An encoder that indents is flattened, and one that puts line breaks elsewhere is refused with `ValueError`.
    """

    media_type = "application/x-ndjson"
    stream_format = "ndjson"

    def __init__(
        self,
        iterable: Source,
        /,
        *,
        encoder: Encoder = None,
        serializer_class: Any = None,
        context: dict[str, Any] | None = None,
        chunk_size: int = 500,
        **kwargs: Any,
    ) -> None:
        frames = LineFrames(encoder, flat=True)
        super().__init__(iterable, frames, chunk_size, serialize_with(serializer_class, context), kwargs)
