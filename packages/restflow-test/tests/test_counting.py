"""Counting queries and crossings: what belongs to the block, and what does not."""

import asyncio
import threading
from typing import Any

import pytest
from asgiref.sync import SyncToAsync, async_to_sync, sync_to_async
from django.db.backends.utils import CursorWrapper
from test_testapp.models import Invoice

from restflow.test import AsyncAPIClient, assert_max_crossings, assert_num_queries

pytestmark = [pytest.mark.urls("test_testapp.urls"), pytest.mark.django_db]
EXECUTE, CALL = CursorWrapper._execute_with_wrappers, SyncToAsync.__call__


@pytest.fixture(autouse=True)
def nothing_stays_patched() -> Any:
    yield
    assert CursorWrapper._execute_with_wrappers is EXECUTE
    assert SyncToAsync.__call__ is CALL
    assert asyncio.to_thread.__module__ == "asyncio.threads"


def test_queries_of_sync_code_are_counted_and_shown() -> None:
    with assert_num_queries(2) as counted:
        assert Invoice.objects.count() == 0
        assert not Invoice.objects.exists()
    assert len(counted) == 2
    assert "COUNT" in counted.queries[0]
    expected = r"1 queries were made, 0 expected:\n  1\. \(default\) SELECT"
    with pytest.raises(AssertionError, match=expected), assert_num_queries(0):
        Invoice.objects.count()
    with pytest.raises(AssertionError, match="0 queries were made, 1 expected"), assert_num_queries(1):
        pass


def test_a_bound_may_be_an_upper_one_and_of_one_database() -> None:
    with assert_num_queries(2, exact=False):
        Invoice.objects.count()
    with assert_num_queries(0, using="another"):
        Invoice.objects.count()
    with pytest.raises(AssertionError, match="at most 0 expected"), assert_num_queries(0, exact=False):
        Invoice.objects.count()


async def test_queries_in_crossings_requests_and_own_tasks_are_counted() -> None:
    client = AsyncAPIClient()
    async with assert_num_queries(4) as counted:
        await Invoice.objects.acount()
        await sync_to_async(Invoice.objects.count)()
        await asyncio.gather(Invoice.objects.acount(), client.get("/database/"))
    assert counted.aliases == ["default"] * 4


async def test_queries_of_other_tasks_are_not() -> None:
    go, done = asyncio.Event(), asyncio.Event()

    async def other() -> None:
        await go.wait()
        await Invoice.objects.acount()
        done.set()

    task = asyncio.ensure_future(other())
    async with assert_num_queries(0):
        go.set()
        await done.wait()
    await task


async def test_with_on_a_running_loop_is_refused() -> None:
    with pytest.raises(RuntimeError, match="async with"), assert_num_queries(0):
        pass


def test_an_error_in_the_block_is_not_hidden_by_the_count() -> None:
    with pytest.raises(LookupError), assert_num_queries(5):
        raise LookupError


def test_blocks_nest() -> None:
    with assert_num_queries(2):
        Invoice.objects.count()
        with assert_num_queries(1):
            Invoice.objects.count()


async def test_crossings_are_counted_and_named() -> None:
    client = AsyncAPIClient()
    async with assert_max_crossings(3) as counted:
        await sync_to_async(len)("")
        await asyncio.to_thread(len, "")
        await sync_to_async(threading.current_thread)()
    assert counted.count == 3
    assert counted.names == ["len", "len", "current_thread"]
    with pytest.raises(AssertionError, match=r"(?s)crossings were made, at most 0 expected:\n  1\. .*\. len"):
        async with assert_max_crossings(0):
            await client.get("/crossing/")


async def test_a_crossing_inside_a_crossing_is_not_counted_again() -> None:
    def outer() -> int:
        return async_to_sync(inner)()

    async def inner() -> int:
        return await sync_to_async(len)("abc")

    with assert_max_crossings(1) as counted:
        assert await sync_to_async(outer)() == 3
        assert counted.count == 1


@assert_num_queries(1)
def test_a_sync_test_may_be_decorated() -> None:
    Invoice.objects.count()


@assert_num_queries(1)
@assert_max_crossings(1)
async def test_an_async_test_may_be_decorated() -> None:
    await Invoice.objects.acount()


def test_a_decorated_function_counts_anew_with_every_call() -> None:
    @assert_num_queries(1)
    def once() -> None:
        Invoice.objects.count()

    once()
    once()
