"""JSON that was made ahead, in the crossing of an action: when it may be, and what it stands for."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rest_framework.renderers import JSONRenderer as DRFJSONRenderer

from restflow.responses.renderers import JSONRenderer

_EXACT = (DRFJSONRenderer, JSONRenderer)

PLACE = f"restflow-rows-{secrets.token_hex(16)}"
"""Stands in an envelope where the rows belong; no client can name it."""


@dataclass(slots=True)
class ReadyBody:
    """A finished body, with the serializer whose data it shows, and the envelope and key that these stand under."""

    content: bytes
    renderer: Any
    media_type: str
    serializer: Any
    envelope: dict[str, Any] | None = None
    key: str = ""

    def fits(self, renderer: Any, media_type: str | None, context: Mapping[str, Any] | None) -> bool:
        """Whether this is what the renderer would make."""
        return (
            type(renderer) is type(self.renderer)
            and media_type == self.media_type
            and not vars(renderer)
            and not (context or {}).get("indent")
        )

    def data(self) -> Any:
        """What the body shows, as REST framework's response would hold it."""
        rows = self.serializer.data
        if self.envelope is None:
            return rows
        self.envelope[self.key] = rows
        return self.envelope


def ready_renderer(request: Any) -> Any:
    """The request's accepted renderer, if JSON made ahead is what it would make; else `None`."""
    renderer = getattr(request, "accepted_renderer", None)
    if type(renderer) not in _EXACT or vars(renderer) or "indent" in request.accepted_media_type:
        return None
    return renderer


def ready_body(request: Any, renderer: Any, serializer: Any) -> ReadyBody | None:
    """The body that the serializer renders itself; `None` where it cannot, and its data are to be rendered."""
    render_json = getattr(serializer, "render_json", None)
    rows = render_json() if render_json is not None else None
    return None if rows is None else ReadyBody(rows, renderer, request.accepted_media_type, serializer)


def enveloped(body: ReadyBody, envelope: dict[str, Any], key: str) -> ReadyBody:
    """The body within an envelope that has `PLACE` under `key`."""
    head, tail = body.renderer.render(envelope, body.media_type, {}).split(f'"{PLACE}"'.encode(), 1)
    return ReadyBody(head + body.content + tail, body.renderer, body.media_type, body.serializer, envelope, key)
