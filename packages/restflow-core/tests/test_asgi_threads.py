"""`PersistentThreads` around plain ASGI applications, driven without a server: who gets which thread, and when."""

import asyncio
import contextvars
import subprocess
import sys
import threading
from typing import Any

import pytest
from asgiref.local import Local
from asgiref.sync import ThreadSensitiveContext, async_to_sync, sync_to_async

from restflow.core import ConfigError, in_thread
from restflow.core.asgi import PersistentThreads

START = {"type": "http.response.start", "status": 200, "headers": []}
END = {"type": "http.response.body", "body": b""}
CHUNK = {"type": "http.response.body", "body": b"x", "more_body": True}


async def receive() -> dict[str, Any]:
    return {"type": "http.request", "body": b""}


async def discard(message: Any) -> None:
    """A `send` that never waits."""


async def request(application: Any, send: Any = discard) -> None:
    await application({"type": "http"}, receive, send)


async def turns(count: int = 5) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


def served(main: Any, application: Any, **options: Any) -> Any:
    """Runs `main(threads)` in an event loop and ends the threads after it."""

    async def run() -> Any:
        threads = PersistentThreads(application, **options)
        try:
            return await asyncio.wait_for(main(threads), 60)
        finally:
            await threads.aclose()

    return asyncio.run(run())


@pytest.mark.parametrize("threads", [0, -1, True, 1.5, "16", None])
def test_a_number_of_threads_that_is_no_positive_integer_is_refused(threads: Any) -> None:
    with pytest.raises(ConfigError, match="not a positive integer"):
        PersistentThreads(discard, threads=threads)


def test_construction_starts_no_thread() -> None:
    before = threading.active_count()
    PersistentThreads(discard)
    assert threading.active_count() == before


def test_many_requests_run_on_at_most_the_given_number_of_threads() -> None:
    used: set[threading.Thread] = set()

    async def application(scope: Any, receive: Any, send: Any) -> None:
        async with ThreadSensitiveContext():  # as Django's handler does
            first = await in_thread(threading.current_thread)
            assert await in_thread(threading.current_thread) is first
            used.add(first)

    async def main(threads: Any) -> None:
        await asyncio.gather(*(request(threads) for _ in range(200)))

    served(main, application, threads=3)
    assert len(used) == 3


def test_async_code_under_sync_code_comes_back_to_the_leased_thread() -> None:
    def sync_view() -> bool:
        outer = threading.current_thread()
        return async_to_sync(in_thread)(threading.current_thread) is outer

    async def application(scope: Any, receive: Any, send: Any) -> None:
        results.append(await in_thread(sync_view))

    results: list[bool] = []
    served(request, application, threads=1)
    assert results == [True]


def test_requests_beyond_the_bound_are_served_in_the_order_they_came() -> None:
    order: list[int] = []
    gate = threading.Event()

    async def application(scope: Any, receive: Any, send: Any) -> None:
        def work() -> None:
            gate.wait()
            order.append(scope["number"])

        await in_thread(work)

    async def main(threads: Any) -> None:
        tasks = [
            asyncio.ensure_future(threads({"type": "http", "number": number}, receive, discard)) for number in range(20)
        ]
        await turns()
        gate.set()
        await asyncio.gather(*tasks)

    served(main, application, threads=1)
    assert order == list(range(20))


def test_a_cancelled_request_leaves_the_queue_and_its_work_never_runs() -> None:
    ran: list[int] = []
    gate = threading.Event()

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await in_thread(lambda: (gate.wait(), ran.append(scope["number"])))

    async def main(threads: Any) -> None:
        tasks = [
            asyncio.ensure_future(threads({"type": "http", "number": number}, receive, discard)) for number in range(3)
        ]
        await turns()
        tasks[1].cancel()
        await asyncio.wait([tasks[1]])
        await turns()
        assert len(threads._pool.waiting) == 1
        gate.set()
        await asyncio.gather(tasks[0], tasks[2])

    served(main, application, threads=1)
    assert ran == [0, 2]


def test_a_request_cancelled_in_the_middle_gives_its_thread_back_after_the_work_has_ended() -> None:
    started, gate = threading.Event(), threading.Event()
    events: list[str] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        def work() -> None:
            started.set()
            gate.wait()
            events.append(scope["name"])

        await in_thread(work)

    async def main(threads: Any) -> None:
        first = asyncio.ensure_future(threads({"type": "http", "name": "first"}, receive, discard))
        await turns()
        await asyncio.to_thread(started.wait)
        first.cancel()
        second = asyncio.ensure_future(threads({"type": "http", "name": "second"}, receive, discard))
        await turns()
        assert events == []
        gate.set()
        await asyncio.gather(first, second, return_exceptions=True)

    served(main, application, threads=1)
    assert events == ["first", "second"]


