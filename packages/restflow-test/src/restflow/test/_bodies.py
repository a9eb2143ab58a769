"""Bodies of test requests, rendered by the renderers that DRF's own test client uses."""

import json
from typing import Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.utils.encoding import force_bytes


def encoded_body(
    data: Any, format: str | None, content_type: str | None, default_format: str
) -> tuple[bytes, str | None]:
    """The body's bytes and its content type; no data is no body, and falsy data is data.

    `AssertionError` for both `format` and `content_type`, and for a format that no renderer has.
    """
    assert format is None or content_type is None, "You may give `format` or `content_type`, not both."
    if data is None:
        return b"", content_type
    if content_type is not None:
        return _as_it_is(data, content_type), content_type
    from rest_framework.settings import api_settings  # reads the project's settings

    renderers: dict[str, Any] = {str(cls.format): cls for cls in api_settings.TEST_REQUEST_RENDERER_CLASSES}
    format = format or default_format
    assert format in renderers, (
        f"There is no test renderer for the format {format!r}. The formats are {', '.join(map(repr, renderers))}; "
        "REST_FRAMEWORK['TEST_REQUEST_RENDERER_CLASSES'] can name more."
    )
    renderer = renderers[format]()
    body = renderer.render(data)
    media_type: str = renderer.media_type
    if renderer.charset:
        media_type = f"{media_type}; charset={renderer.charset}"
    return body.encode(renderer.charset or "utf-8") if isinstance(body, str) else body, media_type


def _as_it_is(data: Any, content_type: str) -> bytes:
    if isinstance(data, dict | list | tuple) and "json" in content_type.partition(";")[0]:
        data = json.dumps(data, cls=DjangoJSONEncoder)  # as DRF's and Django's factories do
    return force_bytes(data, settings.DEFAULT_CHARSET)
