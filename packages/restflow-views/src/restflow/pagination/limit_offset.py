"""Windows of rows: a limit and an offset."""

import copy
from typing import Any

from rest_framework import pagination
from rest_framework.exceptions import NotFound
from rest_framework.utils.urls import remove_query_param, replace_query_param

from restflow.pagination import _sources
from restflow.pagination._counting import GET_COUNT, Counted, counted_first_page
from restflow.pagination._numbers import beyond_rows, clamped, client_size, positive
from restflow.pagination.base import BasePagination, FromSettings
from restflow.responses import Response
from restflow.responses._work import Hook, Work


async def _paginate(self: "LimitOffsetPagination", io: Work, queryset: Any, request: Any, view: Any = None) -> Any:
    self.request = request
    limit = self.get_limit(request)
    if not limit:
        return None
    self.limit = clamped(limit)
    self.offset = self.get_offset(request)
    if self.max_offset is not None and self.offset > self.max_offset:
        raise NotFound
    rows = _sources.source(self, queryset)
    _sources.warn_if_unordered(rows)
    fetched = count = None
    if self.offset == 0:
        fetched, count = await counted_first_page(self, io, rows, self.limit)
    self.count = await io.hook(GET_COUNT, self, rows) if count is None else count
    if fetched is None:
        past = self.offset >= self.count or beyond_rows(rows, self.offset, self.limit)
        fetched = [] if past else await _sources.read(io, rows[self.offset : self.offset + self.limit])
    self._is_full = len(fetched) >= self.limit
    self.display_page_controls = self.count > self.limit and self.template is not None
    return fetched


_PAGINATE = Hook(_paginate, "paginate_queryset")


class LimitOffsetPagination(Counted, BasePagination, pagination.LimitOffsetPagination):
    """Windows of rows: `?limit=100&offset=400`. A first window that is not full costs one query, any other two."""

    sync_equivalent = True
    default_faces = True
    results_key = "results"

    default_limit = FromSettings("PAGE_SIZE")

    count: int
    limit: int
    offset: int
    _is_full: bool

    def paginate_queryset(self, queryset: Any, request: Any, view: Any = None) -> list[Any] | None:
        """The window, or `None` without a limit; empty past the end, `NotFound` past `max_offset`."""
        return _PAGINATE.run(self, LimitOffsetPagination, queryset, request, view)  # type: ignore[no-any-return]

    async def apaginate_queryset(self, queryset: Any, request: Any, view: Any = None) -> list[Any] | None:
        """The async twin of `paginate_queryset`, in one crossing."""
        return await _PAGINATE.arun(  # type: ignore[no-any-return]
            self, LimitOffsetPagination, queryset, request, view
        )

    def get_limit(self, request: Any) -> int | None:
        """The client's limit, or `default_limit` where it gives no positive number."""
        asked = request.query_params.get(self.limit_query_param) if self.limit_query_param else None
        return client_size(asked, self.default_limit, self.max_limit)  # type: ignore[no-any-return]

    def get_offset(self, request: Any) -> int:
        """The client's offset, or 0 where it gives no positive number."""
        return positive(request.query_params.get(self.offset_query_param)) or 0

    def get_paginated_response(self, data: Any) -> Response:
        """The window in its envelope."""
        return Response(
            {
                "count": self.count,
                "next": self.get_next_link(),
                "previous": self.get_previous_link(),
                self.results_key: data,
            }
        )

    def get_next_link(self) -> str | None:
        """The URL of the next window; `None` where there is none, or none that may be asked for."""
        following = self.offset + self.limit
        if following >= self.count or not self._is_full:
            return None
        if self.max_offset is not None and following > self.max_offset:
            return None
        return self._link(following)

    def get_previous_link(self) -> str | None:
        """The URL of the window before, which has rows; `None` where there are none."""
        if self.offset <= 0 or self.count == 0:
            return None
        return self._link(min(self.offset, self.count) - self.limit)

    def _link(self, offset: int) -> str:
        url = replace_query_param(self.request.build_absolute_uri(), self.limit_query_param, str(self.limit))
        if offset <= 0:
            return remove_query_param(url, self.offset_query_param)
        return replace_query_param(url, self.offset_query_param, str(offset))

    def get_html_context(self) -> Any:
        """What the template of the page controls shows; past the end it shows the end."""
        if self.offset <= self.count:
            return super().get_html_context()
        at_the_end = copy.copy(self)
        at_the_end.offset = self.count
        return {**at_the_end.get_html_context(), "previous_url": self.get_previous_link()}