def test_a_thousand_aborted_requests_leak_no_thread() -> None:
    async def application(scope: Any, receive: Any, send: Any) -> None:
        await in_thread(int)
        await in_thread(int)

    async def main(threads: Any) -> None:
        for number in range(1000):
            task = asyncio.ensure_future(request(threads))
            await turns(number % 5)
            task.cancel()
            await asyncio.wait([task])
        await asyncio.gather(request(threads), request(threads))  # both threads have done what was left to them
        pool = threads._pool
        assert len(pool.threads) == len(pool.free) <= 2
        assert not pool.waiting

    served(main, application, threads=2)


def test_an_exception_reaches_the_request_and_frees_the_thread() -> None:
    def fail() -> None:
        raise LookupError("lost")

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await in_thread(fail)

    async def main(threads: Any) -> None:
        for _ in range(3):
            with pytest.raises(LookupError, match="lost"):
                await request(threads)
        assert len(threads._pool.free) == 1

    served(main, application, threads=1)


def test_idle_streams_hold_no_thread_and_come_back_to_their_own() -> None:
    async def stream(scope: Any, receive: Any, send: Any) -> None:
        before = await in_thread(threading.current_thread)
        await send(START)
        if scope.get("ordinary"):
            await send(END)
            return
        await send(CHUNK)
        await all_stream.wait()
        await idle.wait()
        came_back.append(await in_thread(threading.current_thread) is before)
        await send(END)

    came_back: list[bool] = []
    idle = asyncio.Event()
    all_stream = asyncio.Barrier(21)

    async def main(threads: Any) -> None:
        streams = [asyncio.ensure_future(request(threads)) for _ in range(20)]
        await all_stream.wait()
        await turns()
        await threads({"type": "http", "ordinary": True}, receive, discard)
        assert len(threads._pool.free) == 2
        idle.set()
        await asyncio.gather(*streams)

    served(main, stream, threads=2)
    assert came_back == [True] * 20


def test_a_response_that_is_no_stream_keeps_its_thread_to_the_end() -> None:
    async def application(scope: Any, receive: Any, send: Any) -> None:
        await in_thread(int)
        await send(START)
        await send(END)
        await turns()
        free.append(len(scope["threads"]._pool.free))

    free: list[int] = []

    async def main(threads: Any) -> None:
        await threads({"type": "http", "threads": threads}, receive, discard)

    served(main, application, threads=1)
    assert free == [0]


def test_context_goes_in_and_comes_back_and_does_not_reach_the_next_request() -> None:
    variable: contextvars.ContextVar[str] = contextvars.ContextVar("variable", default="unset")
    local = Local()
    seen: list[tuple[str, str]] = []

    def work() -> None:
        seen.append((variable.get(), getattr(local, "value", "unset")))
        variable.set("from the thread")
        local.value = "from the thread"

    async def application(scope: Any, receive: Any, send: Any) -> None:
        if scope["sets"]:
            variable.set("from the loop")
            local.value = "from the loop"
        await in_thread(work)
        assert (variable.get(), local.value) == ("from the thread", "from the thread")

    async def main(threads: Any) -> None:
        for sets in (True, False):
            await asyncio.create_task(threads({"type": "http", "sets": sets}, receive, discard))

    served(main, application, threads=1)
    assert seen == [("from the loop", "from the loop"), ("unset", "unset")]


@pytest.mark.parametrize("kind", ["lifespan", "websocket"])
def test_other_scopes_pass_through(kind: str) -> None:
    got: list[Any] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        got.append((scope, await receive()))
        await send({"type": f"{kind}.any"})

    async def send(message: Any) -> None:
        got.append(message)

    scope = {"type": kind}
    served(lambda threads: threads(scope, receive, send), application)
    assert got[0][0] is scope
    assert got[1] == {"type": f"{kind}.any"}


async def refuses(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] != "http":
        raise ValueError("only http")  # as Django's handler does
    scope["used"].append(await in_thread(threading.current_thread))


