"""JSON bodies: what REST framework's request and parser make of them, errors included, and by its parser if need be."""

import json
from typing import Any

import pytest
from django.http import QueryDict
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.exceptions import APIException
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import FormParser, JSONParser, MultiPartParser
from rest_framework.request import Request as DRFRequest

from restflow.views._json_bodies import parsed_json
from restflow.views._requests import Request

DEFAULT = (JSONParser, FormParser, MultiPartParser)
BODIES = [
    b'{"a": 1}',
    b' {"a": [1, 2.50, 1e5, -0, -0.0, true, null, "\\u00e9\\ud800"]} \n',
    "é — \u2028".encode().join([b'{"k": "', b'"}']),
    b'{"a": 1, "a": 2}',
    b"18446744073709551616",
    b"1e400",
    b'"text"',
    b"null",
    b"",
    b" ",
    b"{",
    b'{"a": NaN}',
    b"-Infinity",
    b'\xef\xbb\xbf{"a": 1}',
    b'{"a": "\xff"}',
    b'{"a": 1}\xe2',
    b'{"a": "\n"}',
    b"[" * 100_000,
]


def request_of(kind: Any, body: bytes, content_type: str = "application/json", **made: Any) -> Any:
    parsers = [parser() for parser in made.pop("parsers", DEFAULT)]
    django = RequestFactory().generic("POST", "/", body, content_type=content_type)
    return kind(django, parsers=parsers, **made)


def outcome(request: Any) -> Any:
    """What reading the body leaves, for code of the project and for the browsable API."""
    try:
        data = request.data
    except APIException as error:
        return type(error), str(error.detail), request.data, request._request.body
    return repr(data), type(data), request.FILES, request.POST, request.stream is request._request, request.body


@pytest.mark.parametrize("content_type", ["application/json", "application/json; charset=utf-8"])
@pytest.mark.parametrize("body", BODIES, ids=lambda body: repr(body[:20]))
def test_the_outcome_is_that_of_rest_framework(body: bytes, content_type: str) -> None:
    if body.startswith(b"[["):  # REST framework leaves the RecursionError, which is a 500
        with pytest.raises(APIException, match="nested too deeply"):
            _ = request_of(Request, body, content_type).data
        return
    assert outcome(request_of(Request, body, content_type)) == outcome(request_of(DRFRequest, body, content_type))


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists))
def test_any_document_is_read_alike(document: Any) -> None:
    body = json.dumps(document).encode()
    assert outcome(request_of(Request, body)) == outcome(request_of(DRFRequest, body))


class Shouting(JSONParser):
    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        return {"shouted": super().parse(stream, media_type, parser_context)}


class Choosing(DefaultContentNegotiation):
    def select_parser(self, request: Any, parsers: Any) -> Any:
        return Shouting()


@pytest.mark.parametrize(
    "made",
    [{"parsers": [Shouting]}, {"parsers": [Shouting, JSONParser]}, {"negotiator": Choosing()}],
    ids=["another parser", "another parser first", "another negotiation"],
)
def test_a_project_s_own_parts_are_asked(made: Any) -> None:
    assert request_of(Request, b'{"a": 1}', **made).data == {"shouted": {"a": 1}}


@pytest.mark.parametrize(("owner", "name"), [(JSONParser, "parse"), (DefaultContentNegotiation, "select_parser")])
def test_a_patch_runs(owner: Any, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    original, calls = getattr(owner, name), []

    def noted(*args: Any, **kwargs: Any) -> Any:
        calls.append(name)
        return original(*args, **kwargs)

    monkeypatch.setattr(owner, name, noted)
    assert request_of(Request, b'{"a": 1}').data == {"a": 1}
    assert calls == [name]


def test_a_parser_that_is_not_strict_reads_what_is_no_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(JSONParser, "strict", False)
    assert request_of(Request, b"[Infinity]").data == [float("inf")]


def test_a_parser_with_state_of_its_own_parses() -> None:
    request = request_of(Request, b"[Infinity]")
    request.parsers[0].strict = False
    assert parsed_json(request) is None
    assert request.data == [float("inf")]


def test_another_encoding_is_decoded_by_the_parser() -> None:
    body, content_type = '{"a": "é"}'.encode("latin-1"), "application/json; charset=latin-1"
    assert request_of(Request, body, content_type).data == {"a": "é"}
    request = request_of(Request, body)
    request.parser_context["encoding"] = "latin-1"
    assert request.data == {"a": "é"}


def test_a_body_that_middleware_has_read_is_read_again() -> None:
    for kind in (Request, DRFRequest):
        request = request_of(kind, b'{"a": 1}')
        assert request._request.body
        assert request.data == {"a": 1}


def test_a_form_is_a_form() -> None:
    request = request_of(Request, b"a=1", "application/x-www-form-urlencoded")
    assert isinstance(request.data, QueryDict)
    assert request.data["a"] == "1"


def test_most_bodies_are_read_in_one_step() -> None:
    assert parsed_json(request_of(Request, b'{"a": 1}')) == ({"a": 1}, {})
