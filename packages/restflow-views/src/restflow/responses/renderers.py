"""Renderers: JSON by orjson, NDJSON, and the one that lets `EventSource` negotiate."""

from collections.abc import Mapping
from typing import Any

from rest_framework.renderers import JSONRenderer as DRFJSONRenderer
from rest_framework.utils.encoders import JSONEncoder as DRFJSONEncoder

from restflow.responses._orjson import Unsupported, dumps, installed
from restflow.responses.encoding import JSONEncoder


class JSONRenderer(DRFJSONRenderer):
    """REST framework's JSON renderer, by orjson where that is installed and can write the same.

    REST framework's own code runs for indented output, for settings or attributes that are not at their defaults, for
    an `encoder_class` of one's own, and for values that orjson refuses.
    """

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None
    ) -> bytes:
        """The JSON of `data`, or nothing for `None`."""
        if data is not None and self._takes_orjson(accepted_media_type, renderer_context):
            try:
                return dumps(data, self.encoder_class().default)
            except Unsupported as refused:
                data = refused.replay(data)
        rendered: bytes = super().render(data, accepted_media_type, renderer_context)
        return rendered

    def _takes_orjson(self, media_type: str | None, context: Mapping[str, Any] | None) -> bool:
        if not installed() or self.ensure_ascii or not self.compact or not self.strict:
            return False
        if self.encoder_class is not DRFJSONEncoder and self.encoder_class is not JSONEncoder:
            return False
        # what get_indent() would find, without parsing a media type that has no parameter
        plain = (media_type is None or ";" not in media_type) and type(self).get_indent is DRFJSONRenderer.get_indent
        return not (context or {}).get("indent") if plain else self.get_indent(media_type or "", context or {}) is None


class NDJSONRenderer(JSONRenderer):
    """One JSON document a line: an element of a list, or anything else, an error response included, as one."""

    media_type = "application/x-ndjson"
    format = "ndjson"

    def get_indent(self, accepted_media_type: str | None, renderer_context: Mapping[str, Any]) -> None:
        """None: a record is one line."""

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None
    ) -> bytes:
        """The lines, or nothing for `None`."""
        if data is None:
            return b""
        response = (renderer_context or {}).get("response")
        is_list = isinstance(data, list | tuple) and not getattr(response, "exception", False)
        render = super().render
        return b"".join(
            (b"null" if item is None else render(item, accepted_media_type, renderer_context)) + b"\n"
            for item in (data if is_list else [data])
        )


class EventStreamRenderer(JSONRenderer):
    """Lets a request with `Accept: text/event-stream` through; what is no stream, such as an error, becomes JSON.

    Streaming responses are not rendered by it, nor by any renderer.
    """

    media_type = "text/event-stream"
    format = "sse"

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None
    ) -> bytes:
        """JSON, and says so in the response's content type unless the response names one."""
        response = (renderer_context or {}).get("response")
        if response is not None and response.content_type is None:
            response["Content-Type"] = JSONRenderer.media_type
        return super().render(data, accepted_media_type, renderer_context)
