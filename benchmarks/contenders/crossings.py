"""Counts crossings: how often one call moves work from the event loop to a thread."""

from collections.abc import Callable
from typing import Any


def crossings_of(call: Callable[[], object]) -> int:
    """The crossings of one call."""
    from asgiref.sync import SyncToAsync

    count = 0
    original = SyncToAsync.__call__

    async def counted(self: Any, *args: Any, **kwargs: Any) -> Any:
        nonlocal count
        count += 1
        return await original(self, *args, **kwargs)

    SyncToAsync.__call__ = counted  # type: ignore[method-assign]
    try:
        call()
    finally:
        SyncToAsync.__call__ = original  # type: ignore[method-assign]
    return count
