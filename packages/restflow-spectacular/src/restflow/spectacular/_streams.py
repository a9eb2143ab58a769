"""Streams and files: told by the return annotation of the handler, or by a renderer."""

import inspect
import typing
from typing import Any

from django.http import FileResponse
from django.http.response import HttpResponseBase
from drf_spectacular.settings import spectacular_settings
from rest_framework.response import Response

Schema = dict[str, Any]

RENDERED = {"text/event-stream": "sse", "application/x-ndjson": "ndjson"}
"""The format of a stream by the media type of a renderer."""

_FORMATS = frozenset({"sse", "ndjson", "array"})


def returned_class(handler: Any) -> type[HttpResponseBase] | None:
    """The response class that a handler is annotated to return, where it is neither DRF's `Response` nor unknown."""
    try:
        hint = typing.get_type_hints(inspect.unwrap(handler)).get("return")
    except (NameError, TypeError, ValueError, AttributeError):  # names known to the type checker alone
        return None
    if not (inspect.isclass(hint) and issubclass(hint, HttpResponseBase)) or issubclass(hint, Response):
        return None
    return None if hint is HttpResponseBase else hint


def stream_format(response_class: Any) -> str | None:
    """The format of a streaming response class."""
    found = getattr(response_class, "stream_format", None)
    return found if found in _FORMATS and isinstance(getattr(response_class, "media_type", None), str) else None


def content(response_class: type[HttpResponseBase], item: Schema | None) -> Schema | None:
    """The content of a success response of this class; `None` where nothing is known of it."""
    found = stream_format(response_class)
    if found is not None:
        media_type: str = response_class.media_type  # type: ignore[attr-defined]
        return {media_type.partition(";")[0].strip(): stream(found, item)}
    if issubclass(response_class, FileResponse):
        return {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
    return None


def stream(format: str, item: Schema | None) -> Schema:
    """The media type object of a stream of items; `None` for items of which nothing is known."""
    if format == "array":
        return {"schema": {"type": "array", "items": item if item is not None else {}}}
    if format == "sse":
        item = _event(item)
    elif item is None:
        item = {}
    if spectacular_settings.OAS_VERSION.startswith("3.2"):
        return {"itemSchema": item}
    return {"schema": {"type": "string"}, "x-itemSchema": item}


def _event(item: Schema | None) -> Schema:
    data: Schema = {"type": "string"}
    if item is not None:
        old = spectacular_settings.OAS_VERSION.startswith("3.0")
        media_type, schema = ("x-contentMediaType", "x-contentSchema") if old else ("contentMediaType", "contentSchema")
        data |= {media_type: "application/json", schema: item}
    return {
        "type": "object",
        "properties": {
            "event": {"type": "string"},
            "id": {"type": "string"},
            "retry": {"type": "integer", "minimum": 0},
            "data": data,
        },
    }
