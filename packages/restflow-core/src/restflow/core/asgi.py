"""`PersistentThreads`: ASGI requests do their sync work on a bounded set of threads that outlive them."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias

from asgiref.sync import ThreadSensitiveContext

from restflow.core._leases import Lease, ThreadPool
from restflow.core.errors import ConfigError

Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
Application: TypeAlias = Callable[[Any, Any, Any], Awaitable[None]]  # each framework types its scopes in its own way


class PersistentThreads:
    """An ASGI middleware that runs each HTTP request's sync work on one of at most `threads` persistent threads.

        application = PersistentThreads(get_asgi_application(), threads=16)

    Stock Django starts a thread, and so opens a database connection, for every request. Here no thread is started
    once `threads` of them run, and the number of connections of each database alias is bounded by `threads`.
    Connections persist as Django's `CONN_MAX_AGE` says: with the default, 0, each request still closes its own at its
    end; set `None` or seconds, or use psycopg's pool, to keep them.

    **The lease.** A request gets a thread with its first sync work, and requests that find none free wait in the order
    in which they came. All sync work of a request runs on that one thread. No other request uses the thread, nor its
    connections, until the request ends or its response turns out to be a stream: one whose last body message has not
    been sent a turn of the event loop after its start. A stream holds its thread only while it has sync work queued
    or running, so an idle one holds none, and it comes back to the same thread, ahead of requests that wait for any.

    Between two pieces of a stream's sync work other requests may therefore use its connection. A server-side cursor
    (`QuerySet.aiterator()` on PostgreSQL) survives that only while the connection does, so not with `CONN_MAX_AGE=0`
    nor with a pool. An async view that waits long before it responds holds its thread meanwhile.

    Other scopes pass through. When the application has handled the shutdown event of its lifespan, the threads close
    their database connections and end. Where it has no lifespan, as Django's own handler, the middleware answers the
    server's events itself and does the same. Under a server without that protocol the threads end with the process,
    or with `aclose()`. `ConfigError` is raised for `threads` that is not a positive integer.
    """

    def __init__(self, application: Application, *, threads: int = 16) -> None:
        if isinstance(threads, bool) or not isinstance(threads, int) or threads < 1:
            raise ConfigError(
                f"PersistentThreads(threads={threads!r}): not a positive integer",
                hint="give the number of threads, which also bounds the database connections, such as threads=16",
            )
        self._application = application
        self._pool = ThreadPool(threads)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Serves an HTTP request on a leased thread, and hands any other scope on."""
        if scope["type"] == "http":
            await self._serve(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._live(scope, receive, send)
        else:
            await self._application(scope, receive, send)

    async def _serve(self, scope: Message, receive: Receive, send: Send) -> None:
        lease = Lease(self._pool)
        loop = asyncio.get_running_loop()
        complete = False

        def tell_stream() -> None:
            if not complete:
                lease.share()

        async def watched_send(message: Message) -> None:
            nonlocal complete
            if message["type"] == "http.response.body" and not message.get("more_body", False):
                complete = True
            await send(message)
            if message["type"] == "http.response.start":
                loop.call_soon(tell_stream)

        try:
            async with ThreadSensitiveContext(executor=lease):  # wins over the one that Django opens inside it
                await self._application(scope, receive, watched_send)
        finally:
            lease.share()

    async def _live(self, scope: Message, receive: Receive, send: Send) -> None:
        """The application's lifespan, or our own in its place where it takes no part in the protocol.

        By the ASGI specification (Lifespan Protocol, Scope) an application refuses by raising when it is called. One
        that fails later, with the startup event in hand, has a lifespan, and its failure is the server's to judge.
        """
        takes_part = False

        async def watched_receive() -> Message:
            nonlocal takes_part
            takes_part = True
            return await receive()

        async def closing_send(message: Message) -> None:
            nonlocal takes_part
            takes_part = True
            if message["type"].startswith("lifespan.shutdown."):
                await self.aclose()  # before the server hears of it: it may end the process at once
            await send(message)

        try:
            await self._application(scope, watched_receive, closing_send)
        except Exception:
            if takes_part:
                raise
        if not takes_part:
            await _answer_lifespan(receive, closing_send)

    async def aclose(self) -> None:
        """Ends the free threads, each after it has closed its database connections, and waits for that.

        A leased thread does the same when it is given back and nobody waits for it. A later request starts threads
        anew.
        """
        ended = [asyncio.wrap_future(thread.ended) for thread in self._pool.retire()]
        if ended:
            await asyncio.wait(ended)


async def _answer_lifespan(receive: Receive, send: Send) -> None:
    """The whole of the lifespan protocol, for an application that has nothing to do in it."""
    while True:
        kind = (await receive())["type"]
        await send({"type": f"{kind}.complete"})
        if kind == "lifespan.shutdown":
            return
