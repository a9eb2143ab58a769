"""Test cases for a project on a database server, run by Django's own runner (see test_on_servers.py).

Each pair of tests of a class would see one another's rows if one of them left any.
"""

import asyncio
from contextlib import aclosing, suppress
from typing import Any

import httpx
from asgiref.sync import sync_to_async
from django.db import connection, transaction
from django.test import override_settings

from restflow.test import AsyncAPILiveServerTestCase, AsyncAPITestCase, AsyncAPITransactionTestCase, aiter_sse
from test_testapp import views
from test_testapp.models import Invoice

URLS = override_settings(ROOT_URLCONF="test_testapp.urls")


def seen_elsewhere() -> int:
    """The rows that this thread's own connection sees."""
    try:
        return Invoice.objects.count()
    finally:
        connection.close()


@URLS
class RollingBack(AsyncAPITestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        Invoice.objects.create(amount="9.00")

    async def test_all_that_the_test_and_its_requests_write_is_one_transaction(self) -> None:
        assert await Invoice.objects.acount() == 1
        await sync_to_async(Invoice.objects.create)(amount="1.00")
        await asyncio.gather(*(self.client.post("/async-create/") for _ in range(20)))
        assert (await self.client.get("/invoices/")).json() == {"count": 22}
        async with self.assertNumQueries(1):
            assert await Invoice.objects.acount() == 22

    test_and_is_rolled_back = test_all_that_the_test_and_its_requests_write_is_one_transaction

    async def test_another_connection_sees_nothing_of_it(self) -> None:
        await self.client.post("/async-create/")
        assert await Invoice.objects.acount() == 2
        assert await asyncio.to_thread(seen_elsewhere) == 0

    async def test_callbacks_do_not_fire(self) -> None:
        views.committed.clear()
        assert (await self.client.post("/invoices/", {"amount": "1.00"})).status_code == 201
        assert views.committed == []

    async def test_callbacks_are_captured(self) -> None:
        seen: list[int] = []
        async with self.captureOnCommitCallbacks(execute=True) as callbacks:
            await sync_to_async(transaction.on_commit)(lambda: seen.append(Invoice.objects.count()))
        assert (len(callbacks), seen) == (1, [1])


@URLS
class Committing(AsyncAPITransactionTestCase):
    async def test_commits_fire_their_callbacks(self) -> None:
        assert await Invoice.objects.acount() == 0
        views.committed.clear()
        response = await self.client.post("/invoices/", {"amount": "1.00"})
        assert views.committed == [response.json()["id"]]

    test_and_are_flushed = test_commits_fire_their_callbacks

    async def test_what_is_rolled_back_fires_nothing(self) -> None:
        fired: list[str] = []

        def work() -> None:
            with transaction.atomic():
                transaction.on_commit(lambda: fired.append("outer"))
                with suppress(LookupError), transaction.atomic():
                    Invoice.objects.create(amount="1.00")
                    transaction.on_commit(lambda: fired.append("inner"))
                    raise LookupError
                assert fired == []

        await sync_to_async(work)()
        assert fired == ["outer"]
        assert await Invoice.objects.acount() == 0

    async def test_another_connection_sees_what_is_committed(self) -> None:
        await self.client.post("/async-create/")
        assert await asyncio.to_thread(seen_elsewhere) == 1


@URLS
class Live(AsyncAPILiveServerTestCase):
    async def test_rows_are_seen_in_both_directions(self) -> None:
        assert await Invoice.objects.acount() == 0
        await Invoice.objects.acreate(amount="1.00")
        async with httpx.AsyncClient(base_url=self.live_server_url, timeout=30) as client:
            assert (await client.get("/database/")).json()["count"] == 1
            answers: list[Any] = await asyncio.gather(*(client.post("/async-create/") for _ in range(10)))
            created = await client.post("/invoices/", json={"amount": "2.00"})
        assert {answer.status_code for answer in answers} == {200}
        assert created.status_code == 201
        assert await Invoice.objects.acount() == 12

    test_and_are_flushed = test_rows_are_seen_in_both_directions

    async def test_a_stream_that_is_open_at_the_end_keeps_no_connection(self) -> None:
        async with httpx.AsyncClient(base_url=self.live_server_url, timeout=30) as client:
            assert (await client.get("/database/")).status_code == 200
            async with (
                client.stream("GET", "/silence/") as response,
                aclosing(aiter_sse(response, timeout=30)) as events,
            ):
                assert (await anext(events)).data == "first"
