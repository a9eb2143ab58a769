"""Pages by number that are never counted."""

from typing import Any

from django.template import loader
from django.utils.translation import gettext_lazy as _
from rest_framework import pagination
from rest_framework.exceptions import NotFound
from rest_framework.utils.urls import remove_query_param, replace_query_param

from restflow.pagination import _sources
from restflow.pagination._numbers import beyond_rows, clamped, client_size, positive
from restflow.pagination.base import BasePagination, FromSettings
from restflow.responses import Response
from restflow.responses._work import Hook, Work


async def _paginate(self: "FastPageNumberPagination", io: Work, queryset: Any, request: Any, view: Any = None) -> Any:
    self.request = request
    size = self.get_page_size(request)
    if not size:
        return None
    size = clamped(size)
    rows = _sources.source(self, queryset)
    _sources.warn_if_unordered(rows)
    text = request.query_params.get(self.page_query_param) or 1
    number = positive(text)
    if number is None:
        raise self._no_page(text)
    offset = (number - 1) * size
    if self._is_too_deep(offset) or beyond_rows(rows, offset, size):
        raise self._no_page(number)
    fetched = await _sources.read(io, rows[offset : offset + size + 1])
    if not fetched and number > 1:
        raise self._no_page(number)
    self.page_number = number
    self.has_next = len(fetched) > size
    self._next_offset = offset + size
    self.display_page_controls = (self.has_next or number > 1) and self.template is not None
    return fetched[:size]


_PAGINATE = Hook(_paginate, "paginate_queryset")


class FastPageNumberPagination(BasePagination):
    """Pages by number without a count: one query, which looks one row further to know whether there is more."""

    sync_equivalent = True
    default_faces = True
    results_key = "results"

    page_size = FromSettings("PAGE_SIZE")
    page_query_param: str = "page"
    page_query_description: Any = pagination.PageNumberPagination.page_query_description
    page_size_query_param: str | None = None
    page_size_query_description: Any = pagination.PageNumberPagination.page_size_query_description
    max_page_size: int | None = None
    invalid_page_message: Any = _("Invalid page.")
    template: str | None = "rest_framework/pagination/previous_and_next.html"

    has_next: bool
    """Whether a further page had rows when this one was read."""
    _next_offset: int
    page_number: int
    """The number of the page, from 1."""

    def paginate_queryset(self, queryset: Any, request: Any, view: Any = None) -> list[Any] | None:
        """The page, or `None` without a page size; `NotFound` for a page that is not there."""
        return _PAGINATE.run(self, FastPageNumberPagination, queryset, request, view)  # type: ignore[no-any-return]

    async def apaginate_queryset(self, queryset: Any, request: Any, view: Any = None) -> list[Any] | None:
        """The async twin of `paginate_queryset`, in one crossing."""
        return await _PAGINATE.arun(  # type: ignore[no-any-return]
            self, FastPageNumberPagination, queryset, request, view
        )

    def get_page_size(self, request: Any) -> int | None:
        """The page size: the client's, where it may choose, else `page_size`."""
        asked = request.query_params.get(self.page_size_query_param) if self.page_size_query_param else None
        return client_size(asked, self.page_size, self.max_page_size)  # type: ignore[no-any-return]

    def get_paginated_response(self, data: Any) -> Response:
        """The page in its envelope."""
        return Response({"next": self.get_next_link(), "previous": self.get_previous_link(), self.results_key: data})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """The OpenAPI schema of the body."""
        described: Any = pagination.PageNumberPagination
        made = described.get_paginated_response_schema(self, schema)
        del made["properties"]["count"]
        return {**made, "required": ["results"]}

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """The query parameters, as OpenAPI describes them."""
        described: Any = pagination.PageNumberPagination
        return described.get_schema_operation_parameters(self, view)  # type: ignore[no-any-return]

    def get_next_link(self) -> str | None:
        """The URL of the next page, which has rows."""
        if not self.has_next or self._is_too_deep(self._next_offset):
            return None
        return self._link(self.page_number + 1)

    def get_previous_link(self) -> str | None:
        """The URL of the page before."""
        return self._link(self.page_number - 1) if self.page_number > 1 else None

    def get_html_context(self) -> dict[str, Any]:
        """What the template of the page controls shows."""
        return {"previous_url": self.get_previous_link(), "next_url": self.get_next_link()}

    def to_html(self) -> str:
        """The page controls of the browsable API."""
        return loader.get_template(self.template).render(self.get_html_context())  # type: ignore[arg-type]

    def _link(self, number: int) -> str:
        url = self.request.build_absolute_uri()
        if number == 1:
            return remove_query_param(url, self.page_query_param)
        return replace_query_param(url, self.page_query_param, str(number))

    def _is_too_deep(self, offset: int) -> bool:
        return self.max_offset is not None and offset > self.max_offset

    def _no_page(self, number: Any) -> NotFound:
        return NotFound(self.invalid_page_message.format(page_number=number, message=""))
