"""The live server: a real socket, rows in both directions, streams, and an end that leaves nothing behind."""

import asyncio
import socket
import threading
from contextlib import aclosing
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.handlers.asgi import ASGIHandler
from django.test import modify_settings, override_settings
from test_testapp import views
from test_testapp.models import Invoice

from restflow.test import AsyncAPILiveServerTestCase, aiter_sse

uvicorn = pytest.importorskip("uvicorn")
httpx = pytest.importorskip("httpx")


@override_settings(ROOT_URLCONF="test_testapp.urls")
class LiveTests(AsyncAPILiveServerTestCase):
    async def get(self, path: str) -> Any:
        async with httpx.AsyncClient(base_url=self.live_server_url) as client:
            return await client.get(path)

    async def test_it_serves_the_tests_rows_and_the_test_sees_its(self) -> None:
        await Invoice.objects.acreate(amount="1.00")
        assert (await self.get("/database/")).json()["count"] == 1
        async with httpx.AsyncClient(base_url=self.live_server_url) as client:
            answers = await asyncio.gather(*(client.post("/async-create/") for _ in range(10)))
        assert {answer.status_code for answer in answers} == {200}
        assert await Invoice.objects.acount() == 11

    async def test_rows_are_flushed_between_tests(self) -> None:
        assert (await self.get("/database/")).json()["count"] == 0

    def test_sync_tests_work_too(self) -> None:
        assert httpx.get(f"{self.live_server_url}/echo/").json()["method"] == "GET"

    async def test_settings_that_a_test_overrides_reach_it(self) -> None:
        with override_settings(ROOT_URLCONF="testsite.urls"):
            assert (await self.get("/echo/")).status_code == 404

    async def test_events_arrive_one_by_one_and_a_disconnect_is_seen_by_the_view(self) -> None:
        views.closed.clear()
        async with (
            httpx.AsyncClient() as client,
            client.stream("GET", f"{self.live_server_url}/silence/") as response,
            aclosing(aiter_sse(response)) as events,
        ):
            assert (await anext(events)).data == "first"
        for _ in range(200):
            if views.closed:
                break
            await asyncio.sleep(0.01)
        assert views.closed == ["silence"]

    async def test_an_exception_is_a_500_and_the_server_goes_on(self) -> None:
        with self.assertLogs("django.request", "ERROR"):
            assert (await self.get("/fail/")).status_code == 500
        assert (await self.get("/echo/")).status_code == 200


def test_it_ends_with_open_streams_and_leaves_no_thread_and_no_socket(transactional_db: None) -> None:
    before = set(threading.enumerate())

    class Case(AsyncAPILiveServerTestCase):
        pass

    async def read_first(client: Any) -> None:
        response = await client.send(client.build_request("GET", f"{Case.live_server_url}/silence/"), stream=True)
        await anext(aiter_sse(response))

    async def main() -> None:
        async with httpx.AsyncClient(limits=httpx.Limits(max_connections=None)) as client:
            await asyncio.gather(*(read_first(client) for _ in range(20)))
            await asyncio.to_thread(Case.server_thread.terminate)

    with override_settings(ROOT_URLCONF="test_testapp.urls"):
        Case.setUpClass()
        port = Case.server_thread.port
        asyncio.run(main())
        Case.doClassCleanups()
    assert [thread for thread in threading.enumerate() if thread not in before and "restflow" in thread.name] == []
    with pytest.raises(OSError), socket.create_connection(("localhost", port), timeout=1):  # noqa: PT011
        pass


def test_an_application_that_does_not_start_raises_its_own_error(transactional_db: None) -> None:
    async def application(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            raise LookupError("no licence")

    class Case(AsyncAPILiveServerTestCase):
        lifespan = "on"

    Case.application = staticmethod(application)
    with pytest.raises(LookupError, match="no licence"):
        Case.setUpClass()
    Case.doClassCleanups()


def test_an_application_with_a_lifespan_is_started_and_stopped(transactional_db: None) -> None:
    events: list[str] = []
    django = ASGIHandler()

    async def application(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "lifespan":
            await django(scope, receive, send)
            return
        for event in ("startup", "shutdown"):
            assert (await receive())["type"] == f"lifespan.{event}"
            events.append(event)
            await send({"type": f"lifespan.{event}.complete"})

    class Case(AsyncAPILiveServerTestCase):
        lifespan = "on"

    Case.application = staticmethod(application)
    Case.setUpClass()
    try:
        assert events == ["startup"]
        assert httpx.get(f"{Case.live_server_url}/nowhere/").status_code == 404
    finally:
        Case.doClassCleanups()
    assert events == ["startup", "shutdown"]


@pytest.mark.parametrize("serve_static", [True, False])
def test_static_files_are_served_unless_they_are_not_wanted(transactional_db: None, serve_static: bool) -> None:
    Case = type("Case", (AsyncAPILiveServerTestCase,), {"serve_static": serve_static})
    apps = ["django.contrib.staticfiles", "rest_framework"]
    with modify_settings(INSTALLED_APPS={"append": apps}), override_settings(STATIC_URL="/static/"):
        Case.setUpClass()
        try:
            found = httpx.get(f"{Case.live_server_url}/static/rest_framework/css/default.css")
        finally:
            Case.doClassCleanups()
    assert found.status_code == (200 if serve_static else 404)
    assert ("text/css" in found.headers["content-type"]) is serve_static


def test_an_application_that_does_not_import_is_refused(transactional_db: None) -> None:
    class Case(AsyncAPILiveServerTestCase):
        application = "nowhere.at_all:application"

    with pytest.raises(ImproperlyConfigured, match=r"nowhere\.at_all"):
        Case.setUpClass()
    Case.doClassCleanups()


def test_the_fixture_serves_one_test(live_api_server: Any) -> None:
    with override_settings(ROOT_URLCONF="test_testapp.urls"):
        assert httpx.get(f"{live_api_server.url}/echo/").status_code == 200


def test_without_uvicorn_the_extra_is_named(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "uvicorn", None)
    monkeypatch.delitem(sys.modules, "restflow.test._server", raising=False)

    class Case(AsyncAPILiveServerTestCase):
        pass

    with pytest.raises(ImproperlyConfigured, match=r'pip install "restflow-test\[live\]"'):
        Case.setUpClass()
    Case.doClassCleanups()
