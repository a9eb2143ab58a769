"""Numbers that clients send, and the bounds of what databases take."""

from typing import Any

MAX_ROW = 2**63 - 1
"""The greatest number that every database takes as a row's position."""
MAX_SIZE = MAX_ROW - 1
"""The largest page: one row more must still be askable."""


def positive(text: Any) -> int | None:
    """A positive integer, or `None` for anything malformed."""
    try:
        number = int(text)
    except (TypeError, ValueError):  # a ValueError for too many digits too
        return None
    return number if number > 0 else None


def client_size(text: Any, default: Any, maximum: int | None) -> Any:
    """The page size for a client who asked for `text`: malformed values give the default."""
    number = positive(text) if text is not None else None
    if number is None:
        return default
    return number if maximum is None else min(number, maximum)


def clamped(size: int) -> int:
    """A page size that a database accepts."""
    return min(int(size), MAX_SIZE)


def beyond_rows(rows: Any, offset: int, size: int) -> bool:
    """Whether no database can be asked for these rows, counted within a queryset that may be a slice itself."""
    return offset + size + getattr(getattr(rows, "query", None), "low_mark", 0) > MAX_ROW
