"""The source is closed before the response is finished: at the end, on an error, on a disconnect, unread."""

import asyncio
import contextvars
from contextlib import asynccontextmanager
from typing import Any

import pytest
from django.test import Client
from views_testapp.driver import Routes, streaming

from restflow.responses import NDJSONResponse, SSEResponse, StreamingJSONListResponse
from restflow.test import AsyncAPIClient

BEAT = b": keep-alive\n\n"
each_class = pytest.mark.parametrize("cls", [StreamingJSONListResponse, NDJSONResponse, SSEResponse])


class Watched:
    """An async source that tells what becomes of it."""

    def __init__(self, items: int = 3, waits: bool = False):
        self.items = items
        self.waits = waits
        self.log: list[str] = []
        self.tasks: set[Any] = set()

    async def rows(self):
        self.log.append("started")
        self.tasks.add(asyncio.current_task())
        try:
            async with self._resource():
                for n in range(self.items):
                    yield n
                    self.tasks.add(asyncio.current_task())
                if self.waits:
                    await asyncio.Event().wait()
        finally:
            self.tasks.add(asyncio.current_task())
            self.log.append("closed")

    @asynccontextmanager
    async def _resource(self):
        try:
            yield
        finally:
            await asyncio.sleep(0)
            self.log.append("released")


@each_class
async def test_at_the_end_in_the_task_of_the_request(cls: Any, serve: Any) -> None:
    source = Watched()
    await serve(lambda: cls(source.rows())).finish()
    assert source.log == ["started", "released", "closed"]
    assert len(source.tasks) == 1


@each_class
async def test_a_disconnect_while_it_waits_for_an_item(cls: Any, serve: Any) -> None:
    source = Watched(items=1, waits=True)
    exchange = serve(lambda: cls(source.rows()))
    while b"0" not in await exchange.chunk():
        pass
    await asyncio.sleep(0)
    exchange.disconnect()
    await exchange.finish()
    assert source.log == ["started", "released", "closed"]
    assert len(source.tasks) == 1
    assert not exchange.complete


@each_class
async def test_a_disconnect_before_the_stream_starts(cls: Any, serve: Any) -> None:
    source, at_work = Watched(), asyncio.Event()

    async def view(request: Any) -> Any:
        at_work.set()
        await asyncio.Event().wait()
        return cls(source.rows())

    exchange = serve(None, view=view)
    await at_work.wait()
    exchange.disconnect()
    await exchange.finish()
    assert exchange.messages == []
    assert source.log == []


@each_class
async def test_a_disconnect_while_the_head_is_sent(cls: Any, serve: Any) -> None:
    source = Watched()
    exchange = serve(lambda: cls(source.rows()), hold=True)
    await exchange.message()
    exchange.disconnect()
    await asyncio.wait_for(exchange.task, 10)
    assert source.log in ([], ["started", "released", "closed"])
    assert not exchange.complete


@each_class
async def test_a_disconnect_while_a_piece_is_sent(cls: Any, serve: Any) -> None:
    source = Watched(items=1000)
    exchange = serve(lambda: cls(source.rows()), hold=True)
    await exchange.message()
    while b"0" not in (await exchange.message())["body"]:
        pass
    exchange.disconnect()
    await asyncio.wait_for(exchange.task, 10)
    assert source.log == ["started", "released", "closed"]
    assert len(source.tasks) == 1


async def test_a_disconnect_after_a_heartbeat(serve: Any) -> None:
    source = Watched(items=1, waits=True)
    exchange = serve(lambda: SSEResponse(source.rows(), heartbeat=0.01))
    while await exchange.chunk() != BEAT:
        pass
    exchange.disconnect()
    await exchange.finish()
    assert source.log == ["started", "released", "closed"]
    assert len(source.tasks) == 1


async def test_a_disconnect_while_a_heartbeat_is_sent(serve: Any) -> None:
    source = Watched(items=0, waits=True)
    exchange = serve(lambda: SSEResponse(source.rows(), heartbeat=0.01), hold=True)
    await exchange.message()
    await exchange.arrived(BEAT)
    exchange.disconnect()
    await asyncio.wait_for(exchange.task, 10)
    assert source.log == ["started", "released", "closed"]


@each_class
async def test_a_source_that_was_never_started_is_closed_without_being_run(cls: Any, serve: Any) -> None:
    source = Watched()

    async def view(request: Any) -> Any:
        cls(source.rows()).close()
        return NDJSONResponse([])

    await serve(None, view=view).finish()
    assert source.log == []


