"""Counts crossings: how often one call moves work from the event loop to a thread."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def counted() -> Iterator[list[object]]:
    """A list that grows by one with each crossing within."""
    from asgiref.sync import SyncToAsync

    made: list[object] = []
    original = SyncToAsync.__call__

    async def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        made.append(self)
        return await original(self, *args, **kwargs)

    SyncToAsync.__call__ = call  # type: ignore[method-assign]
    try:
        yield made
    finally:
        SyncToAsync.__call__ = original  # type: ignore[method-assign]


def crossings_of(call: Callable[[], object]) -> int:
    """The crossings of one call."""
    with counted() as made:
        call()
    return len(made)
