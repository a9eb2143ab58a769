"""The parameters of an operation: of its path, its filters and its pages."""

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from drf_spectacular.extensions import OpenApiFilterExtension

from restflow.spectacular import _paths, _views
from restflow.spectacular._operations.lists import WithLists
from restflow.spectacular._operations.view import Schema
from restflow.spectacular.parameters import (
    build_filterset_parameters,
    filterset_schema_applies,
    resolve_filterset_class,
)


class WithParameters(WithLists):
    """Types path parameters by the model, and shows filters where they act."""

    def _forget(self) -> None:
        super()._forget()
        self._shows_filters = False
        self._asked_own_filters = False

    def _resolve_path_parameters(self, variables: list[str]) -> list[Schema]:
        if not _views.speaks_restflow(self.view):
            drf_spectacular: Any = super()
            return list(drf_spectacular._resolve_path_parameters(variables))
        return _paths.parameters(self, variables, self._model()) if variables else []

    def get_filter_backends(self) -> list[Any]:
        """The filter backends of the action, for a list."""
        self._asked_own_filters = True
        return list(_views.attribute(self.view, "filter_backends") or ()) if self._is_list_view() else []

    def _declared_filters(self) -> bool | None:
        """What `@extend_schema(filters=...)` says: it hands out the view's attribute, or nothing, without asking us."""
        if type(self).get_filter_backends is WithParameters.get_filter_backends:
            return None
        self._asked_own_filters = False
        state, probe = self.view.__dict__, []  # type: ignore[var-annotated]
        kept = {"filter_backends": state["filter_backends"]} if "filter_backends" in state else {}
        state["filter_backends"] = probe
        try:
            found = self.get_filter_backends()
        finally:
            del state["filter_backends"]
            state.update(kept)
        return None if self._asked_own_filters else found is probe

    def _get_filter_parameters(self) -> list[Schema]:
        filterset_class = resolve_filterset_class(self.view)
        own = build_filterset_parameters(filterset_class, self.view)
        declared = self._declared_filters()
        shown = filterset_schema_applies(self.view, self.method, self.path) if declared is None else declared
        self._shows_filters = bool(own) and shown
        parameters = own if self._shows_filters else []
        for backend in self.get_filter_backends():
            if not (own and hasattr(backend, "get_filterset_class")):  # else they are the filter set's
                parameters = [*parameters, *self._parameters_of(backend(), OpenApiFilterExtension.get_match(backend()))]
        return parameters

    def _get_pagination_parameters(self) -> list[Schema]:
        if not self.should_paginate():
            return []
        paginator = self._get_paginator()
        return self._parameters_of(paginator, OpenApiFilterExtension.get_match(paginator))

    def _parameters_of(self, source: Any, extension: Any) -> list[Schema]:
        try:
            if extension:
                return list(extension.get_schema_operation_parameters(self))
            return list(source.get_schema_operation_parameters(self.view))
        except ImproperlyConfigured:
            raise
        except Exception as error:  # a backend or paginator of the project
            self._warn_of(type(source), "get_schema_operation_parameters", error)
            return []
