"""The responses of failure: those that the declarations tell, and those that `raises` adds."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from restflow.spectacular import _errors, _views
from restflow.spectacular._operations.parameters import WithParameters
from restflow.spectacular._operations.security import WithSecurity
from restflow.spectacular._operations.view import Schema
from restflow.spectacular.parameters import resolve_error_statuses
from restflow.spectacular.raising import declared_by

_HOOKS = {
    action: (f"perform_{hook}", f"aperform_{hook}")
    for hook, actions in {
        "create": ("create", "post"),
        "update": ("update", "partial_update", "put", "patch"),
        "destroy": ("destroy", "delete"),
    }.items()
    for action in actions
}
"""The hooks of saving that an action, or the handler of a generic view, runs."""


class WithErrors(WithParameters, WithSecurity):
    """Adds the errors to an operation that is described otherwise."""

    def _forget(self) -> None:
        super()._forget()
        self._operation: Schema = {}

    def get_error_responses(self) -> dict[str, Schema]:
        """The error responses that the operation can give by its declarations, by status."""
        view = self.view
        statuses = resolve_error_statuses(view)
        if not statuses:
            return {}
        operation = _errors.Operation(
            view=view,
            method=self.method,
            has_body="requestBody" in self._operation,
            has_filters=self._shows_filters,
            has_variables=bool(_views.variables_of(self.path)),
            model=self._model(),
            paginator=self._get_paginator() if self.should_paginate() else None,
            is_open=self._is_open(),
        )
        return {str(status): self._error(status) for status in _errors.possible(operation, statuses)}

    def _error(self, status: int, exceptions: Any = ()) -> Schema:
        handler, limits = _errors.handler_of(self.view), _errors.limit_headers(self.view)
        if not limits and not exceptions:
            return _errors.shared_response(self.registry, handler, status)
        found = _errors.response(self.registry, handler, status)
        found |= _errors.with_headers({**limits, **found.get("headers", {})})
        return _errors.with_exceptions(found, exceptions) if exceptions else found

    def _add_raised(self, responses: Schema) -> None:
        by_status: dict[int, list[Any]] = {}
        for exception in dict.fromkeys(self._raised()):
            by_status.setdefault(exception.status_code, []).append(exception)
        for status, exceptions in by_status.items():
            present = responses.get(str(status))
            if present is None or "$ref" in present or present == self._error(status):
                responses[str(status)] = self._error(status, exceptions)
            else:
                responses[str(status)] = _errors.with_exceptions(deepcopy(present), exceptions)

    def _raised(self) -> Iterator[Any]:
        """The exceptions declared on the view, on its handler, and on the hooks that the handler runs."""
        view, action = type(self.view), str(getattr(self.view, "action", None) or self.method.lower())
        yield from declared_by(view)
        yield from declared_by(self._handler())
        for name in _HOOKS.get(action, ()):
            yield from declared_by(getattr(view, name, None))
