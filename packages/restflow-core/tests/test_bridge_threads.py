"""`in_thread`: one crossing, into the request's own thread, with its context and its connection."""

import asyncio
import contextvars
import threading
from typing import Any

import pytest
from asgiref.sync import SyncToAsync, ThreadSensitiveContext, async_to_sync
from asgiref.testing import ApplicationCommunicator
from django.contrib.auth.models import User
from django.core.asgi import get_asgi_application
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.urls import path

from restflow.core import in_thread


@pytest.fixture
def crossings(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The functions that crossed to a thread."""
    crossed: list[Any] = []
    call = SyncToAsync.__call__

    async def counted(self: Any, *args: Any, **kwargs: Any) -> Any:
        crossed.append(self.func)
        return await call(self, *args, **kwargs)

    monkeypatch.setattr(SyncToAsync, "__call__", counted)
    return crossed


async def test_a_call_is_exactly_one_crossing(crossings: list[Any]) -> None:
    assert await in_thread(int, "11", base=2) == 3
    assert crossings == [int]


async def test_a_coroutine_function_is_refused_before_any_crossing(crossings: list[Any]) -> None:
    async def work() -> None: ...

    with pytest.raises(TypeError, match=r"work is async; await it instead"):
        await in_thread(work)
    assert crossings == []


def test_under_async_to_sync_it_is_the_calling_thread() -> None:
    assert async_to_sync(in_thread)(threading.current_thread) is threading.current_thread()


@pytest.mark.django_db
def test_it_sees_the_connection_and_the_open_transaction_of_the_sync_code_around_it() -> None:
    with transaction.atomic():
        User.objects.create(username="uncommitted")
        assert async_to_sync(in_thread)(User.objects.filter(username="uncommitted").exists)
        assert async_to_sync(in_thread)(lambda: connection.in_atomic_block)


def test_under_one_thread_sensitive_context_all_calls_share_one_thread() -> None:
    async def request() -> set[threading.Thread]:
        async with ThreadSensitiveContext():
            return {await in_thread(threading.current_thread) for _ in range(3)}

    assert len(asyncio.run(request())) == 1


async def threads_of_a_request(request: HttpRequest) -> HttpResponse:
    barrier: asyncio.Barrier = request.scope["barrier"]
    await barrier.wait()  # both requests are under way
    names = {await in_thread(threading.get_ident) for _ in range(3)}
    await barrier.wait()
    return HttpResponse(",".join(map(str, names)))


urlpatterns = [path("", threads_of_a_request)]


@pytest.mark.urls(__name__)
def test_under_djangos_asgi_handler_each_request_has_one_thread_of_its_own() -> None:
    application = get_asgi_application()

    async def get(barrier: asyncio.Barrier) -> str:
        scope = {"type": "http", "method": "GET", "path": "/", "headers": [(b"host", b"testserver")]}
        request = ApplicationCommunicator(application, scope | {"query_string": b"", "barrier": barrier})
        await request.send_input({"type": "http.request"})
        assert (await request.receive_output(30))["status"] == 200
        body: bytes = (await request.receive_output(30))["body"]
        await request.wait(30)
        return body.decode()

    async def main() -> list[str]:
        barrier = asyncio.Barrier(2)
        return await asyncio.gather(get(barrier), get(barrier))

    first, second = asyncio.run(main())
    assert first.isdecimal()
    assert second.isdecimal()
    assert first != second


async def test_context_variables_go_in_and_changes_come_back() -> None:
    variable: contextvars.ContextVar[int] = contextvars.ContextVar("variable")
    variable.set(1)
    await in_thread(lambda: variable.set(variable.get() + 1))
    assert variable.get() == 2


async def test_exceptions_keep_their_traceback() -> None:
    def fail() -> None:
        raise LookupError("lost")

    with pytest.raises(LookupError, match="lost") as caught:
        await in_thread(fail)
    assert caught.traceback[-1].name == "fail"


def test_a_function_runs_to_its_end_when_the_awaiting_task_is_cancelled() -> None:
    started, gate, ended = threading.Event(), threading.Event(), threading.Event()

    def work() -> None:
        started.set()
        gate.wait()
        ended.set()

    async def main() -> None:
        task = asyncio.ensure_future(in_thread(work))
        await asyncio.to_thread(started.wait)
        task.cancel()
        gate.set()
        await asyncio.wait([task])

    asyncio.run(main())
    assert ended.wait(60)  # the task may be told of its end before the function has come to its own
