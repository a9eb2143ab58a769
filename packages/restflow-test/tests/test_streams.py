"""Streams: the event parser against the standard, pieces split anywhere, time limits, and closing."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import aclosing
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.http import HttpResponse, StreamingHttpResponse
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from test_testapp import views

from restflow.test import AsyncAPIClient, SSEEvent, aiter_ndjson, aiter_sse, aread

pytestmark = pytest.mark.urls("test_testapp.urls")


async def pieces(parts: Iterable[bytes | str]) -> AsyncIterator[bytes | str]:
    for part in parts:
        yield part


async def events(*parts: bytes | str) -> list[SSEEvent]:
    return [event async for event in aiter_sse(pieces(parts))]


STANDARD = [
    # from the HTML standard's own examples, and the rules around them
    ("data: YHOO\ndata: +2\ndata: 10\n\n", [SSEEvent("YHOO\n+2\n10")]),
    (
        ": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n",
        [SSEEvent("first event", id="1"), SSEEvent("second event", id=""), SSEEvent(" third event", id="")],
    ),
    ("data\n\ndata\ndata\n\ndata:", [SSEEvent(""), SSEEvent("\n")]),
    ("data:test\n\ndata: test\n\n", [SSEEvent("test"), SSEEvent("test")]),
    (
        "event: add\ndata: 73857293\n\nevent: remove\ndata: 2153\n\n",
        [SSEEvent("73857293", "add"), SSEEvent("2153", "remove")],
    ),
    ("event: lost\n\ndata: x\n\n", [SSEEvent("x")]),
    ("id: 1\0\ndata: x\n\n", [SSEEvent("x")]),
    ("id: 7\n\ndata: x\n\n", [SSEEvent("x", id="7")]),
    ("retry: 3000\ndata: x\n\nretry: 3s\ndata: y\n\n", [SSEEvent("x", retry=3000), SSEEvent("y")]),
    ("\ufeffdata: x\n\n", [SSEEvent("x")]),
    ("unknown: x\ndata: a:b: c\n\n", [SSEEvent("a:b: c")]),
    ("data: unfinished\n", []),
]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
@pytest.mark.parametrize(("text", "expected"), STANDARD)
async def test_events_are_parsed_as_the_standard_says(text: str, expected: list[SSEEvent], end: str) -> None:
    # a lone CR at the very end may be half of a CRLF: one more character settles it
    assert await events(text.replace("\n", end).encode() + b":\n") == expected


@given(st.sampled_from(STANDARD), st.data())
def test_pieces_may_be_split_anywhere_also_inside_a_character(row: Any, data: st.DataObject) -> None:
    text, expected = row
    body = text.replace("data: x", "data: ü€😀").encode() + b":"
    cuts = sorted(data.draw(st.lists(st.integers(0, len(body)), max_size=6)))
    parts = [body[start:end] for start, end in zip([0, *cuts], [*cuts, len(body)], strict=True)]
    whole = [
        SSEEvent(e.data.replace("x", "ü€😀") if e.data == "x" else e.data, e.event, e.id, e.retry) for e in expected
    ]
    assert async_to_sync(events)(*parts) == whole


def test_an_event_reads_its_data_as_json() -> None:
    assert SSEEvent('{"at": 1}').json() == {"at": 1}


async def test_events_of_an_endless_view_are_read_one_by_one_and_closing_ends_it(client: AsyncAPIClient) -> None:
    views.closed.clear()
    async with aclosing(aiter_sse(await client.get("/events/"))) as stream:
        first, second = await anext(stream), await anext(stream)
    assert (first.json(), second.json(), second.id) == ({"at": 1}, {"at": 2}, "2")
    assert views.closed == ["events"]


async def test_a_silent_stream_is_a_timeout_that_says_how_much_had_arrived(client: AsyncAPIClient) -> None:
    views.closed.clear()
    stream = aiter_sse(await client.get("/silence/"), timeout=0.05)
    assert (await anext(stream)).data == "first"
    with pytest.raises(TimeoutError, match=r"silent for 0\.05 s; 1 events had arrived"):
        await anext(stream)
    assert views.closed == ["silence"]


async def test_comments_are_no_events_and_do_not_put_the_limit_off() -> None:
    async def heartbeats() -> AsyncIterator[str]:
        while True:
            yield ": alive\n\n"
            await asyncio.sleep(0.01)

    with pytest.raises(TimeoutError, match="0 events"):
        await anext(aiter_sse(heartbeats(), timeout=0.1))


async def test_the_wait_of_the_reader_does_not_count() -> None:
    stream = aiter_sse(pieces(["data: 1\n\n", "data: 2\n\n"]), timeout=0.05)
    await anext(stream)
    await asyncio.sleep(0.1)
    assert (await anext(stream)).data == "2"


async def test_json_lines_are_read_from_sync_streams_and_empty_ones_skipped(client: AsyncAPIClient) -> None:
    response = await client.get("/lines/")
    assert [value async for value in aiter_ndjson(response)] == [{"n": 1}, {"n": 2}, [3]]


async def test_a_line_that_is_no_json_is_named() -> None:
    stream = aiter_ndjson(pieces(["1\n\n{oops\n"]))
    assert await anext(stream) == 1
    with pytest.raises(ValueError, match="Line 3 of the response is no JSON"):
        await anext(stream)


async def test_a_whole_body_is_read_from_every_kind_of_response(client: AsyncAPIClient) -> None:
    rendered = Response([1])
    rendered.accepted_renderer, rendered.accepted_media_type = JSONRenderer(), "application/json"
    rendered.renderer_context = {}
    assert await aread(rendered) == b"[1]"
    assert await aread(HttpResponse("whole")) == b"whole"
    assert await aread(StreamingHttpResponse(iter([b"a", b"b"]))) == b"ab"
    assert await aread(StreamingHttpResponse(pieces([b"a", "ü"]))) == "aü".encode()
    assert await aread(pieces(["a", b"b"])) == b"ab"
    assert b'"method":"GET"' in (await aread(await client.get("/echo/"))).replace(b" ", b"")
