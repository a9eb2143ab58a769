"""What a handler whose responses are cached adds to them."""

from collections.abc import Iterator
from typing import Any

STATUSES = ("HIT", "MISS", "STALE", "BYPASS", "REFRESH")

_TIME = {"type": "string", "format": "date-time"}


def headers(handler: Any) -> dict[str, Any]:
    """The headers of success."""
    found: dict[str, Any] = {}
    if _says(handler, "set_cache_headers"):
        found["X-Cache-status"] = {
            "description": "How the cache answered.",
            "schema": {"type": "string", "enum": list(STATUSES)},
        }
        found["X-Cached-at"] = {"description": "When the response was computed.", "schema": dict(_TIME)}
        found["X-Cache-reset-at"] = {"description": "When it ceases to be fresh.", "schema": dict(_TIME)}
    if revalidates(handler):
        found["ETag"] = {"description": "The version of the response.", "schema": {"type": "string"}}
    return found


def revalidates(handler: Any) -> bool:
    """Whether a request with the current version is answered by 304."""
    return _says(handler, "etag")


def _says(handler: Any, name: str) -> bool:
    return any(getattr(layer, name, False) is True for layer in _layers(handler))


def _layers(handler: Any) -> Iterator[Any]:
    while handler is not None:
        yield handler
        handler = getattr(handler, "__wrapped__", None)
