"""Pages by number, with a count."""

from typing import Any

from django.core.paginator import InvalidPage, Paginator
from rest_framework import pagination
from rest_framework.exceptions import NotFound

from restflow.pagination import _sources
from restflow.pagination._counting import GET_COUNT, Counted, counted_first_page
from restflow.pagination._numbers import beyond_rows, clamped, client_size, positive
from restflow.pagination.base import BasePagination, FromSettings
from restflow.responses import Response
from restflow.responses._work import Hook, Work


async def _paginate(self: "PageNumberPagination", io: Work, queryset: Any, request: Any, view: Any = None) -> Any:
    self.request = request
    size = self.get_page_size(request)
    if not size:
        return None
    rows = _sources.source(self, queryset)
    paginator = self.django_paginator_class(rows, clamped(size))
    number: Any = self._requested_number(request, paginator)
    fetched = await _count_rows(self, io, rows, paginator, first=number == 1)
    try:
        if number is None:
            number = self.get_page_number(request, paginator)
        page = await io.sync(paginator.page, number) if _is_own(paginator, "page") else paginator.page(number)
    except InvalidPage as error:
        raise self._no_page(number, str(error)) from None
    self._refuse_beyond(page.number, paginator)
    if _is_own(paginator, "page"):
        fetched = await _sources.read(io, page.object_list)
    elif fetched is None:
        start = (page.number - 1) * paginator.per_page
        # an estimate may be too low: the rows of a page are there whatever it says
        fetched = await _sources.read(io, rows[start : max(start + paginator.per_page, page.end_index())])
    else:
        fetched = fetched[: max(paginator.per_page, page.end_index())]
    if not fetched and page.number > 1:
        raise self._no_page(number, paginator.error_messages["no_results"])
    page.object_list = fetched
    self.page = page
    self.display_page_controls = paginator.num_pages > 1 and self.template is not None
    return fetched


def _is_own(paginator: Any, name: str) -> bool:
    """Whether the project's paginator class has its own idea of this."""
    return getattr(type(paginator), name) is not getattr(Paginator, name)


async def _count_rows(self: Any, io: Work, rows: Any, paginator: Any, *, first: bool) -> list[Any] | None:
    """Tells the paginator the count. Returns what had to be read of the first page to know it."""
    fetched = count = None
    if _is_own(paginator, "count"):
        await io.sync(getattr, paginator, "count")
        return None
    if first and not _is_own(paginator, "page"):
        fetched, count = await counted_first_page(self, io, rows, paginator.per_page + paginator.orphans)
    paginator.count = await io.hook(GET_COUNT, self, rows) if count is None else count
    return fetched


_PAGINATE = Hook(_paginate, "paginate_queryset")


class PageNumberPagination(Counted, BasePagination, pagination.PageNumberPagination):
    """Pages by number: `?page=4`. A first page that is not full costs one query, any other two."""

    sync_equivalent = True
    default_faces = True
    results_key = "results"

    page_size = FromSettings("PAGE_SIZE")
    page: Any

    def paginate_queryset(self, queryset: Any, request: Any, view: Any = None) -> list[Any] | None:
        """The page, or `None` without a page size; `NotFound` for a page that is not there."""
        return _PAGINATE.run(self, PageNumberPagination, queryset, request, view)  # type: ignore[no-any-return]

    async def apaginate_queryset(self, queryset: Any, request: Any, view: Any = None) -> list[Any] | None:
        """The async twin of `paginate_queryset`, in one crossing."""
        return await _PAGINATE.arun(  # type: ignore[no-any-return]
            self, PageNumberPagination, queryset, request, view
        )

    def get_page_size(self, request: Any) -> int | None:
        """The page size: the client's, where it may choose, else `page_size`."""
        asked = request.query_params.get(self.page_size_query_param) if self.page_size_query_param else None
        return client_size(asked, self.page_size, self.max_page_size)  # type: ignore[no-any-return]

    def get_paginated_response(self, data: Any) -> Response:
        """The page in its envelope."""
        return Response(
            {
                "count": self.page.paginator.count,
                "next": self.get_next_link(),
                "previous": self.get_previous_link(),
                self.results_key: data,
            }
        )

    def get_next_link(self) -> str | None:
        """The URL of the next page; `None` where there is none, or none that may be asked for."""
        paginator = self.page.paginator
        if len(self.page.object_list) < paginator.per_page:
            return None  # the last one, whatever an estimate says
        if self.max_offset is not None and self.page.number * paginator.per_page > self.max_offset:
            return None
        return super().get_next_link()

    def _requested_number(self, request: Any, paginator: Any) -> int | None:
        """The page asked for, checked as far as that needs no count; `None` where `get_page_number` must tell."""
        if type(self).get_page_number is not PageNumberPagination.get_page_number:
            return None
        text = request.query_params.get(self.page_query_param) or 1
        if text in self.last_page_strings:
            return None
        number = positive(text)
        if number is None:
            raise self._no_page(text, paginator.error_messages["invalid_page"])
        self._refuse_beyond(number, paginator)
        return number

    def _refuse_beyond(self, number: int, paginator: Any) -> None:
        offset = (number - 1) * paginator.per_page
        deep = self.max_offset is not None and offset > self.max_offset
        if deep or beyond_rows(paginator.object_list, offset, paginator.per_page):
            raise self._no_page(number, paginator.error_messages["no_results"])

    def _no_page(self, number: Any, message: Any) -> NotFound:
        return NotFound(self.invalid_page_message.format(page_number=number, message=message))
