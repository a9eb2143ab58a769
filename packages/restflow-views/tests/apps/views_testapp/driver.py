"""An ASGI server that does as it is told: it hands messages over one by one, and disconnects when asked to."""

import asyncio
from typing import Any

from django.core.handlers.asgi import ASGIHandler
from django.http import StreamingHttpResponse
from django.urls import path


class Handler(ASGIHandler):
    """Django's, which leaves the request's body open where a response fails half-way."""

    body_file: Any = None

    async def read_body(self, receive: Any) -> Any:
        self.body_file = await super().read_body(receive)
        return self.body_file

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            if self.body_file is not None:
                self.body_file.close()


class Exchange:
    """One request to an application, Django's by default; with `hold`, each message waits until it is taken."""

    def __init__(
        self, url: str = "/", *, method: str = "GET", headers: Any = (), body: bytes = b"", hold: bool = False
    ):
        self.scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": url,
            "raw_path": url.encode(),
            "query_string": b"",
            "root_path": "",
            "headers": [(b"host", b"testserver"), (b"content-length", b"%d" % len(body)), *headers],
            "client": ("127.0.0.1", 1),
            "server": ("testserver", 80),
        }
        self.body = body
        self.hold = hold
        self.messages: list[dict[str, Any]] = []
        self._arrived: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._taken = asyncio.Semaphore(0)
        self._gone = asyncio.Event()
        self._asked = False
        self.task: asyncio.Task[None] | None = None

    def start(self, application: Any = None) -> "Exchange":
        self.task = asyncio.create_task((application or Handler())(self.scope, self._receive, self._send))
        return self

    async def _receive(self) -> dict[str, Any]:
        if not self._asked:
            self._asked = True
            return {"type": "http.request", "body": self.body, "more_body": False}
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: dict[str, Any]) -> None:
        self.messages.append(message)
        self._arrived.put_nowait(message)
        if self.hold:
            await self._taken.acquire()

    async def message(self) -> dict[str, Any]:
        """The next message; fails if the application ends without one."""
        assert self.task is not None
        arrived = asyncio.ensure_future(self._arrived.get())
        await asyncio.wait([arrived, self.task], return_when=asyncio.FIRST_COMPLETED, timeout=20)
        if not arrived.done() and self._arrived.empty():
            arrived.cancel()
            raise AssertionError(f"No message came: {self.task!r}")
        message = await arrived
        self._taken.release()
        return message

    async def chunk(self) -> bytes:
        """The next piece of the body."""
        message = await self.message()
        if message["type"] == "http.response.start":
            message = await self.message()
        return message.get("body", b"")

    async def arrived(self, body: bytes) -> None:
        """Waits until that piece is being sent; with `hold`, it stays being sent."""
        while (await self._arrived.get()).get("body") != body:
            pass

    def disconnect(self) -> None:
        self._gone.set()

    async def finish(self) -> "Exchange":
        """Waits for the application; raises what it raises."""
        assert self.task is not None
        self.hold = False
        for _ in range(10_000):
            self._taken.release()
        await asyncio.wait_for(asyncio.shield(self.task), 20)
        return self

    @property
    def status(self) -> int:
        return self.messages[0]["status"]

    @property
    def headers(self) -> dict[str, str]:
        return {name.decode().lower(): value.decode() for name, value in self.messages[0]["headers"]}

    @property
    def chunks(self) -> list[bytes]:
        return [m["body"] for m in self.messages[1:] if m.get("body")]

    @property
    def content(self) -> bytes:
        return b"".join(self.chunks)

    @property
    def complete(self) -> bool:
        """Whether the last message of a body was sent."""
        last = self.messages[-1] if self.messages else {"type": None}
        return last["type"] == "http.response.body" and not last.get("more_body", False)


class Routes:
    """A URLconf object with one view, for `override_settings(ROOT_URLCONF=...)`."""

    def __init__(self, view: Any, route: str = "") -> None:
        self.urlpatterns = [path(route, view)]


def streaming(make: Any) -> Any:
    """A plain async Django view that answers with the response that `make()` makes."""

    async def view(request: Any) -> StreamingHttpResponse:
        return make()

    return view
