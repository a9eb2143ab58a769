"""The four test cases: what rolls back, what commits, and the blocks that look at the right connection.

Each pair of tests would see one another's rows if one of them left any.
"""

import asyncio
import logging
import unittest
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import transaction
from django.test import override_settings
from test_testapp import views
from test_testapp.models import Invoice

from restflow.test import (
    AsyncAPIClient,
    AsyncAPISimpleTestCase,
    AsyncAPITestCase,
    AsyncAPITransactionTestCase,
    capture_on_commit_callbacks,
)

URLS = override_settings(ROOT_URLCONF="test_testapp.urls")


def run(case: type[Any], *names: str) -> unittest.TestResult:
    """Runs tests of a case by unittest itself; nothing of pytest is between."""
    result = unittest.TestResult()
    unittest.TestSuite([case(name) for name in names]).run(result)
    return result


@URLS
class SimpleCase(AsyncAPISimpleTestCase):
    async def test_the_client_is_async_and_fresh(self) -> None:
        assert isinstance(self.client, AsyncAPIClient)
        assert self.async_client is not None
        assert (await self.client.get("/echo/")).status_code == 200

    async def test_async_access_to_the_database_fails_the_test(self) -> None:
        with pytest.raises(AssertionError, match="Database queries to 'default' are not allowed"):
            await Invoice.objects.acount()

    async def test_access_by_a_view_fails_the_test(self) -> None:
        with pytest.raises(AssertionError, match="not allowed"):
            await self.client.get("/database/")


@URLS
class RollingBackTests(AsyncAPITestCase):
    """Each test finds the row of `setUpTestData` and nothing else."""

    @classmethod
    def setUpTestData(cls) -> None:
        Invoice.objects.create(amount="9.00")

    def test_sync(self) -> None:
        assert Invoice.objects.count() == 1
        Invoice.objects.create(amount="1.00")

    async def test_async_orm(self) -> None:
        assert await Invoice.objects.acount() == 1
        await Invoice.objects.acreate(amount="1.00")
        await sync_to_async(Invoice.objects.create)(amount="1.00")
        assert await Invoice.objects.acount() == 3

    async def test_requests_see_the_tests_rows_and_the_test_theirs(self) -> None:
        await Invoice.objects.acreate(amount="1.00")
        assert (await self.client.get("/invoices/")).json() == {"count": 2}
        assert (await self.client.post("/invoices/", {"amount": "2.00"})).status_code == 201
        assert (await self.client.post("/async-create/")).json() == {"count": 4}
        assert await Invoice.objects.acount() == 4

    async def test_concurrent_requests(self) -> None:
        assert await Invoice.objects.acount() == 1
        await asyncio.gather(*(self.client.post("/async-create/") for _ in range(20)))
        assert await Invoice.objects.acount() == 21


class TransactionCase(AsyncAPITransactionTestCase):
    async def test_commits_fire_their_callbacks(self) -> None:
        with override_settings(ROOT_URLCONF="test_testapp.urls"):
            views.committed.clear()
            response = await self.client.post("/invoices/", {"amount": "1.00"})
            assert views.committed == [response.json()["id"]]

    async def test_and_are_flushed_afterwards(self) -> None:
        assert await Invoice.objects.acount() == 0
        await Invoice.objects.acreate(amount="1.00")

    test_and_are_flushed_before = test_and_are_flushed_afterwards


class FixtureCase(AsyncAPITestCase):
    """Async fixtures run around each test, in its transaction and on its loop."""

    log: list[str] = []

    async def asyncSetUp(self) -> None:
        self.loop = asyncio.get_running_loop()
        await Invoice.objects.acreate(amount="1.00")
        self.log.append("set up")

    async def asyncTearDown(self) -> None:
        self.log.append(f"tear down {await Invoice.objects.acount()}")

    async def test_async(self) -> None:
        assert asyncio.get_running_loop() is self.loop
        assert await Invoice.objects.acount() == 1
        await Invoice.objects.acreate(amount="1.00")

    def test_sync(self) -> None:
        assert Invoice.objects.count() == 1

    async def failing(self) -> None:
        raise LookupError


