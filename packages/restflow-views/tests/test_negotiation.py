"""Negotiation is REST framework's, whether its answer is remembered or not."""

from typing import Any

import pytest
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.renderers import BrowsableAPIRenderer, JSONRenderer
from rest_framework.views import APIView as DRFAPIView

from restflow.responses import NDJSONRenderer, Response
from restflow.views import APIView, AsyncAPIView, _negotiation

ACCEPTS = [
    None,
    "*/*",
    "application/json",
    "application/json; indent=4",
    "application/*;q=0.5, application/x-ndjson",
    "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "text/plain",
    "nonsense",
    "",
    ", ".join(["text/plain"] * 100),
    "application/json;" + "x" * 9000,
]
RENDERERS = [[JSONRenderer], [JSONRenderer, NDJSONRenderer], [BrowsableAPIRenderer, JSONRenderer, NDJSONRenderer]]


def view_of(base: Any, renderers: Any) -> Any:
    def get(self: Any, request: Any, **kwargs: Any) -> Response:
        return Response({"chosen": [request.accepted_renderer.format, request.accepted_media_type]})

    attributes = {"get": get, "renderer_classes": renderers, "authentication_classes": ()}
    return type("View", (base,), attributes).as_view()


@pytest.mark.parametrize("accept", ACCEPTS, ids=range(len(ACCEPTS)))
@pytest.mark.parametrize("renderers", RENDERERS, ids=len)
@pytest.mark.parametrize("query", ["/", "/?format=json", "/?format=nothing"])
@pytest.mark.parametrize("base", [AsyncAPIView, APIView])
def test_equal_to_rest_frameworks(
    accept: Any, renderers: Any, query: str, base: Any, factory: Any, answer: Any
) -> None:
    headers = {} if accept is None else {"HTTP_ACCEPT": accept}
    expected = answer(view_of(DRFAPIView, renderers), factory.get(query, **headers))
    for _ in range(2):
        found = answer(view_of(base, renderers), factory.get(query, **headers))
        assert found.status_code == expected.status_code
        assert found.data == expected.data
        assert found["Content-Type"] == expected["Content-Type"]


def test_what_is_remembered_is_bounded(factory: Any, answer: Any) -> None:
    view = view_of(APIView, [JSONRenderer])
    for n in range(600):
        answer(view, factory.get("/", HTTP_ACCEPT=f"application/json;n={n}"))
    assert len(_negotiation._decided) <= 256


@pytest.mark.parametrize("base", [AsyncAPIView, APIView])
def test_a_negotiation_of_ones_own_is_always_asked(base: Any, factory: Any, answer: Any) -> None:
    asked = []

    class Own(BaseContentNegotiation):
        def select_parser(self, request, parsers):
            return parsers[0]

        def select_renderer(self, request, renderers, format_suffix=None):
            asked.append(1)
            return renderers[-1], renderers[-1].media_type

    view = view_of(base, [JSONRenderer, NDJSONRenderer])
    view.cls.content_negotiation_class = Own
    for _ in range(2):
        assert answer(view, factory.get("/"))["Content-Type"] == "application/x-ndjson"
    assert len(asked) == 2
