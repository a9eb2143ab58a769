"""What all paginators share: two faces, attributes that follow settings, and the look of a page."""

from typing import Any

from rest_framework import pagination
from rest_framework.settings import api_settings

from restflow.responses._work import Hook, Work


class FromSettings:
    """A class attribute whose default is a setting of REST framework, read whenever it is used."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, instance: object, owner: type | None = None) -> Any:
        return getattr(api_settings, self.name)


async def _not_written(paginator: Any, io: Work, queryset: Any, request: Any, view: Any = None) -> Any:
    raise NotImplementedError(
        f"{type(paginator).__qualname__} must define paginate_queryset() or apaginate_queryset()."
    )


_PAGINATE = Hook(_not_written, "paginate_queryset")


class BasePagination(pagination.BasePagination):
    """Base of paginators: define `paginate_queryset()` or its async twin, and `get_paginated_response()`."""

    sync_equivalent = True
    default_faces = True

    request: Any

    results_key: str | None = None
    """The key under which `get_paginated_response(data)` of the same class puts `data` without reading it."""
    max_offset: int | None = None
    """The deepest row, counted from zero, that a page may start at; `None` for no limit."""

    def paginate_queryset(self, queryset: Any, request: Any, view: Any = None) -> Any:
        """The page as a list, or `None` where this request is not paged."""
        return _PAGINATE.run(self, BasePagination, queryset, request, view)

    async def apaginate_queryset(self, queryset: Any, request: Any, view: Any = None) -> Any:
        """The async twin: the sync face in one crossing, unless a subclass overrides it."""
        return await _PAGINATE.arun(self, BasePagination, queryset, request, view)
