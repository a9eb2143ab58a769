"""Requests side by side do not mix: context variables, users, and the thread of each."""

import asyncio
import contextvars
import threading
from types import SimpleNamespace
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from rest_framework.permissions import BasePermission
from views_testapp.driver import Routes

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
