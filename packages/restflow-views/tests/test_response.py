"""`Response`: rendered once, on the loop or in a thread, with callbacks of either colour in their order."""

import asyncio
import pickle
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.http import HttpResponse
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.response import Response as DRFResponse

from restflow.responses import Response
from restflow.test import assert_max_crossings
from restflow.views import AsyncAPIView


def negotiated(data: Any = None, renderer: Any = None, cls: Any = Response, **kwargs: Any) -> Any:
    response = cls({"a": 1} if data is None else data, **kwargs)
    response.accepted_renderer = renderer or JSONRenderer()
    response.accepted_media_type = "application/json"
    response.renderer_context = {}
    return response


class AsyncRenderer(BaseRenderer):
    media_type = "application/json"
    charset = None

    async def arender(self, data, accepted_media_type=None, renderer_context=None):
        await asyncio.sleep(0)
        return b"async"


def both_callbacks(response: Any, log: list[str]) -> None:
    async def later(response: Any) -> None:
        await asyncio.sleep(0)
        log.append("async")

    response.add_post_render_callback(lambda response: log.append("first"))
    response.add_post_render_callback(later)
    response.add_post_render_callback(lambda response: log.append("last"))


@pytest.mark.parametrize("door", ["render", "arender"])
def test_callbacks_of_either_colour_run_once_and_in_order(door: str) -> None:
    log: list[str] = []
    response = negotiated()
    both_callbacks(response, log)
    render = response.render if door == "render" else async_to_sync(response.arender)
    assert render() is response
    assert response.content == b'{"a":1}'
    assert render() is response
    assert log == ["first", "async", "last"]


@pytest.mark.parametrize("door", ["render", "arender"])
def test_a_callback_may_replace_the_response(door: str) -> None:
    response = negotiated()

    async def replace(response: Any) -> Any:
        return HttpResponse("other")

    response.add_post_render_callback(replace)
    rendered = response.render() if door == "render" else async_to_sync(response.arender)()
    assert rendered.content == b"other"


@pytest.mark.parametrize("door", ["render", "arender"])
def test_an_async_renderer_is_awaited(door: str) -> None:
    response = negotiated(renderer=AsyncRenderer())
    rendered = response.render() if door == "render" else async_to_sync(response.arender)()
    assert rendered.content == b"async"
    assert rendered["Content-Type"] == "application/json"


async def test_on_a_running_loop_render_names_its_twin() -> None:
    response = negotiated()
    both_callbacks(response, [])
    with pytest.raises(RuntimeError, match=r"await Response\.arender\(\)"):
        response.render()
    with pytest.raises(RuntimeError, match=r"await Response\.arender\(\)"):
        negotiated(renderer=AsyncRenderer()).render()


async def test_without_anything_async_render_works_on_a_loop() -> None:
    assert negotiated().render().content == b'{"a":1}'


class Slow(JSONRenderer):
    """May block, for all that anybody knows."""

    def render(self, *args: Any, **kwargs: Any) -> bytes:
        return super().render(*args, **kwargs)


@pytest.mark.parametrize(
    ("data", "renderer", "crossed"),
    [
        ({"a": 1}, None, 0),
        ([{"a": 1}] * 4_999, None, 0),
        ([{"a": 1}] * 5_001, None, 1),
        ({"count": 9, "results": [{"a": 1, "b": [1] * 100}] * 100}, None, 1),
        ((n for n in range(3)), None, 1),
        ({"a": 1}, Slow(), 1),
    ],
    ids=["small", "at the limit", "large", "large page", "generator", "own renderer"],
)
def test_what_may_block_or_last_is_rendered_in_a_crossing(data: Any, renderer: Any, crossed: int) -> None:
    with assert_max_crossings(crossed) as crossings:
        async_to_sync(negotiated(data, renderer).arender)()
    assert crossings.count == crossed


def test_it_pickles_like_drfs() -> None:
    response = negotiated(status=202, headers={"X-A": "b"}).render()
    restored = pickle.loads(pickle.dumps(response))
    assert (restored.data, restored.status_code, restored["X-A"], restored.content) == ({"a": 1}, 202, "b", b'{"a":1}')


@pytest.mark.parametrize("cls", [Response, DRFResponse])
class TestOfAsyncViews:
    """A response of an async view needs no call by its user."""

    def view(self, cls: Any, log: list[str], renderer: Any = JSONRenderer) -> Any:
        class View(AsyncAPIView):
            authentication_classes = ()
            renderer_classes = (renderer,)

            async def get(self, request):
                response = cls({"a": 1})
                if renderer is not Slow:
                    both_callbacks(response, log)
                return response

        return View.as_view()

    async def test_django_awaits_it(self, cls: Any, serve: Any) -> None:
        log: list[str] = []
        exchange = await serve(None, view=self.view(cls, log)).finish()
        assert exchange.content == b'{"a":1}'
        assert log == ["first", "async", "last"]

    @pytest.mark.parametrize("renderer", [AsyncRenderer, type("OfJson", (AsyncRenderer, JSONRenderer), {})])
    async def test_an_async_renderer_too(self, cls: Any, renderer: Any, serve: Any) -> None:
        for view in (self.view(cls, [], renderer), self.view(cls, [], renderer)):
            exchange = await serve(None, view=view).finish()
            assert exchange.content == b"async"

    def test_a_unit_test_renders_it_itself(self, cls: Any, factory: Any) -> None:
        response = async_to_sync(self.view(cls, [], Slow))(factory.get("/"))
        assert response.render() is response
        assert response.content == b'{"a":1}'
