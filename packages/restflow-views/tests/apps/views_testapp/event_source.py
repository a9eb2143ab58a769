"""What a browser does with an event stream: the parsing steps of the HTML standard, 9.2.6."""

from dataclasses import dataclass


@dataclass
class Event:
    data: str
    type: str
    last_event_id: str


class EventSource:
    """Reads bytes as they come; `events` are those dispatched, `reconnection_time` the last retry."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.reconnection_time: int | None = None
        self.comments: list[str] = []
        self._last_event_id = ""
        self._reset()

    def _reset(self) -> None:
        self._data = ""
        self._type = ""

    def read(self, stream: bytes) -> "EventSource":
        text = stream.decode("utf-8")  # strict: what we send is UTF-8
        text = text.removeprefix("\ufeff")
        for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")[:-1]:
            if line == "":
                self._dispatch()
            elif line.startswith(":"):
                self.comments.append(line[1:].removeprefix(" "))
            else:
                field, _, value = line.partition(":")
                self._process(field, value.removeprefix(" "))
        return self

    def _process(self, field: str, value: str) -> None:
        if field == "event":
            self._type = value
        elif field == "data":
            self._data += value + "\n"
        elif field == "id":
            if "\0" not in value:
                self._last_event_id = value
        elif field == "retry" and value.isascii() and value.isdigit():
            self.reconnection_time = int(value)

    def _dispatch(self) -> None:
        if self._data:
            self.events.append(Event(self._data.removesuffix("\n"), self._type or "message", self._last_event_id))
        self._reset()
