"""Heartbeats keep a waiting stream alive and leave its source alone."""

import asyncio
import threading
from typing import Any

import pytest

from restflow.responses import SSEResponse, _bodies, _sources

BEAT = b": keep-alive\n\n"


async def test_a_waiting_stream_beats_and_goes_on_where_it_was(serve: Any) -> None:
    go = asyncio.Event()
    asked = []

    async def events():
        asked.append("first")
        await go.wait()
        yield "event"
        asked.append("second")

    exchange = serve(lambda: SSEResponse(events(), heartbeat=0.01))
    assert [await exchange.chunk() for _ in range(3)] == [BEAT] * 3
    go.set()
    await exchange.finish()
    assert exchange.content.replace(BEAT, b"") == b"data: event\n\n"
    assert asked == ["first", "second"]  # never cancelled, never asked again


async def test_the_source_may_wait_for_anything(serve: Any) -> None:
    async def other() -> str:
        await asyncio.sleep(0.03)
        return "task"

    class Iterator:
        left = 2

        def __aiter__(self):
            return self

        async def __anext__(self):
            if not self.left:
                raise StopAsyncIteration
            self.left -= 1
            await asyncio.sleep(0)
            return await asyncio.create_task(other())

    exchange = await serve(lambda: SSEResponse(Iterator(), heartbeat=0.01)).finish()
    assert exchange.content.replace(BEAT, b"") == b"data: task\n\n" * 2
    assert BEAT in exchange.content


async def test_an_error_after_a_heartbeat_is_the_sources_own(serve: Any) -> None:
    async def events():
        await asyncio.sleep(0.03)
        raise KeyError("of the source")
        yield

    exchange = serve(lambda: SSEResponse(events(), heartbeat=0.01))
    with pytest.raises(KeyError, match="of the source"):
        await exchange.finish()
    assert not exchange.complete


async def test_no_heartbeat_is_none(serve: Any) -> None:
    async def events():
        await asyncio.sleep(0.05)
        yield "event"

    exchange = await serve(lambda: SSEResponse(events(), heartbeat=None)).finish()
    assert exchange.content == b"data: event\n\n"


async def test_the_interval_is_measured_from_the_last_item(serve: Any, monkeypatch: Any) -> None:
    """Under a clock of our own: a timer is set at each wait, with the whole interval, and put off by an item."""
    set_for = []
    loop = asyncio.get_running_loop()
    call_later = loop.call_later

    def recording(delay: float, *args: Any, **kwargs: Any) -> Any:
        set_for.append(delay)
        return call_later(0 if delay == 15.0 else delay, *args, **kwargs)

    monkeypatch.setattr(loop, "call_later", recording)

    async def events():
        for n in range(3):
            for _ in range(5):
                await asyncio.sleep(0)
            future = loop.create_future()
            call_later(0.01, future.set_result, None)
            await future
            yield str(n)

    exchange = await serve(lambda: SSEResponse(events())).finish()
    assert exchange.content.replace(BEAT, b"") == b"data: 0\n\ndata: 1\n\ndata: 2\n\n"
    beats = exchange.content.count(BEAT)
    assert beats >= 3
    # a timer for each wait: those that ended in a heartbeat, and at most one besides for each item
    assert beats <= set_for.count(15.0) <= beats + 3


def test_a_thousand_idle_streams_hold_no_thread(settings: Any) -> None:
    import threading

    from views_testapp.driver import Exchange, Handler, Routes, streaming

    async def silent():
        await asyncio.Event().wait()
        yield

    settings.ROOT_URLCONF = Routes(streaming(lambda: SSEResponse(silent(), heartbeat=0.2)))

    async def main() -> tuple[int, int]:
        before = threading.active_count()
        application = Handler()
        exchanges = [Exchange().start(application) for _ in range(1000)]
        for exchange in exchanges:
            assert await exchange.chunk() == BEAT
        idle = threading.active_count()
        for exchange in exchanges:
            exchange.disconnect()
        await asyncio.gather(*(exchange.finish() for exchange in exchanges))
        return before, idle

    before, idle = asyncio.run(main())
    assert idle <= before + 1


class Clock:
    """Time that passes as the source says."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize("door", ["loop", "thread"])
@pytest.mark.parametrize("silent", [{}, {"comment": None}], ids=["an empty event", "no comment"])
async def test_a_sync_source_beats_between_crossings(
    door: str, silent: Any, serve: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A source that looks and finds nothing says so with an event that says nothing: a crossing ends there."""
    clock = Clock()
    monkeypatch.setattr(_bodies, "monotonic", clock)
    monkeypatch.setattr(_sources, "CHUNK_SECONDS", 0.0)

    def events():
        yield "first"
        for _ in range(5):
            clock.now += 4.0
            yield silent
        yield "last"
        clock.now += 9.0
        yield silent

    make = lambda: SSEResponse(events(), heartbeat=10.0)  # noqa: E731
    parts = list(make()) if door == "thread" else (await serve(make).finish()).chunks
    assert parts == [b"data: first\n\n", BEAT, b"data: last\n\n"]


async def test_a_silent_sync_source_ends_its_crossings(serve: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without heartbeats too: a disconnect is acted on, though nothing was ever sent."""
    monkeypatch.setattr(_sources, "CHUNK_SECONDS", 0.0)
    log = []
    looked = threading.Event()

    def events():
        try:
            while True:
                yield {}
                looked.set()
        finally:
            log.append("closed")

    exchange = serve(lambda: SSEResponse(events(), heartbeat=None))
    assert await asyncio.to_thread(looked.wait, 10)
    exchange.disconnect()
    await asyncio.wait_for(exchange.task, 10)
    assert log == ["closed"]
    assert exchange.content == b""
