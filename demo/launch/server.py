"""The server: uvicorn in this process, on a socket that is open already."""

import socket
from collections.abc import Callable
from contextlib import suppress
from threading import Event, Thread
from typing import Any

import uvicorn

GRACE = 3  # seconds that open responses have to end after Ctrl-C


class Server(uvicorn.Server):
    """uvicorn's server, which calls `started_up` when it answers."""

    def __init__(self, application: Any, started_up: Callable[[], None]) -> None:
        config = uvicorn.Config(
            application,
            log_level="warning",
            ws="none",
            server_header=False,
            proxy_headers=False,  # no proxy in front: the limits would believe X-Forwarded-For, which anybody can send
            timeout_graceful_shutdown=GRACE,
        )
        super().__init__(config)
        self._started_up = started_up

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Starts up, and says so."""
        await super().startup(sockets)
        if not self.should_exit:
            self._started_up()

    def serve_until_stopped(self, listening: socket.socket) -> None:
        """Serves until Ctrl-C, which it takes for what it is: the wish to stop."""
        with suppress(KeyboardInterrupt):  # uvicorn has shut down by then, and hands the signal on
            self.run(sockets=[listening])

    def serve_while(self, listening: socket.socket, work: Callable[[], int]) -> int:
        """Serves in a thread of its own as long as `work` runs here, and returns its result."""
        ready = Event()
        self._started_up = ready.set
        thread = Thread(target=self.run, kwargs={"sockets": [listening]}, name="server")
        thread.start()
        try:
            while not ready.wait(0.1):
                if not thread.is_alive():
                    raise RuntimeError("The server ended before it answered.")
            return work()
        finally:
            self.should_exit = True
            thread.join()


def address_of(listening: socket.socket, host: str) -> str:
    """The site's URL, as a browser on this machine can use it."""
    port = listening.getsockname()[1]
    reachable = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{reachable}:{port}/"
