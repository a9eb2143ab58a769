"""`RestflowAutoSchema`: reads what restflow's views, filters, serializers and policies declare."""

from drf_spectacular.plumbing import ComponentRegistry

from restflow.spectacular import _versions, extensions
from restflow.spectacular._operations.attached import WithAttached
from restflow.spectacular._operations.components import WithComponents
from restflow.spectacular._operations.errors import WithErrors
from restflow.spectacular._operations.responses import WithResponses
from restflow.spectacular._operations.view import Schema

_versions.require_drf_spectacular()


class RestflowAutoSchema(WithErrors, WithResponses, WithAttached, WithComponents):
    """Describes an operation by what the code already says; `@extend_schema` and drf-spectacular's settings win.

    Name it in `REST_FRAMEWORK["DEFAULT_SCHEMA_CLASS"]`, or set `schema = RestflowAutoSchema()` on a view class.
    A subclass may override, beside drf-spectacular's methods: `restflow_action_config()`,
    `restflow_serializer_class()`, `resolved_pagination_class()`, `should_paginate()` and `get_error_responses()`.
    """

    def get_operation(
        self, path: str, path_regex: str, path_prefix: str, method: str, registry: ComponentRegistry
    ) -> Schema | None:
        """The operation object, with its error responses; `None` for one that is left out."""
        extensions.load_targets()
        self._forget()
        operation = super().get_operation(path, path_regex, path_prefix, method, registry)
        if operation is None:
            return None
        self._claim_shapes()
        self._operation = operation
        responses = operation["responses"]
        for status, response in self.get_error_responses().items():
            responses.setdefault(status, response)
        self._add_raised(responses)
        operation["responses"] = dict(sorted(responses.items()))
        return operation
