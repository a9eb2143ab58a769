"""Server-Sent Events: the response, its wire format, and where a client that comes back left off.

The format is that of the HTML standard, section "Server-sent events".
"""

import re
from collections.abc import Mapping
from math import isfinite
from typing import Any

from restflow.responses.encoding import item_encoder
from restflow.responses.streaming import Encoder, Source, StreamingResponse

_KEYS = frozenset({"data", "event", "id", "retry", "comment"})
_LINE_END = re.compile(r"\r\n|\r|\n")
_NOT_IN_LINE = "\r\n"
_NOT_IN_ID = "\r\n\0"  # a client ignores an id with NUL
_LONGEST_ID = 1024


class SSEResponse(StreamingResponse):
    """Server-Sent Events, for the browser's `EventSource`.

    An item is the text of an event's data, a mapping of some of `data`, `event`, `id`, `retry` and `comment`, or
    anything else that JSON can encode, which is the data. `retry` tells clients how many milliseconds to wait before
    they reconnect. After `heartbeat` seconds without an item a comment keeps the connection alive; `None` sends none.
    Further arguments are those of Django's `StreamingHttpResponse`.

    While the stream waits it holds no database connection outside a transaction: those that the request has opened are
    closed before the first event is asked for, and with each heartbeat.
    """

    media_type = "text/event-stream"
    stream_format = "sse"

    def __init__(
        self,
        iterable: Source,
        /,
        *,
        encoder: Encoder = None,
        heartbeat: float | None = 15.0,
        retry: int | str | None = None,
        **kwargs: Any,
    ) -> None:
        if heartbeat is not None and not _is_duration(heartbeat):
            raise ValueError(f"heartbeat is a positive number of seconds, or None, not {heartbeat!r}.")
        super().__init__(iterable, EventFrames(encoder, heartbeat, retry), 500, None, kwargs)
        self.headers.setdefault("Cache-Control", "no-cache")
        self.headers.setdefault("X-Accel-Buffering", "no")


def _is_duration(value: Any) -> bool:
    return not isinstance(value, bool) and isinstance(value, int | float) and value > 0 and isfinite(value)


class EventFrames:
    """The wire format of events."""

    rests = True
    beat = b": keep-alive\n\n"

    def __init__(self, encoder: Encoder, heartbeat: float | None, retry: int | str | None) -> None:
        self._encode = item_encoder(encoder, flat=False)
        self.heartbeat = heartbeat
        self._opening = b"" if retry is None else f"retry: {_milliseconds(retry)}\n\n".encode()

    def opening(self) -> bytes:
        """The delay before reconnecting."""
        return self._opening

    def item(self, value: Any) -> bytes:
        """One event."""
        if isinstance(value, str):
            return _event({}, value).encode()
        if not isinstance(value, Mapping):
            return _event({}, self._encode(value).decode()).encode()
        if not value.keys() <= _KEYS:
            unknown = ", ".join(sorted(repr(key) for key in value.keys() - _KEYS))
            raise ValueError(f"An event has no key {unknown}. Put what it tells under 'data'.")
        if "data" not in value:
            return _event(value, None).encode()
        data = value["data"]
        return _event(value, data if isinstance(data, str) else self._encode(data).decode()).encode()

    def closing(self) -> bytes:
        """Nothing: a client that is told nothing reconnects."""
        return b""


def _event(fields: Mapping[Any, Any], data: str | None) -> str:
    """The lines of an event, and the empty one that dispatches it; nothing for an event that says nothing."""
    lines = []
    if (comment := fields.get("comment")) is not None:
        lines += [f": {line}" for line in _LINE_END.split(str(comment))]
    if (event_id := fields.get("id")) is not None:
        lines.append(f"id: {_one_line('id', event_id, _NOT_IN_ID)}")
    if (event := fields.get("event")) is not None:
        lines.append(f"event: {_one_line('event', event, _NOT_IN_LINE)}")
    if (retry := fields.get("retry")) is not None:
        lines.append(f"retry: {_milliseconds(retry)}")
    if data is not None:
        lines += [f"data: {line}" for line in _LINE_END.split(data)]
    elif event is not None:
        lines.append("data:")  # browsers drop an event that has none
    return "\n".join([*lines, "", ""]) if lines else ""


def _one_line(key: str, value: Any, forbidden: str) -> str:
    text = str(value)
    if any(character in text for character in forbidden):
        raise ValueError(f"The {key} of an event is one line of text, not {text!r}.")
    return text


def _milliseconds(value: Any) -> str:
    text = str(value)
    if isinstance(value, bool) or not isinstance(value, int | str) or not (text.isascii() and text.isdigit()):
        raise ValueError(f"retry is a number of milliseconds, not {value!r}.")
    return text


def last_event_id(request: Any) -> str | None:
    """The id of the last event that a returning client has seen: the `Last-Event-ID` header, or `None`.

    `request` is one of REST framework or of Django. The id is client input: compare or parse it, never trust it. One
    that is empty, not UTF-8, longer than 1024 characters, or has a control character, is `None`.
    """
    header = request.META.get("HTTP_LAST_EVENT_ID")
    if not header:
        return None
    try:
        text: str = header.encode("latin-1").decode()  # servers hand headers over as Latin-1
    except UnicodeError:
        return None
    if len(text) > _LONGEST_ID or any(ord(character) < 0x20 or 0x7F <= ord(character) < 0xA0 for character in text):
        return None
    return text