@pytest.mark.django_db(transaction=True)
def test_async_fixtures_run_around_each_test_also_a_failing_one() -> None:
    FixtureCase.log.clear()
    result = run(FixtureCase, "test_async", "test_sync", "failing")
    assert (result.testsRun, len(result.errors), result.failures) == (3, 1, [])
    assert FixtureCase.log == ["set up", "tear down 2", "set up", "tear down 1", "set up", "tear down 1"]
    assert Invoice.objects.count() == 0


class BlockCase(AsyncAPITestCase):
    async def test_queries_are_counted_in_async_code(self) -> None:
        async with self.assertNumQueries(1):
            await Invoice.objects.acount()
        with pytest.raises(AssertionError, match="1 queries were made, 2 expected"):
            async with self.assertNumQueries(2):
                await Invoice.objects.acount()
        with pytest.raises(RuntimeError, match="async with"), self.assertNumQueries(0):
            pass

    def test_queries_are_counted_in_sync_code(self) -> None:
        with self.assertNumQueries(1):
            Invoice.objects.count()
        self.assertNumQueries(1, Invoice.objects.count)

    async def test_callbacks_are_captured_and_run_where_the_orm_is(self) -> None:
        seen: list[Any] = []

        def nested() -> None:
            transaction.on_commit(lambda: seen.append(Invoice.objects.count()))

        async with self.captureOnCommitCallbacks() as callbacks:
            await sync_to_async(transaction.on_commit)(nested)
        assert len(callbacks) == 1
        assert seen == []
        async with self.captureOnCommitCallbacks(execute=True) as callbacks:
            await sync_to_async(transaction.on_commit)(nested)
        assert len(callbacks) == 2
        assert seen == [0]
        with pytest.raises(RuntimeError, match="async with"), self.captureOnCommitCallbacks():
            pass

    async def test_a_robust_callback_that_raises_is_logged(self) -> None:
        def fail() -> None:
            raise LookupError("lost")

        with self.assertLogs("django.test", logging.ERROR) as logs:
            async with self.captureOnCommitCallbacks(execute=True):
                await sync_to_async(lambda: transaction.on_commit(fail, robust=True))()
        assert "lost" in logs.output[0]

    def test_callbacks_are_captured_in_sync_code(self) -> None:
        with self.captureOnCommitCallbacks(execute=True) as callbacks:
            transaction.on_commit(int)
        assert callbacks == [int]


@pytest.mark.django_db
async def test_callbacks_are_captured_without_a_case_too() -> None:
    seen: list[int] = []

    @capture_on_commit_callbacks(execute=True)
    async def decorated(run: int) -> None:
        await sync_to_async(transaction.on_commit)(lambda: seen.append(Invoice.objects.count()))
        assert len(seen) == run

    for run in range(2):
        await decorated(run)
    assert seen == [0, 0]
    async with capture_on_commit_callbacks() as callbacks:
        await sync_to_async(transaction.on_commit)(int)
    assert callbacks == [int]


@pytest.mark.needs("postgres")
class PostgresTests(AsyncAPITestCase):
    """The same on a second database, whose server is real."""

    databases = {"default", "postgres"}

    async def test_rows_are_written(self) -> None:
        rows = Invoice.objects.using("postgres")
        assert await rows.acount() == 0
        await asyncio.gather(*(rows.acreate(amount="1.00") for _ in range(20)))
        await sync_to_async(rows.create)(amount="1.00")
        assert await rows.acount() == 21
        async with self.assertNumQueries(1, using="postgres"), self.assertNumQueries(0):
            await rows.acount()

    test_rows_were_rolled_back = test_rows_are_written


class PickleCase(AsyncAPITestCase):
    """Parallel runs pickle the case."""

    async def test_it_survives_sub_tests(self) -> None:
        for number in range(2):
            with self.subTest(number=number):
                assert await Invoice.objects.acount() == 0
