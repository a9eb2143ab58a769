"""What a stream may be made from, and how its items are read: in chunks by a thread, or one by one on the loop."""

import inspect
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from enum import Enum
from itertools import islice
from typing import Any

from django.db.models import QuerySet

CHUNK_SECONDS = 0.05
"""How long a sync source may fill one chunk, so that a slow one still streams."""


class Kind(Enum):
    """How a source is read."""

    ASYNC = "async"
    QUERYSET = "queryset"
    SYNC = "sync"


def kind_of(source: Any, response_class: type) -> Kind:
    """The kind of a source; `TypeError` for what cannot be streamed."""
    where = response_class.__name__
    if isinstance(source, QuerySet):
        return Kind.QUERYSET
    if hasattr(type(source), "__aiter__"):
        return Kind.ASYNC
    if isinstance(source, str | bytes | bytearray | memoryview | Mapping):
        raise TypeError(f"{where} streams the items of an iterable, not the pieces of a {type(source).__name__}.")
    try:
        iter_method = type(source).__iter__
    except AttributeError:
        iter_method = None
    if iter_method is not None or hasattr(type(source), "__getitem__"):
        return Kind.SYNC
    hint = ""
    if inspect.iscoroutine(source):
        source.close()
        hint = " An async def without yield gives a coroutine, which is nothing to iterate."
    elif callable(source):
        hint = " Call it, and pass what it returns."
    raise TypeError(f"{where} needs an iterable or an async iterable, not {type(source).__name__}.{hint}")


class Chunks:
    """The items of a sync source, some at a time. The source is iterated from the first `take()` on."""

    def __init__(self, source: Any, kind: Kind, size: int) -> None:
        self._source = source
        self._kind = kind
        self._size = size
        self._items: Iterator[Any] | None = None
        self._failure: Exception | None = None
        self._ended = False

    def take(self) -> list[Any]:
        """The next items, none at the end: a full chunk of a queryset, else what comes within the time of a chunk.

        An error of the source is raised when the items before it have been taken.
        """
        if self._failure is not None:
            failure, self._failure = self._failure, None
            raise failure
        if self._ended:
            return []
        if self._items is None:
            source = self._source
            self._items = iter(source.iterator(chunk_size=self._size) if self._kind is Kind.QUERYSET else source)
        if self._kind is Kind.QUERYSET:
            return list(islice(self._items, self._size))
        return self._within_time(self._items)

    def _within_time(self, items: Iterator[Any]) -> list[Any]:
        taken: list[Any] = []
        deadline = time.monotonic() + CHUNK_SECONDS
        try:
            for item in items:
                taken.append(item)
                if len(taken) == self._size or time.monotonic() >= deadline:
                    return taken
        except Exception as failure:
            if not taken:
                raise
            self._failure = failure
        self._ended = True
        return taken

    def close(self) -> None:
        """Closes the source: a generator's `finally` blocks run here."""
        self._ended = True
        source = self._source if self._items is None or hasattr(self._source, "close") else self._items
        close = getattr(source, "close", None)
        if (close is not None and self._kind is not Kind.QUERYSET) or (
            self._items is not None and (close := getattr(self._items, "close", None)) is not None
        ):
            close()


async def aclose_source(source: Any, iterator: AsyncIterator[Any] | None) -> None:
    """Closes an async source: what is being iterated, else what would have been."""
    aclose = getattr(iterator if iterator is not None else source, "aclose", None)
    if aclose is not None:
        await aclose()
