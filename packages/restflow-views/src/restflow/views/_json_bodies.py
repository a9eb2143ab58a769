"""JSON bodies, read in one step where REST framework's own parser would be chosen and would read the same."""

import json
from typing import Any

from django.utils.datastructures import MultiValueDict
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import JSONParser
from rest_framework.utils.json import strict_constant

_select, _parse = DefaultContentNegotiation.select_parser, JSONParser.parse
_decoders = {True: json.JSONDecoder(parse_constant=strict_constant), False: json.JSONDecoder()}


def parsed_json(request: Any) -> tuple[Any, Any] | None:
    """The data and files of a request's body; `None` for what REST framework is to parse, or to refuse in its words.

    A stream, a reader of an encoding and a decoder for each request cost as much as the work they are made for.
    """
    parser = request.parsers[0] if request.parsers else None
    if (
        type(parser) is not JSONParser
        or vars(parser)
        or request.content_type != parser.media_type
        or request.parser_context.get("encoding") != "utf-8"
        or type(request.negotiator) is not DefaultContentNegotiation
        or DefaultContentNegotiation.select_parser is not _select
        or JSONParser.parse is not _parse
        or request._request._read_started
        or request.stream is None
    ):
        return None
    body = request._request.body
    try:
        return _decoders[bool(parser.strict)].decode(body.decode()), MultiValueDict()
    except (ValueError, RecursionError):
        return None
