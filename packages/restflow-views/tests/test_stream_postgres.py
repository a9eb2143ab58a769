"""Streams and database connections, on PostgreSQL: idle ones hold none, and an aborted one gives its own back."""

import asyncio
import time
import tracemalloc
from typing import Any

import pytest
from django.db import connections, transaction
from views_testapp.driver import Exchange, Handler, Routes
from views_testapp.models import Author, Book

from restflow.core.asgi import PersistentThreads
from restflow.responses import NDJSONResponse, SSEResponse
from restflow.responses._idle import close_idle_connections
from restflow.views import AsyncAPIView

pytestmark = [pytest.mark.needs("postgres"), pytest.mark.django_db(databases=["default", "postgres"], transaction=True)]

BEAT = b": keep-alive\n\n"


def others() -> int:
    """How many connections to the test database stay besides the one that asks.

    The server's side of one that was closed ends a moment later.
    """
    found = -1
    with connections["postgres"].cursor() as cursor:
        for _ in range(200):
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            found = cursor.fetchone()[0]
            if not found:
                break
            time.sleep(0.05)
    return found


async def silent():
    await asyncio.Event().wait()
    yield


class Asking(AsyncAPIView):
    """Queries before it streams, as an authentication does."""

    authentication_classes = ()
    heartbeat: float | None = 15.0

    async def get(self, request):
        await Author.objects.using("postgres").acount()
        return SSEResponse(silent(), heartbeat=self.heartbeat, retry=1)


def stock() -> Any:
    return Handler()


def persistent() -> Any:
    return PersistentThreads(Handler(), threads=4)


@pytest.mark.parametrize("application", [stock, persistent])
@pytest.mark.parametrize("heartbeat", [15.0, 0.05, None])
def test_twenty_idle_streams_hold_no_connection(application: Any, heartbeat: Any, settings: Any) -> None:
    settings.ROOT_URLCONF = Routes(Asking.as_view(heartbeat=heartbeat))
    assert others() == 0
    connections["postgres"].close()

    async def main() -> int:
        app = application()
        exchanges = [Exchange().start(app) for _ in range(20)]
        for exchange in exchanges:
            assert await exchange.chunk() == b"retry: 1\n\n"
        held = await asyncio.to_thread(counted)
        for exchange in exchanges:
            exchange.disconnect()
        await asyncio.gather(*(exchange.finish() for exchange in exchanges))
        if isinstance(app, PersistentThreads):
            await app.aclose()
        return held

    def counted() -> int:
        try:
            return others()
        finally:
            connections["postgres"].close()

    assert asyncio.run(main()) == 0


def test_a_generator_takes_a_connection_when_it_asks_and_gives_it_back_while_it_waits(settings: Any) -> None:
    async def events():
        yield str(await Author.objects.using("postgres").acount())
        await asyncio.Event().wait()

    async def view(request: Any) -> Any:
        return SSEResponse(events(), heartbeat=0.05)

    settings.ROOT_URLCONF = Routes(view)

    async def main() -> None:
        exchange = Exchange().start(Handler())
        assert await exchange.chunk() == b"data: 0\n\n"
        assert await exchange.chunk() == BEAT
        assert await asyncio.to_thread(lambda: (others(), connections["postgres"].close())[0]) == 0
        exchange.disconnect()
        await exchange.finish()

    asyncio.run(main())


def test_a_connection_in_a_transaction_is_left_alone() -> None:
    with transaction.atomic(using="postgres"):
        Author.objects.using("postgres").create(name="kept")
        close_idle_connections()
        assert Author.objects.using("postgres").count() == 1
    close_idle_connections()
    assert connections["postgres"].connection is None
    assert Author.objects.using("postgres").count() == 1


def rows_of(n: int) -> Any:
    author = Author.objects.using("postgres").create(name="many")
    Book.objects.using("postgres").bulk_create(
        [Book(title=f"{i:050}", author=author) for i in range(n)], batch_size=5000
    )
    return Book.objects.using("postgres").order_by("pk").values("id", "title", "pages", "author_id")


def test_fifty_thousand_rows_are_streamed_in_bounded_memory(settings: Any) -> None:
    queryset = rows_of(50_000)

    async def view(request: Any) -> Any:
        return NDJSONResponse(queryset)

    settings.ROOT_URLCONF = Routes(view)

    async def main() -> tuple[int, int]:
        lines = 0
        application = Handler()

        async def send(message: Any) -> None:
            nonlocal lines
            lines += message.get("body", b"").count(b"\n")

        exchange = Exchange()
        exchange._send = send
        tracemalloc.start()
        await exchange.start(application).finish()
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return lines, peak

    lines, peak = asyncio.run(main())
    assert lines == 50_000
    assert peak < 20_000_000


def test_an_aborted_stream_gives_its_connection_back(settings: Any) -> None:
    queryset = rows_of(3_000)

    async def view(request: Any) -> Any:
        return NDJSONResponse(queryset, chunk_size=100)

    settings.ROOT_URLCONF = Routes(view)

    async def main() -> None:
        exchange = Exchange(hold=True).start(Handler())
        assert (await exchange.chunk()).count(b"\n") == 100
        exchange.disconnect()
        await asyncio.wait_for(exchange.task, 20)

    connections["postgres"].close()
    asyncio.run(main())
    assert others() == 0
