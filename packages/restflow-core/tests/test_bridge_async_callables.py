"""`is_async_callable`: what gives a coroutine when called, told without calling it."""

import functools
from typing import Any
from unittest.mock import AsyncMock, Mock

import pytest
from asgiref.sync import async_to_sync, markcoroutinefunction, sync_to_async

from restflow.core import is_async_callable


async def work() -> None:
    raise AssertionError("called")


def sync_work() -> None:
    raise AssertionError("called")


@functools.wraps(work)
def wrapper(*args: Any) -> Any:
    return work(*args)


class Async:
    async def __call__(self) -> None:
        raise AssertionError("called")

    async def method(self) -> None: ...

    @classmethod
    async def of_class(cls) -> None: ...

    @staticmethod
    async def static() -> None: ...


class Sync:
    def __call__(self) -> None:
        raise AssertionError("called")

    async def method(self) -> None: ...

    def sync_method(self) -> None: ...


class Wraps:
    """An object that `functools.update_wrapper` made look like an async function."""

    def __init__(self) -> None:
        functools.update_wrapper(self, work)

    def __call__(self) -> Any:
        raise AssertionError("called")


ASYNC = {
    "function": work,
    "partial": functools.partial(work),
    "partial of partial": functools.partial(functools.partial(work, 1), 2),
    "wraps": wrapper,
    "partial of wraps": functools.partial(wrapper),
    "object": Async(),
    "partial of object": functools.partial(Async()),
    "method": Async().method,
    "method of a sync object": Sync().method,
    "classmethod": Async.of_class,
    "staticmethod": Async.static,
    "unbound": Async.method,
    "call": Async().__call__,
    "wrapping object": Wraps(),
    "marked": markcoroutinefunction(lambda: None),
    "sync_to_async": sync_to_async(sync_work),
    "AsyncMock": AsyncMock(),
}
SYNC = {
    "function": sync_work,
    "partial": functools.partial(sync_work),
    "object": Sync(),
    "method": Sync().sync_method,
    "class": Sync,
    "class with async call": Async,
    "builtin": len,
    "async_to_sync": async_to_sync(work),
    "Mock": Mock(),
    "None": None,
    "text": "work",
}


@pytest.mark.parametrize("obj", ASYNC.values(), ids=ASYNC)
def test_async(obj: Any) -> None:
    assert is_async_callable(obj) is True


@pytest.mark.parametrize("obj", SYNC.values(), ids=SYNC)
def test_not_async(obj: Any) -> None:
    assert is_async_callable(obj) is False


def test_wrappers_that_wrap_each_other_end() -> None:
    def one() -> None: ...
    def other() -> None: ...

    one.__wrapped__, other.__wrapped__ = other, one  # type: ignore[attr-defined]
    assert is_async_callable(one) is False
