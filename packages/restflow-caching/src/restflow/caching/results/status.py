"""What a cached call tells about itself: its status, and its metadata."""

from datetime import UTC, datetime
from enum import Enum, StrEnum
from typing import Any, Literal, NamedTuple, TypeVar

from django.http import HttpResponseBase

from restflow.caching.storage._entries import Entry

Response = TypeVar("Response", bound=HttpResponseBase)


class CacheStatus(StrEnum):
    """How a call was answered."""

    HIT = "HIT"
    """A fresh entry was served."""
    MISS = "MISS"
    """There was no servable entry; the value was computed."""
    STALE = "STALE"
    """An expired entry was served within `stale_ttl`, while a recomputation runs elsewhere."""
    BYPASS = "BYPASS"
    """The cache was not consulted, or could not be."""
    REFRESH = "REFRESH"
    """The value was recomputed on purpose."""


class CacheMissing(Enum):
    """The type of `CACHE_MISSING`; an enum, so that the one member survives pickling and copying."""

    CACHE_MISSING = "missing"

    def __bool__(self) -> Literal[False]:
        return False

    def __repr__(self) -> str:
        return "CACHE_MISSING"


CACHE_MISSING = CacheMissing.CACHE_MISSING
"""What `get_cache_only` returns where nothing is cached; falsy."""


class Outcome(NamedTuple):
    """A value, and how it came about."""

    value: Any
    status: CacheStatus
    entry: Entry | None = None
    """The entry that holds the value; `None` where the value is not in the cache."""


def metadata(outcome_status: CacheStatus, key: str, entry: Entry | None) -> dict[str, Any]:
    """The metadata of a call: JSON-serialisable, and always with the same keys."""
    return {
        "cache_status": outcome_status,
        "cached_at": None if entry is None else _iso(entry.computed_at),
        "cache_reset_at": None if entry is None or entry.expires_at is None else _iso(entry.expires_at),
        "cache_key": key,
        "stored": entry is not None,
    }


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()


_HEADERS = {"X-Cache-status": "cache_status", "X-Cached-at": "cached_at", "X-Cache-reset-at": "cache_reset_at"}


def set_response_cache_header(response: Response, metadata: dict[str, Any] | None) -> Response:
    """Sets `X-Cache-status`, `X-Cached-at` and `X-Cache-reset-at` from a call's metadata; returns the response."""
    for header, key in _HEADERS.items():
        if metadata and metadata.get(key) is not None:
            response.headers[header] = str(metadata[key])
    return response
