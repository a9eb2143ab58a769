"""Streams and files are told by the return annotation, or by the renderers."""

import functools

import pytest
from django.http import FileResponse, HttpResponse
from django.urls import path
from rest_framework import renderers
from rest_framework.response import Response
from rest_framework.views import APIView
from spectacular_testapp import protocol
from spectacular_testapp.generating import VERSIONS, generate


def stream(returns, serializer=None, base=protocol.APIView, **attributes):
    async def get(self, request):
        raise AssertionError

    get.__annotations__["return"] = returns
    named = {} if serializer is None else {"response_serializer_class": serializer}
    return type("Stream", (base,), {"get": get, **named, **attributes})


def content(view, **settings):
    document = generate([path("stream/", view.as_view())], **settings)
    return document["paths"]["/stream/"]["get"]["responses"]["200"].get("content")


NOTE = {"$ref": "#/components/schemas/Note"}


@pytest.mark.parametrize("oas", VERSIONS)
def test_ndjson_describes_its_items(oas):
    found = content(stream(protocol.NDJSONResponse, protocol.NoteSerializer), oas=oas)
    expected = {"itemSchema": NOTE} if oas == "3.2.0" else {"schema": {"type": "string"}, "x-itemSchema": NOTE}
    assert found == {"application/x-ndjson": expected}


@pytest.mark.parametrize("oas", VERSIONS)
def test_server_sent_events_describe_their_data(oas):
    found = content(stream(protocol.SSEResponse, protocol.NoteSerializer), oas=oas)["text/event-stream"]
    event = found["itemSchema" if oas == "3.2.0" else "x-itemSchema"]
    assert set(event["properties"]) == {"event", "id", "retry", "data"}
    assert event["properties"]["data"]["x-contentSchema" if oas == "3.0.3" else "contentSchema"] == NOTE


@pytest.mark.parametrize("oas", VERSIONS)
def test_a_streamed_array_is_an_array(oas):
    found = content(stream(protocol.ArrayResponse, protocol.NoteSerializer), oas=oas)
    assert found == {"application/json": {"schema": {"type": "array", "items": NOTE}}}


@pytest.mark.parametrize("base", [protocol.APIView, APIView], ids=["restflow", "rest framework"])
def test_a_stream_needs_no_serializer(base):
    found = content(stream(protocol.SSEResponse, base=base))["text/event-stream"]
    assert found["x-itemSchema"]["properties"]["data"] == {"type": "string"}


def test_a_quoted_annotation_is_read_through_decorators():
    view = stream("protocol.SSEResponse")
    inner = view.get

    @functools.wraps(inner)
    async def outer(self, request):
        raise AssertionError

    view.get = outer
    assert set(content(view)) == {"text/event-stream"}


def test_a_name_that_only_the_type_checker_knows_is_no_stream():
    assert set(content(stream("Elsewhere", protocol.NoteSerializer))) == {"application/json"}


def test_files_are_binary_and_other_responses_without_content():
    assert content(stream(FileResponse)) == {
        "application/octet-stream": {"schema": {"type": "string", "format": "binary"}}
    }
    assert content(stream(HttpResponse)) is None
    assert set(content(stream(Response, protocol.NoteSerializer))) == {"application/json"}


def test_a_renderer_of_events_stands_beside_json():
    class EventStreamRenderer(renderers.BaseRenderer):
        media_type = "text/event-stream"
        format = "sse"

    view = stream(Response, protocol.NoteSerializer, renderer_classes=[EventStreamRenderer, renderers.JSONRenderer])
    found = content(view)
    assert found["application/json"] == {"schema": NOTE}
    assert found["text/event-stream"]["schema"] == {"type": "string"}