@each_class
async def test_sync_generators_too(cls: Any, serve: Any) -> None:
    log = []

    def rows():
        try:
            while True:
                yield 1
        finally:
            log.append("closed")

    exchange = serve(lambda: cls(rows()), hold=True)
    await exchange.message()
    await exchange.message()
    exchange.disconnect()
    await asyncio.wait_for(exchange.task, 10)
    assert log in ([], ["closed"])
    if cls is not StreamingJSONListResponse:  # whose bracket goes out before the source is started
        assert log == ["closed"]


@each_class
async def test_a_partly_read_response_is_closed_by_the_test_client(cls: Any, settings: Any) -> None:
    source = Watched(items=100)
    settings.ROOT_URLCONF = Routes(streaming(lambda: cls(source.rows())))
    response = await AsyncAPIClient().get("/")
    parts = aiter(response.streaming_content)
    while b"0" not in await anext(parts):
        pass
    response.close()
    response.close()
    for _ in range(10):
        await asyncio.sleep(0)
    assert source.log == ["started", "released", "closed"]


@each_class
def test_a_partly_read_response_is_closed_under_wsgi(cls: Any, settings: Any, db: None) -> None:
    source = Watched(items=100)
    settings.ROOT_URLCONF = Routes(streaming(lambda: cls(source.rows())))
    response = Client().get("/")
    parts = iter(response)
    while b"0" not in next(parts):
        pass
    response.close()
    response.close()
    assert source.log == ["started", "released", "closed"]


async def test_a_source_that_suppresses_the_cancellation_is_closed_nevertheless(serve: Any) -> None:
    log = []

    async def stubborn():
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            log.append("cancelled")
        yield "late"
        log.append("went on")

    exchange = serve(lambda: SSEResponse(stubborn(), heartbeat=0.01))
    assert await exchange.chunk() == b": keep-alive\n\n"
    exchange.disconnect()
    await exchange.finish()
    assert log[0] == "cancelled"


async def test_timeouts_in_a_source_outlast_heartbeats(serve: Any) -> None:
    async def impatient():
        try:
            async with asyncio.timeout(0.05):
                await asyncio.Event().wait()
        except TimeoutError:
            yield "timed out"

    exchange = await serve(lambda: SSEResponse(impatient(), heartbeat=0.01)).finish()
    assert exchange.content.startswith(b": keep-alive\n\n")
    assert exchange.content.endswith(b"data: timed out\n\n")
    assert exchange.complete


@pytest.mark.parametrize("ready", [False, True], ids=["still waiting", "with its item ready"])
async def test_a_timeout_of_the_source_that_passes_while_connections_are_given_back_is_the_sources_own(
    serve: Any, monkeypatch: pytest.MonkeyPatch, ready: bool
) -> None:
    passed = asyncio.Event()

    async def slow_rest() -> None:
        await asyncio.wait_for(passed.wait(), 20) if resting else None
        resting.append(True)

    resting: list[bool] = []
    monkeypatch.setattr("restflow.responses._bodies.rest", slow_rest)

    async def impatient():
        event = asyncio.Event()
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(None) as limit:
                loop.call_later(0.05, event.set if ready else int)
                loop.call_later(0.06, lambda: limit.reschedule(loop.time()))
                await event.wait()
                await asyncio.Event().wait()
        except TimeoutError:
            passed.set()
            yield "timed out"

    exchange = await serve(lambda: SSEResponse(impatient(), heartbeat=0.01)).finish()
    assert exchange.content.endswith(b"data: timed out\n\n")
    assert exchange.complete


async def test_a_request_that_is_cancelled_while_connections_are_given_back_ends(
    serve: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    resting = asyncio.Event()
    calls: list[bool] = []

    async def endless_rest() -> None:
        if calls:
            resting.set()
            await asyncio.Event().wait()
        calls.append(True)

    monkeypatch.setattr("restflow.responses._bodies.rest", endless_rest)
    source = Watched(items=0, waits=True)
    exchange = serve(lambda: SSEResponse(source.rows(), heartbeat=0.01))
    await asyncio.wait_for(resting.wait(), 20)
    exchange.disconnect()
    await exchange.finish()
    assert source.log == ["started", "released", "closed"]
    assert not exchange.complete


async def test_context_variables_of_the_source_hold_between_items_and_heartbeats(serve: Any) -> None:
    variable: contextvars.ContextVar[int] = contextvars.ContextVar("variable", default=0)

    async def counting():
        for _ in range(3):
            variable.set(variable.get() + 1)
            await asyncio.sleep(0.02)
            yield str(variable.get())

    exchange = await serve(lambda: SSEResponse(counting(), heartbeat=0.005)).finish()
    assert [chunk for chunk in exchange.chunks if chunk.startswith(b"data")] == [
        b"data: 1\n\n",
        b"data: 2\n\n",
        b"data: 3\n\n",
    ]
