"""Renderers for negotiation: what `EventSource` and readers of lines get from an ordinary view."""

import json
from typing import Any

import pytest
from django.http import StreamingHttpResponse
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.permissions import IsAuthenticated
from rest_framework.renderers import BrowsableAPIRenderer

from restflow.responses import (
    EventStreamRenderer,
    JSONRenderer,
    NDJSONRenderer,
    NDJSONResponse,
    Response,
    SSEResponse,
)
from restflow.views import APIView, AsyncAPIView


def views_of(**attributes: Any) -> Any:
    """A view of each kind, which answers with what `answer` is."""

    class Async(AsyncAPIView):
        authentication_classes = ()

        async def get(self, request, **kwargs):
            return self.answer()

    class Sync(APIView):
        authentication_classes = ()

        def get(self, request, **kwargs):
            return self.answer()

    return [type(view.__name__, (view,), attributes) for view in (Async, Sync)]


EVENTS = {"HTTP_ACCEPT": "text/event-stream"}


def events(self: Any = None) -> Any:
    return SSEResponse(["x"])


def test_event_source_gets_its_stream(answer: Any, factory: Any) -> None:
    for view in views_of(renderer_classes=[EventStreamRenderer, JSONRenderer], answer=events):
        response = answer(view.as_view(), factory.get("/", **EVENTS))
        assert response["Content-Type"] == "text/event-stream"
        assert response.getvalue() == b"data: x\n\n"


def test_without_the_renderer_it_is_not_acceptable(answer: Any, factory: Any) -> None:
    for view in views_of(renderer_classes=[JSONRenderer], answer=events):
        assert answer(view.as_view(), factory.get("/", **EVENTS)).status_code == 406


def test_an_error_is_json_that_says_so(answer: Any, factory: Any) -> None:
    renderers = [EventStreamRenderer, JSONRenderer]
    for view in views_of(renderer_classes=renderers, answer=events, permission_classes=[IsAuthenticated]):
        response = answer(view.as_view(), factory.get("/", **EVENTS))
        assert response.status_code == 403
        assert response["Content-Type"] == "application/json"
        assert json.loads(response.content) == {"detail": PermissionDenied.default_detail}


def test_a_response_keeps_the_content_type_that_it_names(answer: Any, factory: Any) -> None:
    named = lambda self: Response({"a": 1}, content_type="application/own")  # noqa: E731
    for view in views_of(renderer_classes=[EventStreamRenderer], answer=named):
        assert answer(view.as_view(), factory.get("/", **EVENTS))["Content-Type"] == "application/own"


@pytest.mark.parametrize(
    ("data", "body"),
    [
        ([{"a": 1}, None, "x\ny"], b'{"a":1}\nnull\n"x\\ny"\n'),
        ((1, 2), b"1\n2\n"),
        ({"results": [1]}, b'{"results":[1]}\n'),
        ("x", b'"x"\n'),
        ([], b""),
        (None, b""),
    ],
)
def test_lines(data: Any, body: bytes, answer: Any, factory: Any) -> None:
    for view in views_of(renderer_classes=[JSONRenderer, NDJSONRenderer], answer=lambda self: Response(data)):
        response = answer(view.as_view(), factory.get("/", HTTP_ACCEPT="application/x-ndjson; indent=4"))
        assert response.content == body
        if body:
            assert response["Content-Type"] == "application/x-ndjson"
        by_suffix = answer(view.as_view(), factory.get("/?format=ndjson"))
        assert by_suffix.content == body


def test_an_error_response_is_one_line(answer: Any, factory: Any) -> None:
    def fail(self: Any) -> Any:
        raise ValidationError(["a", "b"])

    for view in views_of(renderer_classes=[NDJSONRenderer], answer=fail):
        assert answer(view.as_view(), factory.get("/")).content == b'["a","b"]\n'


def test_the_browsable_api_shows_them(answer: Any, factory: Any) -> None:
    renderers = [NDJSONRenderer, EventStreamRenderer, BrowsableAPIRenderer]
    for view in views_of(renderer_classes=renderers, answer=lambda self: Response([{"a": 1}])):
        response = answer(view.as_view(), factory.get("/", HTTP_ACCEPT="text/html"))
        assert response.status_code == 200
        assert b"&quot;a&quot;" in response.content


@pytest.mark.parametrize("cls", [NDJSONResponse, SSEResponse, StreamingHttpResponse])
@pytest.mark.parametrize("kind", ["sync", "async"])
def test_a_stream_to_head_is_closed_unread(cls: Any, kind: str, answer: Any, factory: Any) -> None:
    log = []

    class Rows:
        """Tells what becomes of it."""

        def __iter__(self):
            log.append("iterated")
            return iter(["x"])

        def close(self):
            log.append("closed")

    class AsyncRows:
        def __aiter__(self):
            return self

        async def __anext__(self):
            log.append("read")
            raise StopAsyncIteration

        async def aclose(self):
            log.append("closed")

    for view in views_of(answer=lambda self: cls(Rows() if kind == "sync" else AsyncRows())):
        log.clear()
        view.head = view.get
        response = answer(view.as_view(), factory.head("/"))
        assert response.status_code == 200
        assert b"".join(response.streaming_content if not response.is_async else ()) == b""
        assert log == ["closed"] or (cls is StreamingHttpResponse and log in ([], ["iterated"], ["closed"]))
