"""Keyset pagination: a page begins behind a row, not at a number."""

from typing import Any

from django.db import DataError
from rest_framework import pagination
from rest_framework.exceptions import NotFound
from rest_framework.utils.urls import remove_query_param, replace_query_param

from restflow.core import ConfigError
from restflow.pagination import _cursors
from restflow.pagination._keyset import Ordering, own_ordering
from restflow.pagination._numbers import clamped, client_size
from restflow.pagination._sources import source
from restflow.pagination.base import BasePagination, FromSettings
from restflow.responses import Response
from restflow.responses._work import Hook, Work

Cursor: Any = pagination.Cursor  # whose `position` is a tuple of values here


async def _paginate(self: "CursorPagination", io: Work, queryset: Any, request: Any, view: Any = None) -> Any:
    self.request = request
    size = self.get_page_size(request)
    if not size:
        return None
    return await io.sync(self._read_page, source(self, queryset), request, view, clamped(size))


_PAGINATE = Hook(_paginate, "paginate_queryset")


class CursorPagination(BasePagination, pagination.CursorPagination):
    """Pages by position: each page is asked for by the values of the row that it follows, in one query.

    Following `next` visits every row that stays, and whose ordering values stay, exactly once. Cursors are readable to
    whoever decodes them: do not order by a column that clients may not see.
    """

    sync_equivalent = True
    default_faces = True
    results_key = "results"

    page_size = FromSettings("PAGE_SIZE")
    ordering: Any = "-created"
    """A name, a comma-separated string, a list of names and `F(...).asc()`; `None`: the queryset's own ordering."""

    has_next: bool
    has_previous: bool
    base_url: Any
    cursor: Any
    _first: Any
    _last: Any

    def paginate_queryset(self, queryset: Any, request: Any, view: Any = None) -> list[Any] | None:
        """The page, or `None` without a page size; `NotFound` for whatever is no cursor of this ordering."""
        return _PAGINATE.run(self, CursorPagination, queryset, request, view)  # type: ignore[no-any-return]

    async def apaginate_queryset(self, queryset: Any, request: Any, view: Any = None) -> list[Any] | None:
        """The async twin of `paginate_queryset`, in one crossing."""
        return await _PAGINATE.arun(self, CursorPagination, queryset, request, view)  # type: ignore[no-any-return]

    def get_page_size(self, request: Any) -> int | None:
        """The page size: the client's, where it may choose, else `page_size`."""
        asked = request.query_params.get(self.page_size_query_param) if self.page_size_query_param else None
        return client_size(asked, self.page_size, self.max_page_size)  # type: ignore[no-any-return]

    def _read_page(self, queryset: Any, request: Any, view: Any, size: int) -> list[Any]:
        self.page_size = size
        self.base_url = request.build_absolute_uri()
        self.ordering = self.get_ordering(request, queryset, view)
        self._keys = Ordering(self, queryset, self.ordering)
        self.cursor = self.decode_cursor(request)
        reverse = self.cursor is not None and self.cursor.reverse
        position = self.cursor.position if self.cursor is not None else None
        try:
            rows = list(self._keys.page(reverse, position, size))
        except (DataError, OverflowError):
            if position is None:
                raise
            raise NotFound(self.invalid_cursor_message) from None  # a value that only the database could refuse
        more = len(rows) > size
        rows = rows[:size]
        if reverse:
            rows.reverse()
        self.has_next = reverse or more
        self.has_previous = more if reverse else self.cursor is not None
        self._first, self._last = (self._keys.values(rows[0]), self._keys.values(rows[-1])) if rows else (None, None)
        self._keys.clean(rows)
        self.page = rows
        self.display_page_controls = (self.has_previous or self.has_next) and self.template is not None
        return rows

    def get_ordering(self, request: Any, queryset: Any, view: Any) -> tuple[Any, ...]:
        """What to order by: the first filter backend that tells, else `ordering`."""
        ordering: Any = None
        backends = [backend for backend in getattr(view, "filter_backends", ()) if hasattr(backend, "get_ordering")]
        if backends:
            ordering = backends[0]().get_ordering(request, queryset, view)
        ordering = ordering or self.ordering
        if ordering is None:
            return own_ordering(queryset)
        if isinstance(ordering, str):
            return tuple(name.strip() for name in ordering.split(",") if name.strip())
        if isinstance(ordering, list | tuple):
            return tuple(ordering)
        if hasattr(ordering, "resolve_expression"):
            return (ordering,)
        raise ConfigError(
            f"{type(self).__qualname__}.ordering is {ordering!r}.",
            hint="Give a field name, a comma-separated string, a list of them, or None.",
        )

    def decode_cursor(self, request: Any) -> Any:
        """The request's cursor, whose `position` are the values of the ordering; `None` for the first page."""
        text = request.query_params.get(self.cursor_query_param)
        if not text:
            return None
        try:
            reverse, values = _cursors.decode(text, self._keys.fingerprint, self._keys.kinds)
        except _cursors.CursorError:
            raise NotFound(self.invalid_cursor_message) from None
        for key, value in zip(self._keys.keys, values or (), strict=values is not None):
            refused = (
                not key.nullable if value is None else not _cursors.is_storable(key.field, value, self._keys.connection)
            )
            if refused:
                raise NotFound(self.invalid_cursor_message)
        return Cursor(offset=0, reverse=reverse, position=values)

    def encode_cursor(self, cursor: Any) -> str:
        """The URL of the page at a cursor; one without a position is the first page, or the last for the way back."""
        if cursor.position is None and not cursor.reverse:
            return remove_query_param(self.base_url, self.cursor_query_param)
        text = _cursors.encode(self._keys.fingerprint, cursor.reverse, self._keys.kinds, cursor.position)
        return replace_query_param(self.base_url, self.cursor_query_param, text)

    def get_next_link(self) -> str | None:
        """The URL of the page behind this one."""
        if not self.has_next:
            return None
        return self.encode_cursor(Cursor(offset=0, reverse=False, position=self._last))

    def get_previous_link(self) -> str | None:
        """The URL of the page before this one; of an empty page, the last that has rows."""
        if not self.has_previous:
            return None
        return self.encode_cursor(Cursor(offset=0, reverse=True, position=self._first))

    def get_paginated_response(self, data: Any) -> Response:
        """The page in its envelope."""
        return Response({"next": self.get_next_link(), "previous": self.get_previous_link(), self.results_key: data})
