"""The live server: uvicorn in a thread, on a socket of its own, with the test's databases."""

import asyncio
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from asgiref.sync import ThreadSensitiveContext
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.handlers.asgi import ASGIHandler
from django.db import connections
from django.utils.module_loading import import_string

from restflow.core.asgi import PersistentThreads

try:
    import uvicorn
except ModuleNotFoundError as error:
    raise ImproperlyConfigured(
        'The live server needs uvicorn: pip install "restflow-test[live]".',
    ) from error

START_SECONDS = 10
GRACE_SECONDS = 1
"""How long open requests and streams may go on when the server is told to stop."""
STOP_SECONDS = 5


def application_of(application: Any, *, serve_static: bool) -> Any:
    """The ASGI application that a live server serves. `ImproperlyConfigured` for a path that does not import."""
    application = application or getattr(settings, "ASGI_APPLICATION", None) or ASGIHandler()
    if isinstance(application, str):
        path = application.replace(":", ".")
        try:
            application = import_string(path)
        except ImportError as error:
            raise ImproperlyConfigured(f"The live server's application {path!r} does not import: {error}") from error
    if serve_static and "django.contrib.staticfiles" in settings.INSTALLED_APPS:
        from django.contrib.staticfiles.handlers import ASGIStaticFilesHandler

        application = ASGIStaticFilesHandler(application)
    return application


class ServerThread(threading.Thread):
    """Serves until `terminate()`, with the interface of Django's `LiveServerThread`.

    `connections_override` are connections that cannot be opened a second time, such as those of SQLite in memory: the
    server's sync work then uses these, on one thread. Otherwise it has connections of its own, which it closes.
    """

    def __init__(
        self,
        application: Any,
        *,
        host: str = "localhost",
        port: int = 0,
        lifespan: str = "off",
        connections_override: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(name="restflow-live-server", daemon=True)
        self.host = host
        self.port = port
        self.connections_override = connections_override or {}
        self.is_ready = threading.Event()
        self.error: BaseException | None = None
        self._sharing: ThreadPoolExecutor | None = None
        self._threads: PersistentThreads | None = None
        config = uvicorn.Config(
            self._watched(self._with_connections(application)),
            lifespan=lifespan,  # type: ignore[arg-type]  # one of uvicorn's words; others are its own error
            loop="asyncio",
            log_level="warning",
            access_log=False,
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
        self._server = uvicorn.Server(config)

    def _with_connections(self, application: Any) -> Any:
        if not self.connections_override:
            self._threads = PersistentThreads(application)
            return self._threads
        self._sharing = ThreadPoolExecutor(1, "restflow-live-server-orm", self._share_connections)

        async def sharing(scope: Any, receive: Any, send: Any) -> None:
            async with ThreadSensitiveContext(executor=self._sharing):  # wins over the one that Django opens inside it
                await application(scope, receive, send)

        return sharing

    def _share_connections(self) -> None:
        for alias, connection in self.connections_override.items():
            connections[alias] = connection

    def _watched(self, application: Any) -> Any:
        async def watched(scope: Any, receive: Any, send: Any) -> None:
            try:
                await application(scope, receive, send)
            except BaseException as error:
                if scope["type"] == "lifespan":
                    self.error = error
                raise

        return watched

    def run(self) -> None:
        """Serves; called by `start()`."""
        try:
            with socket.create_server((self.host, self.port), backlog=256) as listener:
                self.port = listener.getsockname()[1]
                asyncio.run(self._serve(listener))
        except BaseException as error:
            self.error = error
        finally:
            self.is_ready.set()

    async def _serve(self, listener: socket.socket) -> None:
        serving = asyncio.ensure_future(self._served(listener))
        deadline = asyncio.get_running_loop().time() + START_SECONDS
        while not self._server.started and not serving.done():
            if asyncio.get_running_loop().time() > deadline:
                self._server.should_exit = True
                raise TimeoutError(f"The live server did not start within {START_SECONDS} s.")
            await asyncio.sleep(0.005)
        if not self._server.started:
            raise self.error or RuntimeError("The live server's application did not start; the log says why.")
        self.is_ready.set()
        await serving
        if self._threads is not None:
            await self._threads.aclose()
        if self._sharing is not None:
            self._sharing.shutdown()

    async def _served(self, listener: socket.socket) -> None:
        try:
            await self._server.serve(sockets=[listener])
        except SystemExit:
            return  # so uvicorn says that the application did not start

    def terminate(self) -> None:
        """Stops the server, open streams included, and waits until its thread and connections are gone."""
        self._server.should_exit = True
        self.join(STOP_SECONDS)
        if self.is_alive():
            self._server.force_exit = True
            self.join(STOP_SECONDS)
