"""Requests side by side do not mix: context variables, users, and the thread of each."""

import asyncio
import contextvars
import json
import threading
from types import SimpleNamespace
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.db import connections
from rest_framework.permissions import BasePermission
from views_testapp.driver import Exchange, Routes

from restflow.core import in_thread
from restflow.responses import Response
from restflow.test import AsyncAPIClient
from restflow.views import AsyncAPIView

tenant: contextvars.ContextVar[str] = contextvars.ContextVar("tenant", default="none")


class HeaderAuthentication:
    def authenticate(self, request):
        tenant.set(request.headers["x-user"])
        return SimpleNamespace(is_authenticated=True, name=request.headers["x-user"]), None

    def authenticate_header(self, request):
        return None


class Waiting(BasePermission):
    async def ahas_permission(self, request, view):
        await asyncio.sleep(0.001)
        return request.user.name == tenant.get()


class Who(AsyncAPIView):
    authentication_classes = (HeaderAuthentication,)
    permission_classes = (Waiting,)

    async def get(self, request):
        await asyncio.sleep(0.001)
        return Response([request.user.name, tenant.get(), (await request.auser()).name])

    def post(self, request):
        return Response([request.user.name, tenant.get(), threading.current_thread().name])


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_fifty_requests_keep_to_themselves(method: str, settings: Any) -> None:
    settings.ROOT_URLCONF = Routes(Who.as_view())

    async def main() -> list[Any]:
        send = AsyncAPIClient().generic
        return await asyncio.gather(*(send(method, "/", headers={"x-user": f"user {n}"}) for n in range(50)))

    for n, response in enumerate(asyncio.run(main())):
        assert response.json()[:2] == [f"user {n}", f"user {n}"]


def test_fifty_requests_keep_their_threads_and_connections(settings: Any, kept_connection: None) -> None:
    """Under Django's ASGI handler, while all of them are on their way at once."""

    def place() -> list[int]:
        return [threading.get_ident(), id(connections["default"])]

    class View(AsyncAPIView):
        authentication_classes = ()

        async def get(self, request):
            before = await in_thread(place)
            await together.wait()
            return Response([before, await in_thread(place)])

    settings.ROOT_URLCONF = Routes(View.as_view())
    together: Any = None

    async def main() -> list[Any]:
        nonlocal together
        together = asyncio.Barrier(50)
        exchanges = [Exchange().start() for _ in range(50)]
        return [json.loads((await exchange.finish()).content) for exchange in exchanges]

    places = asyncio.run(main())
    assert all(before == after for before, after in places)
    assert len({thread for (thread, _), _ in places}) == 50
    assert len({connection for (_, connection), _ in places}) == 50


def test_what_a_crossing_sets_is_seen_after_it_and_what_was_set_before_in_it(factory: Any) -> None:
    seen = []

    class View(AsyncAPIView):
        authentication_classes = ()

        def initial(self, request, *args, **kwargs):
            seen.append(tenant.get())
            tenant.set("from the thread")
            super().initial(request, *args, **kwargs)

        async def get(self, request):
            seen.append(tenant.get())
            return Response({})

    async def main() -> None:
        tenant.set("from the middleware")
        await View.as_view()(factory.get("/"))

    async_to_sync(main)()
    assert seen == ["from the middleware", "from the thread"]
