"""Events as browsers read them: a parser of the HTML standard gets back what was sent, and nothing can be injected."""

import json
from typing import Any

import pytest
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.request import Request
from views_testapp.event_source import Event, EventSource

from restflow.responses import SSEResponse, last_event_id


def wire(*items: Any, **kwargs: Any) -> bytes:
    return SSEResponse(items, **kwargs).getvalue()


def read(*items: Any, **kwargs: Any) -> EventSource:
    return EventSource().read(wire(*items, **kwargs))


# every code point but surrogates, with much of what parsers trip over
texts = st.text(
    st.sampled_from("\r\n\0\ufeff :a\u2028\u0085\U0001f600") | st.characters(exclude_categories=["Cs"]), max_size=30
)
lines = texts.filter(lambda text: not set(text) & set("\r\n"))


def as_lines(text: str) -> str:
    """What any line ends become on their way."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


@given(texts)
def test_any_text_comes_back(text: str) -> None:
    assert read(text).events == ([Event(as_lines(text), "message", "")] if text else [Event("", "message", "")])


@given(st.lists(texts, max_size=5))
def test_events_do_not_run_into_one_another(items: list[str]) -> None:
    assert [event.data for event in read(*items).events] == [as_lines(text) for text in items]


@given(data=texts, event=lines.filter(bool), event_id=lines.filter(lambda text: "\0" not in text), comment=texts)
def test_any_event_comes_back(data: str, event: str, event_id: str, comment: str) -> None:
    source = read({"data": data, "event": event, "id": event_id, "comment": comment})
    # a client strips one space after the colon, and only the one that we put there
    assert source.events == [Event(as_lines(data), event, event_id)]
    assert "\n".join(source.comments) == as_lines(comment)


@given(
    st.recursive(st.none() | st.booleans() | st.integers() | texts, lambda x: st.lists(x) | st.dictionaries(texts, x))
)
def test_any_json_comes_back(value: Any) -> None:
    [event] = read({"data": [value]}).events
    assert json.loads(event.data) == [value]


@pytest.mark.parametrize(
    ("item", "sent"),
    [
        ("hi", b"data: hi\n\n"),
        ("", b"data: \n\n"),
        ("a\r\nb\rc\nd", b"data: a\ndata: b\ndata: c\ndata: d\n\n"),
        (7, b"data: 7\n\n"),
        (None, b"data: null\n\n"),
        ([1, {"a": 2}], b'data: [1,{"a":2}]\n\n'),
        ({"data": None}, b"data: null\n\n"),
        ({"data": {"at": 1}, "event": "tick"}, b'event: tick\ndata: {"at":1}\n\n'),
        ({"data": "x", "id": 5}, b"id: 5\ndata: x\n\n"),
        ({"data": "x", "id": None, "event": None, "retry": None, "comment": None}, b"data: x\n\n"),
        ({"event": "ping"}, b"event: ping\ndata:\n\n"),
        ({"retry": 3000}, b"retry: 3000\n\n"),
        ({"retry": "3000", "data": "x"}, b"retry: 3000\ndata: x\n\n"),
        ({"id": "7"}, b"id: 7\n\n"),
        ({"comment": "hi\nho"}, b": hi\n: ho\n\n"),
        (
            {"data": "d", "retry": 1, "event": "e", "id": "i", "comment": "c"},
            b": c\nid: i\nevent: e\nretry: 1\ndata: d\n\n",
        ),
        ({}, b""),
    ],
)
def test_the_wire_format(item: Any, sent: bytes) -> None:
    assert wire(item) == sent


@pytest.mark.parametrize("key", ["id", "event"])
@pytest.mark.parametrize("text", ["a\ndata: forged", "a\rdata: forged", "a\r\n\r\ndata: forged"])
def test_a_frame_cannot_be_forged(key: str, text: str) -> None:
    with pytest.raises(ValueError, match=f"The {key} of an event"):
        wire({key: text, "data": "x"})


def test_an_id_has_no_nul() -> None:
    with pytest.raises(ValueError, match="The id of an event"):
        wire({"id": "a\0", "data": "x"})


@pytest.mark.parametrize(
    "text", ["x\nevent: forged\nid: 9\ndata: y", "x\n\ndata: y", "x\r\rdata: y", ": c", "retry: 5"]
)
def test_data_and_comments_stay_what_they_are(text: str) -> None:
    source = read({"data": text, "comment": text})
    assert [event.data for event in source.events] == [as_lines(text)]
    assert source.reconnection_time is None


@pytest.mark.parametrize("retry", [-1, 1.5, True, "", "5s", "-1", "\u0661", [], b"5"])
def test_retry_is_a_number_of_milliseconds(retry: Any) -> None:
    with pytest.raises(ValueError, match="retry"):
        wire({"retry": retry})
    with pytest.raises(ValueError, match="retry"):
        SSEResponse([], retry=retry)


def test_unknown_keys_are_named() -> None:
    with pytest.raises(ValueError, match=r"'price'.*under 'data'"):
        wire({"price": 5})


def test_nothing_of_a_bad_event_is_sent() -> None:
    sent = []
    with pytest.raises(ValueError, match="id"):
        sent.extend(SSEResponse(["good", {"data": "bad", "id": "\n"}]))
    assert b"bad" not in b"".join(sent)


def test_retry_comes_first() -> None:
    assert wire("x", retry=3000) == b"retry: 3000\n\ndata: x\n\n"
    assert read("x", retry="3000").reconnection_time == 3000


@pytest.mark.parametrize("heartbeat", [0, -1, float("nan"), float("inf"), True, "5"])
def test_heartbeat_is_a_number_of_seconds(heartbeat: Any) -> None:
    with pytest.raises(ValueError, match="heartbeat"):
        SSEResponse([], heartbeat=heartbeat)


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("42", "42"),
        ("ä😀".encode().decode("latin-1"), "ä😀"),
        ("x" * 1024, "x" * 1024),
        ("x" * 1025, None),
        ("", None),
        ("\xff", None),
        ("a\x07b", None),
        ("a\x7fb", None),
        ("a\xc2\x85b", None),
    ],
)
def test_the_last_event_id_is_what_a_browser_sends(header: str, value: str | None) -> None:
    request = RequestFactory().get("/", headers={"Last-Event-ID": header})
    assert last_event_id(request) == value
    assert last_event_id(Request(request)) == value


def test_no_header_no_id() -> None:
    assert last_event_id(RequestFactory().get("/")) is None