async def ignores(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "http":
        await refuses(scope, receive, send)


class Server:
    """The lifespan of a server: `start` and `stop` send an event each, and wait for the answer."""

    def __init__(self, application: Any) -> None:
        self.events: asyncio.Queue[Any] = asyncio.Queue()
        self.answers: asyncio.Queue[Any] = asyncio.Queue()
        self.task = asyncio.ensure_future(application({"type": "lifespan"}, self.events.get, self.answers.put))

    async def tell(self, event: str) -> str:
        await self.events.put({"type": f"lifespan.{event}"})
        return str((await self.answers.get())["type"])


@pytest.mark.parametrize("application", [refuses, ignores])
def test_an_application_without_lifespan_is_given_one_that_ends_the_threads(application: Any) -> None:
    used: list[threading.Thread] = []

    async def main(threads: Any) -> None:
        server = Server(threads)
        assert await server.tell("startup") == "lifespan.startup.complete"
        await threads({"type": "http", "used": used}, receive, discard)
        assert used[0].is_alive()
        assert await server.tell("shutdown") == "lifespan.shutdown.complete"
        used[0].join()
        await server.task

    served(main, application)


def test_an_application_that_fails_in_its_startup_is_not_answered_for() -> None:
    async def application(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        raise ValueError("no database")

    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    with pytest.raises(ValueError, match="no database"):
        served(lambda threads: threads({"type": "lifespan"}, receive, send), application)
    assert sent == []


def test_an_application_that_refuses_its_startup_is_not_answered_for() -> None:
    async def application(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "lifespan.startup.failed", "message": "no database"})

    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message["type"])

    served(lambda threads: threads({"type": "lifespan"}, receive, send), application)
    assert sent == ["lifespan.startup.failed"]


def test_the_database_connections_are_closed_before_the_server_hears_of_the_shutdown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    events: list[str] = []

    class Connections:
        def close_all(self) -> None:
            events.append("closed")

    monkeypatch.setattr("restflow.core._leases.connections", Connections())

    async def application(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            await in_thread(int)
        else:
            await send({"type": "lifespan.shutdown.failed"})

    async def send(message: Any) -> None:
        events.append(message["type"])

    async def main(threads: Any) -> None:
        await asyncio.gather(request(threads), request(threads))
        await threads({"type": "lifespan"}, receive, send)

    served(main, application, threads=2)
    assert events == ["closed", "closed", "lifespan.shutdown.failed"]


def test_threads_end_at_lifespan_shutdown_and_start_anew_when_needed() -> None:
    used: list[threading.Thread] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await send({"type": "lifespan.shutdown.complete"})
        else:
            used.append(await in_thread(threading.current_thread))

    async def main(threads: Any) -> None:
        await request(threads)
        await threads({"type": "lifespan"}, receive, discard)
        await asyncio.to_thread(used[0].join)
        await request(threads)

    served(main, application)
    assert used[0] is not used[1]


def test_a_thread_that_is_leased_at_the_end_serves_who_waits_for_it_and_then_ends() -> None:
    used: list[threading.Thread] = []
    started, gate = threading.Event(), threading.Event()

    async def application(scope: Any, receive: Any, send: Any) -> None:
        def work() -> None:
            used.append(threading.current_thread())
            started.set()
            gate.wait()

        await in_thread(work)

    async def main(threads: Any) -> None:
        tasks = [asyncio.ensure_future(request(threads)) for _ in range(2)]
        await asyncio.to_thread(started.wait)
        await threads.aclose()  # does not wait for what is leased
        assert used[0].is_alive()
        gate.set()
        await asyncio.gather(*tasks)
        await asyncio.to_thread(used[0].join)
        assert threads._pool.threads == set()

    served(main, application, threads=1)
    assert used == [used[0]] * 2


def test_it_serves_from_several_event_loops_and_under_async_to_sync() -> None:
    used: list[threading.Thread] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        used.append(await sync_to_async(threading.current_thread)())

    threads = PersistentThreads(application, threads=1)
    asyncio.run(request(threads))
    async_to_sync(request)(threads)
    asyncio.run(threads.aclose())
    assert used[0] is used[1]
    assert used[0] is not threading.current_thread()


def test_the_interpreter_ends_although_threads_are_idle() -> None:
    script = """
import asyncio
from restflow.core import in_thread
from restflow.core.asgi import PersistentThreads
async def application(scope, receive, send):
    await in_thread(print, "served")
asyncio.run(PersistentThreads(application)({"type": "http"}, None, None))
"""
    done = subprocess.run([sys.executable, "-W", "error", "-c", script], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "served\n", "")
