"""Server-Sent Events, parsed as the HTML standard says (section 9.2.6, interpreting an event stream)."""

import codecs
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class SSEEvent:
    """One event of a stream.

    `id` is the last event id in force: one stays until another comes. `retry` is in milliseconds, where this event
    gives it.
    """

    data: str
    event: str = "message"
    id: str | None = None
    retry: int | None = None

    def json(self) -> Any:
        """The data as JSON."""
        return json.loads(self.data)


_LINE_END = re.compile("\r\n|\n|\r")


class EventParser:
    """Gives the events of a stream that comes in pieces, split anywhere; an event without an end is dropped."""

    def __init__(self) -> None:
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._started = False
        self._rest = ""
        self._id: str | None = None
        self._begin_event()

    def _begin_event(self) -> None:
        self._data: list[str] = []
        self._event = ""
        self._retry: int | None = None

    def feed(self, piece: bytes | str) -> Iterator[SSEEvent]:
        """The events that a piece completes."""
        text = self._decode(piece) if isinstance(piece, bytes) else piece
        if text and not self._started:
            self._started = True
            text = text.removeprefix("\ufeff")
        for line in self._lines(text):
            if line:
                self._read(line)
            elif (event := self._dispatched()) is not None:
                yield event

    def _lines(self, text: str) -> Iterator[str]:
        text = self._rest + text
        start = 0
        for end in _LINE_END.finditer(text):
            if end.group() == "\r" and end.end() == len(text):
                break  # the other half of its CRLF may come with the next piece
            yield text[start : end.start()]
            start = end.end()
        self._rest = text[start:]

    def _read(self, line: str) -> None:
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            self._data.append(value)
        elif name == "event":
            self._event = value
        elif name == "id" and "\0" not in value:
            self._id = value
        elif name == "retry" and value.isascii() and value.isdigit():
            self._retry = int(value)

    def _dispatched(self) -> SSEEvent | None:
        event = None
        if self._data:
            event = SSEEvent("\n".join(self._data), self._event or "message", self._id, self._retry)
        self._begin_event()
        return event
