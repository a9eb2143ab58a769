"""Megabytes of JSON: they are parsed and rendered in a thread, while the loop has its turn."""

import asyncio
import json
import threading
from collections.abc import Callable
from typing import Any

import pytest
from rest_framework import serializers
from rest_framework.parsers import JSONParser
from rest_framework.renderers import JSONRenderer as DRFJSONRenderer
from rest_framework.response import Response as DRFResponse
from views_testapp.serializers import BookSerializer
from views_testapp.views import AsyncBooks

from restflow.responses import JSONRenderer, Response
from restflow.test import assert_max_crossings
from restflow.views import AsyncAPIView, _json_bodies

SIZE = 5_000_000
ROWS = [{"id": n, "text": "x" * 88} for n in range(SIZE // 100)]
BODY = json.dumps(ROWS).encode()
POSTED: dict[str, Any] = {"method": "POST", "headers": [(b"content-type", b"application/json")]}
DJANGO = 2
"""The crossings of Django's own handler."""

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def large_bodies_are_taken(settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = None


class Turns:
    """Work that ends when the loop has had its turn; on the loop itself it would wait in vain."""

    def __init__(self) -> None:
        self.begun, self.had_turn = threading.Event(), threading.Event()
        self.threads: list[int] = []
        self.waited: list[bool] = []

    def work(self) -> None:
        self.threads.append(threading.get_ident())
        self.begun.set()
        self.waited.append(self.had_turn.wait(20))

    async def give(self, exchange: Any) -> None:
        """Gives the turn when the work has begun, and lets the request end."""
        begun = asyncio.ensure_future(asyncio.to_thread(self.begun.wait, 20))
        await asyncio.wait([begun, exchange.task], return_when=asyncio.FIRST_COMPLETED)
        self.begun.set()
        self.had_turn.set()
        await exchange.finish()
        await begun
        assert self.waited
        assert all(self.waited)
        assert threading.get_ident() not in self.threads


class AsGiven(serializers.Field):
    """Takes what comes."""

    def to_internal_value(self, data: Any) -> Any:
        return data


class Posting(AsyncAPIView):
    """Takes a list by the async helper."""

    authentication_classes = ()

    async def post(self, request):
        serializer = await self.avalidated_serializer(serializer_class=serializers.ListSerializer, child=AsGiven())
        return Response({"rows": len(serializer.validated_data)})


class TestParsing:
    """A body of five megabytes."""

    def parser(self, turns: Turns) -> Any:
        class Parser(JSONParser):
            def parse(self, *args, **kwargs):
                turns.work()
                return super().parse(*args, **kwargs)

        return Parser

    async def test_by_a_helper(self, serve: Any) -> None:
        turns = Turns()
        view = Posting.as_view(parser_classes=[self.parser(turns)])
        exchange = serve(None, view=view, body=BODY, **POSTED)
        await turns.give(exchange)
        assert json.loads(exchange.content) == {"rows": len(ROWS)}

    async def test_by_rest_frameworks_parser(self, serve: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        turns, read = Turns(), _json_bodies._decoders[True]

        class Decoder:
            def decode(self, text: str) -> Any:
                turns.work()
                return read.decode(text)

        monkeypatch.setitem(_json_bodies._decoders, True, Decoder())
        exchange = serve(None, view=Posting.as_view(), body=BODY, **POSTED)
        await turns.give(exchange)
        assert json.loads(exchange.content) == {"rows": len(ROWS)}

    @pytest.mark.parametrize("action", ["create", "update", "partial_update"])
    async def test_by_an_action(self, action: str, library: Any, serve: Any) -> None:
        turns = Turns()
        method = {"create": "post", "update": "put", "partial_update": "patch"}[action]
        data = {"title": "New", "author": library.author.pk, "extra": ROWS}
        action_view = AsyncBooks.as_view({method: action}, parser_classes=[self.parser(turns)])

        async def view(request: Any) -> Any:
            return await action_view(request, pk=library.books[0].pk)

        view.csrf_exempt = True  # type: ignore[attr-defined]
        exchange = serve(
            None,
            view=view,
            body=json.dumps(data).encode(),
            **{**POSTED, "method": method.upper()},
        )
        await turns.give(exchange)
        assert exchange.status in (200, 201)
        assert json.loads(exchange.content)["title"] == "New"

    async def test_by_a_sync_handler(self, serve: Any) -> None:
        class View(AsyncAPIView):
            authentication_classes = ()

            def post(self, request):
                return Response({"rows": len(request.data)})

        turns = Turns()
        exchange = serve(None, view=View.as_view(parser_classes=[self.parser(turns)]), body=BODY, **POSTED)
        await turns.give(exchange)
        assert json.loads(exchange.content) == {"rows": len(ROWS)}


class TestRendering:
    """A response of five megabytes."""

    @pytest.mark.parametrize("cls", [Response, DRFResponse])
    @pytest.mark.parametrize(
        "data",
        [ROWS, {"results": ROWS}, {"text": "x" * SIZE}, ["x" * SIZE], {"a": {"b": ["x" * SIZE] * 2}}],
        ids=["rows", "a page", "a text", "texts", "texts within"],
    )
    @pytest.mark.parametrize("renderer", [JSONRenderer, DRFJSONRenderer])
    async def test_stock_renderers_cost_a_crossing_then(self, cls: Any, data: Any, renderer: Any, serve: Any) -> None:
        exchange = await self.answered(serve, lambda: cls(data), renderer, DJANGO + 1)
        assert json.loads(exchange.content) == data

    @pytest.mark.parametrize("renderer", [JSONRenderer, DRFJSONRenderer])
    async def test_a_small_one_costs_none(self, renderer: Any, serve: Any) -> None:
        await self.answered(serve, lambda: Response([{"id": 1, "text": "x" * 1_000}]), renderer, DJANGO)

    async def answered(self, serve: Any, make: Callable[[], Any], renderer: Any, crossed: int) -> Any:
        class View(AsyncAPIView):
            authentication_classes = ()
            renderer_classes = (renderer,)

            async def get(self, request):
                return make()

        with assert_max_crossings(crossed) as crossings:
            exchange = await serve(None, view=View.as_view()).finish()
        assert crossings.count == crossed
        return exchange

    async def test_the_loop_has_its_turn(self, serve: Any) -> None:
        turns = Turns()

        class Renderer(JSONRenderer):
            def render(self, *args, **kwargs):
                turns.work()
                return super().render(*args, **kwargs)

        class View(AsyncAPIView):
            authentication_classes = ()
            renderer_classes = (Renderer,)

            async def get(self, request):
                return Response(ROWS)

        exchange = serve(None, view=View.as_view())
        await turns.give(exchange)
        assert len(json.loads(exchange.content)) == len(ROWS)

    async def test_a_list_is_made_in_the_actions_crossing(self, library: Any, serve: Any) -> None:
        turns = Turns()

        class Long(BookSerializer):
            def to_representation(self, instance):
                if not turns.begun.is_set():
                    turns.work()
                return {"text": "x" * (SIZE // 3), **super().to_representation(instance)}

        exchange = serve(None, view=AsyncBooks.as_view({"get": "list"}, serializer_class=Long))
        await turns.give(exchange)
        assert len(exchange.content) > SIZE - 10
        assert len(json.loads(exchange.content)["results"]) == len(library.books)
