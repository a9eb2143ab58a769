"""The count of a paged queryset: a hook, and a number that may be kept for a while."""

from typing import Any

from restflow.pagination import _sources
from restflow.responses._work import Hook, Work


async def _get_count(paginator: Any, io: Work, queryset: Any) -> int:
    return await _sources.count(io, queryset, paginator.count_ttl, paginator.count_cache)


GET_COUNT = Hook(_get_count, "get_count")


class Counted:
    """What paginators with a count share."""

    sync_equivalent = True
    default_faces = True

    count_ttl: int | None = None
    """Seconds for which a count may be used again; `None`: it is asked for each page."""
    count_cache: str = "default"
    """The alias of the cache that keeps counts."""

    def get_count(self, queryset: Any) -> int:
        """How many rows there are; override it, or its async twin, for an estimate or a cap."""
        return GET_COUNT.run(self, Counted, queryset)  # type: ignore[no-any-return]

    async def aget_count(self, queryset: Any) -> int:
        """The async twin of `get_count`."""
        return await GET_COUNT.arun(self, Counted, queryset)  # type: ignore[no-any-return]


async def counted_first_page(paginator: Any, io: Work, rows: Any, size: int) -> tuple[list[Any] | None, int | None]:
    """The first page and, if it is not full, the count that follows from it.

    `(None, None)` where that saves no query, or where a subclass counts in its own way.
    """
    if isinstance(rows, list | tuple) or GET_COUNT.overriding(type(paginator)) is not None:
        return None, None
    fetched = await _sources.read(io, rows[:size])
    return fetched, len(fetched) if len(fetched) < size else None
