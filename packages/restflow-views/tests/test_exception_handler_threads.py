"""Where an exception handler of an async view runs: a project's own may block, so it has a thread."""

import functools
import threading
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from rest_framework.exceptions import PermissionDenied
from rest_framework.views import exception_handler as drf_handler

from restflow.exceptions import build_exception_handler, exception_handler
from restflow.responses import Response
from restflow.test import assert_max_crossings
from restflow.views import AsyncAPIView

THREADS: list[int] = []


def noted(exc: Any, context: Any) -> Any:
    THREADS.append(threading.get_ident())
    return Response({"handled": True}, status=418)


async def anoted(exc: Any, context: Any) -> Any:
    return noted(exc, context)


class Object:
    def __call__(self, exc: Any, context: Any) -> Any:
        return noted(exc, context)

    def method(self, exc: Any, context: Any) -> Any:
        return noted(exc, context)


class Both(Object):
    async def ahandle(self, exc: Any, context: Any) -> Any:
        return noted(exc, context)


class Derived(type(exception_handler)):  # type: ignore[misc]
    """Changes one face of restflow's handler."""

    def __call__(self, exc: Any, context: Any) -> Any:
        noted(exc, context)
        return super().__call__(exc, context)


@functools.wraps(drf_handler)
def wrapping(exc: Any, context: Any) -> Any:
    return noted(exc, context)


def refusing(handler: Any) -> Any:
    """A view that raises, and leaves that to `handler`."""

    class View(AsyncAPIView):
        authentication_classes = ()

        async def get(self, request):
            raise PermissionDenied("no")

        def get_exception_handler(self):
            return handler

    return View.as_view()


def answered(handler: Any, factory: Any) -> tuple[Any, int, int]:
    """The response, the loop's thread, and the crossings."""

    async def ask() -> Any:
        return await refusing(handler)(factory.get("/")), threading.get_ident()

    THREADS.clear()
    with assert_max_crossings(1) as crossings:
        response, loop = async_to_sync(ask)()
    return response, loop, crossings.count


@pytest.mark.parametrize(
    "handler",
    [noted, Object(), Object().method, functools.partial(noted), wrapping, lambda *args: noted(*args)],
    ids=["function", "object", "method", "partial", "wrapper of REST framework's", "lambda"],
)
def test_a_project_s_sync_handler_costs_a_crossing(handler: Any, factory: Any) -> None:
    response, _, crossed = answered(handler, factory)
    assert (response.status_code, response.exception, crossed) == (418, True, 1)


@pytest.mark.parametrize("handler", [noted, Object(), wrapping], ids=["function", "object", "wrapper"])
async def test_it_runs_in_a_thread_of_its_own(handler: Any, factory: Any) -> None:
    THREADS.clear()
    response = await refusing(handler)(factory.get("/"))
    assert response.status_code == 418
    assert len(THREADS) == 1
    assert THREADS[0] != threading.get_ident()


def test_one_face_that_is_overridden_is_the_one_that_runs(factory: Any) -> None:
    response, _, crossed = answered(Derived(format="envelope", include_codes=False, type_base=None), factory)
    assert (response.status_code, crossed, len(THREADS)) == (403, 1, 1)
    assert response.data["error"]["code"] == "permission_denied"


@pytest.mark.parametrize("handler", [anoted, Both()], ids=["async function", "async twin"])
def test_an_async_one_is_awaited_on_the_loop(handler: Any, factory: Any) -> None:
    response, loop, crossed = answered(handler, factory)
    assert (response.status_code, crossed, THREADS) == (418, 0, [loop])


@pytest.mark.parametrize("handler", [drf_handler, exception_handler, build_exception_handler(format="problem")])
def test_those_of_the_libraries_cost_none(handler: Any, factory: Any) -> None:
    response, _, crossed = answered(handler, factory)
    assert (response.status_code, response.exception, crossed) == (403, True, 0)
