"""Input that Python itself refuses to handle: nested deeper than its stack, numbers longer than it writes as text."""

from collections.abc import Iterable, Mapping
from typing import Any

from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.settings import api_settings

_DEEP = 100
"""Levels. Shallower data are not to blame for an exhausted stack: that is a fault of the code."""
_LONG = 10_000
"""Bits. Python writes shorter integers as text under each limit that it can be given."""


def refuse_hostile(data: Any, error: Exception) -> None:
    """Raises `ValidationError` if it was `data` that made validation fail with this error."""
    if isinstance(error, RecursionError) and _is_deep(data):
        detail = ErrorDetail("Nested too deep.", code="max_depth")
    elif not isinstance(error, RecursionError) and "integer string conversion" in str(error) and _has_long_number(data):
        detail = ErrorDetail("A number has too many digits.", code="invalid")
    else:
        return
    raise ValidationError({api_settings.NON_FIELD_ERRORS_KEY: [detail]}) from None


def text_of(value: Any) -> str | None:
    """`str(value)`, or `None` where Python gives up on that."""
    try:
        return str(value)
    except (RecursionError, ValueError):
        return None


def shown(value: Any) -> str:
    """A text for a message about the value, which can be written to a response whatever the value is."""
    text = text_of(value)
    return type(value).__name__ if text is None else text.encode("utf-8", "backslashreplace").decode()


def _items(value: Any) -> Iterable[Any]:
    if isinstance(value, Mapping):
        return (*value.keys(), *value.values())
    return value if isinstance(value, list | tuple) else ()


def _is_deep(data: Any) -> bool:
    level = [data]
    for _depth in range(_DEEP):
        level = [item for value in level for item in _items(value)]
    return bool(level)


def _has_long_number(data: Any) -> bool:
    waiting = [data]
    while waiting:
        value = waiting.pop()
        if isinstance(value, int) and value.bit_length() > _LONG:
            return True
        waiting += _items(value)
    return False
