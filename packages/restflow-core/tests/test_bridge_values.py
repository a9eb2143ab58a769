"""`maybe_await`, `require_sync`, `run_sync`, `finish` and the two I/O objects: what becomes of an awaitable."""

import asyncio
import subprocess
import sys
import types
from collections.abc import Generator
from typing import Any

import pytest

from restflow.core import AsyncIO, SyncIO, finish, maybe_await, require_sync, run_sync


async def seven() -> int:
    await asyncio.sleep(0)
    return 7


@types.coroutine
def generator_based() -> Generator[None, None, int]:
    yield
    return 7


class Awaitable:
    def __await__(self) -> Generator[None, None, int]:
        return seven().__await__()


AWAITABLES = [seven, generator_based, Awaitable]


@pytest.mark.parametrize("make", AWAITABLES)
async def test_maybe_await_awaits_awaitables(make: Any) -> None:
    assert await maybe_await(make()) == 7


async def test_maybe_await_returns_other_values_as_they_are() -> None:
    value = object()
    assert await maybe_await(value) is value
    assert await maybe_await(None) is None


def test_require_sync_and_run_sync_return_other_values_as_they_are() -> None:
    value = object()
    assert require_sync(value, "acall()") is value
    assert run_sync(value) is value


@pytest.mark.parametrize("make", AWAITABLES)
def test_require_sync_refuses_an_awaitable_and_names_the_alternative(make: Any) -> None:
    with pytest.raises(TypeError, match=r"use acall\(\) instead"):
        require_sync(make(), "acall()")


async def test_require_sync_cancels_tasks_and_futures() -> None:
    task, future = asyncio.ensure_future(seven()), asyncio.get_running_loop().create_future()
    for awaitable in (task, future):
        with pytest.raises(TypeError, match="use acall"):
            require_sync(awaitable, "acall()")
    await asyncio.wait([task])
    assert task.cancelled()
    assert future.cancelled()


@pytest.mark.parametrize("make", AWAITABLES)
def test_run_sync_runs_an_awaitable_to_its_end(make: Any) -> None:
    assert run_sync(make()) == 7


async def test_run_sync_refuses_a_running_loop_and_closes_the_awaitable() -> None:
    coroutine = seven()
    with pytest.raises(RuntimeError, match="await it instead"):
        run_sync(coroutine)
    with pytest.raises(RuntimeError, match="cannot reuse already awaited"):
        await coroutine


def test_refused_awaitables_leave_no_warning_behind() -> None:
    script = """
import asyncio, gc
from restflow.core import require_sync, run_sync, finish, in_thread
async def work(): await asyncio.sleep(0)
def refused(call, *args):
    try:
        call(*args)
    except (TypeError, RuntimeError):
        return
    raise SystemExit("not refused")
async def main():
    refused(run_sync, work())
    try:
        await in_thread(work)
    except TypeError:
        return
    raise SystemExit("not refused")
refused(require_sync, work(), "x")
refused(finish, work())
asyncio.run(main())
gc.collect()
"""
    done = subprocess.run([sys.executable, "-W", "error", "-c", script], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


async def flow(io: SyncIO | AsyncIO) -> list[int]:
    return [await io.call(int, None, "1"), await io.call(int, seven_of, "2")]


async def seven_of(text: str) -> int:
    return 7


def test_the_sync_door_calls_the_sync_functions() -> None:
    assert finish(flow(SyncIO())) == [1, 2]


async def test_the_async_door_awaits_the_async_function_where_there_is_one() -> None:
    assert await flow(AsyncIO()) == [1, 7]


def test_finish_lets_errors_of_the_flow_through() -> None:
    with pytest.raises(ValueError, match="invalid literal"):
        finish(SyncIO().call(int, None, "x"))


def test_finish_closes_a_flow_that_really_waits() -> None:
    closed = []

    async def waits() -> None:
        try:
            await seven()
        finally:
            closed.append(True)

    with pytest.raises(TypeError, match="really waited"):
        finish(waits())
    assert closed == [True]
