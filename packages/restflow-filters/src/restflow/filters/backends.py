"""`RestflowFilterBackend`: filter sets in DRF's filter pipeline."""

import asyncio
import inspect
import logging
from typing import Any, TypeVar

from asgiref.sync import async_to_sync
from django.db.models import Model, QuerySet
from django.utils.safestring import SafeString
from rest_framework.filters import BaseFilterBackend

from restflow.core import ConfigError, is_async_callable, maybe_await, require_sync
from restflow.filters import _form
from restflow.filters._validation import paginator_params
from restflow.filters.filterset import FilterSet
from restflow.filters.schema import (
    LOOKUP_DESCRIPTIONS,
    build_filterset_parameters,
    field_to_parameter,
    field_to_schema,
    get_field_description,
)

__all__ = [
    "RestflowFilterBackend",
    "LOOKUP_DESCRIPTIONS",
    "build_filterset_parameters",
    "field_to_parameter",
    "field_to_schema",
    "get_field_description",
]

logger = logging.getLogger("restflow.filters")

M = TypeVar("M", bound=Model)
Row = TypeVar("Row")


class RestflowFilterBackend(BaseFilterBackend):
    """Filters by `view.get_filterset_class()` or `view.filterset_class`, in sync and async views alike."""

    sync_equivalent = True
    """`filter_queryset()` and `afilter_queryset()` do the same: an async view may filter in the thread that fetches."""

    template = "restflow/filters/form.html"
    """The template of the form for the browsable API."""

    def get_filterset_class(self, view: Any, queryset: QuerySet[Any] | None = None) -> type[FilterSet] | None:
        """The view's filter set, or `None`; `ImproperlyConfigured` for anything but a `FilterSet` subclass."""
        hook = getattr(view, "get_filterset_class", None)
        found = getattr(view, "filterset_class", None) if hook is None else require_sync(hook(), "afilter_queryset()")
        return _checked(view, found)

    def get_filterset(self, request: Any, queryset: QuerySet[Any], view: Any) -> FilterSet | None:
        """The filter set of this request, or `None`; `view.get_filterset(filterset_class)` if the view has it."""
        found: FilterSet | None = self._bound(request, view, self.get_filterset_class(view, queryset))
        return found

    def _bound(self, request: Any, view: Any, filterset_class: type[FilterSet] | None) -> Any:
        if filterset_class is None:
            return None
        hook = getattr(view, "get_filterset", None)
        found: Any = filterset_class(request=request) if hook is None else hook(filterset_class)
        return found if inspect.isawaitable(found) else _with_view(found, view)

    def filter_queryset(self, request: Any, queryset: QuerySet[M, Row], view: Any) -> QuerySet[M, Row]:
        """The filtered queryset; async hooks run through `async_to_sync`, in this thread.

        Raises `RuntimeError` for async hooks on a running event loop's thread, where that would dead-lock.
        """
        if _has_async_hooks(view):
            return self._bridged(request, queryset, view)
        filterset_class = self.get_filterset_class(view, queryset)
        if filterset_class is None:
            return queryset
        if filterset_class.compiled().async_hooks:
            return self._bridged(request, queryset, view)
        filterset = require_sync(self._bound(request, view, filterset_class), "afilter_queryset()")
        return queryset if filterset is None else filterset.filter_queryset(queryset)

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """The OpenAPI parameter objects of the view's filter set; `[]` without one.

        Where the view's hook raises, which needs a request that is not there while a schema is made, one warning is
        logged and `view.filterset_class` is used.
        """
        try:
            filterset_class = self.get_filterset_class(view)
        except ConfigError:
            raise
        except Exception as error:
            logger.warning("%s.get_filterset_class() failed for the schema: %r", type(view).__qualname__, error)
            filterset_class = _checked(view, getattr(view, "filterset_class", None))
        return [] if filterset_class is None else filterset_class.get_schema_operation_parameters(view)

    def to_html(self, request: Any, queryset: QuerySet[Any], view: Any) -> SafeString:
        """The form of the browsable API; empty without a set."""
        if _has_async_hooks(view):
            filterset = async_to_sync(self._afilterset)(request, queryset, view)
        else:
            filterset = self.get_filterset(request, queryset, view)
        if filterset is None:
            return SafeString()
        if filterset.compiled().async_hooks:
            async_to_sync(filterset.ais_valid)()
        else:
            filterset.is_valid()
        foreign = set(paginator_params(view))
        return _form.render(filterset, dict(filterset.errors), foreign, self.template)

    def _bridged(self, request: Any, queryset: QuerySet[M, Row], view: Any) -> QuerySet[M, Row]:
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            bridged: QuerySet[M, Row] = async_to_sync(self.afilter_queryset)(request, queryset, view)
            return bridged
        raise RuntimeError(
            "filter_queryset() cannot run async hooks on a running event loop; await afilter_queryset()."
        )

    async def afilter_queryset(self, request: Any, queryset: QuerySet[M, Row], view: Any) -> QuerySet[M, Row]:
        """The filtered queryset; awaits the view's hooks and the set's."""
        filterset = await self._afilterset(request, queryset, view)
        return queryset if filterset is None else await filterset.afilter_queryset(queryset)

    async def _afilterset(self, request: Any, queryset: QuerySet[Any], view: Any) -> FilterSet | None:
        hook = getattr(view, "get_filterset_class", None)
        if hook is not None and is_async_callable(hook):
            filterset_class = _checked(view, await hook())
        else:
            filterset_class = self.get_filterset_class(view, queryset)
        found: FilterSet | None = _with_view(await maybe_await(self._bound(request, view, filterset_class)), view)
        return found


def _has_async_hooks(view: Any) -> bool:
    return any(is_async_callable(getattr(view, name, None)) for name in ("get_filterset_class", "get_filterset"))


def _checked(view: Any, found: Any) -> type[FilterSet] | None:
    if found is None or (isinstance(found, type) and issubclass(found, FilterSet)):
        return found
    raise ConfigError(
        f"{type(view).__qualname__}: the filter set must be a subclass of restflow.filters.FilterSet, got {found!r}."
    )


def _with_view(filterset: Any, view: Any) -> Any:
    if filterset is not None:
        if not isinstance(filterset, FilterSet):
            raise ConfigError(f"{type(view).__qualname__}.get_filterset() must return a FilterSet, got {filterset!r}.")
        context: dict[str, Any] = filterset.context  # type: ignore[assignment]  # the stubs' is read-only
        context["view"] = view
    return filterset
