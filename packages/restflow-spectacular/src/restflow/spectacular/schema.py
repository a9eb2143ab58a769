"""`RestflowAutoSchema`: reads what restflow's views, filters, serializers and policies declare."""

from collections.abc import Iterator
from copy import copy, deepcopy
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db.models import Model
from drf_spectacular.drainage import warn
from drf_spectacular.extensions import OpenApiAuthenticationExtension, OpenApiFilterExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import (
    ComponentRegistry,
    ResolvedComponent,
    build_basic_type,
    build_serializer_context,
    force_instance,
    is_basic_type,
    is_jsonschema_compliant,
    is_list_serializer,
    is_serializer,
    whitelisted,
)
from drf_spectacular.settings import spectacular_settings
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import Direction
from rest_framework.generics import GenericAPIView

from restflow.spectacular import (
    _caching,
    _docs,
    _errors,
    _fields,
    _notes,
    _paths,
    _security,
    _streams,
    _versions,
    _views,
    extensions,
)
from restflow.spectacular._in_place import DescribedInPlace, is_nameless
from restflow.spectacular.parameters import (
    build_filterset_parameters,
    filterset_schema_applies,
    resolve_error_statuses,
    resolve_filterset_class,
)
from restflow.spectacular.raising import declared_by

_versions.require_drf_spectacular()

Schema = dict[str, Any]

_OF_VIEW = "_restflow_schema"
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
_DJANGO_ENVELOPE = frozenset({"count", "next", "previous", "results"})


class RestflowAutoSchema(AutoSchema):
    """Describes an operation by what the code already says; `@extend_schema` and drf-spectacular's settings win.

    Name it in `REST_FRAMEWORK["DEFAULT_SCHEMA_CLASS"]`, or set `schema = RestflowAutoSchema()` on a view class.
    """

    def __init__(self) -> None:
        super().__init__()
        self._forget()

    # one object per view instance, so that documents can be made at the same time

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        """The schema of a view instance: the object that the generator set, else a copy of the class's."""
        if instance is None:
            return self
        own = instance.__dict__.get(_OF_VIEW)
        if own is None:
            own = copy(self)
            own._forget()
            own.view = instance
            instance.__dict__[_OF_VIEW] = own
        return own

    def __set__(self, instance: Any, other: Any) -> None:
        """Sets the schema of one view instance."""
        instance.__dict__[_OF_VIEW] = other
        if other is not None:
            other.view = instance

    def _forget(self) -> None:
        self._serializers: dict[str, Any] = {}
        self._asked_own_responses = False
        self._asked_own_filters = False
        self._shows_filters = False
        self._operation: Schema = {}
        self._in_place: list[type] = []
        self._returned: list[Any] = []
        self._paginators: dict[Any, tuple[Any, frozenset[str]]] = {}

    # what the operation knows about its view

    def restflow_action_config(self) -> Any:
        """The `ActionConfig` of the action, `None` without one."""
        return _views.config_of(self.view)

    def restflow_serializer_class(self) -> Any:
        """The response serializer's class, `None` where the view declares none."""
        return _views.serializer_class(self.view, "response")

    def resolved_pagination_class(self) -> Any:
        """The paginator class in effect for the action, `None` without pagination."""
        return _views.pagination_class(self.view)

    def should_paginate(self) -> bool:
        """Whether the operation answers with a page."""
        return self._get_paginator() is not None and self._is_list_view()

    def _model(self) -> type[Model] | None:
        return _views.model_of(self.view, self._own_serializer("response"), self._own_serializer("request"))

    def _handler(self) -> Any:
        return _views.handler_of(self.view, self.method)

    def _returned_class(self) -> Any:
        if not self._returned:
            self._returned.append(_streams.returned_class(self._handler()))
        return self._returned[0]

    # the operation

    def get_operation(
        self, path: str, path_regex: str, path_prefix: str, method: str, registry: ComponentRegistry
    ) -> Schema | None:
        """The operation object, with its error responses; `None` for one that is left out."""
        extensions.load_targets()
        self._forget()
        operation = super().get_operation(path, path_regex, path_prefix, method, registry)
        if operation is None:
            return None
        self._operation = operation
        responses = operation["responses"]
        for status, response in self.get_error_responses().items():
            responses.setdefault(status, response)
        self._add_raised(responses)
        operation["responses"] = dict(sorted(responses.items()))
        return operation

    def get_description(self) -> str:  # type: ignore[override]  # as drf-spectacular does
        """The docstring of the handler or the view class, where the project wrote it."""
        view_class = type(self.view)
        return _docs.method_doc(
            view_class, getattr(self.view, "action", None) or self.method.lower()
        ) or _docs.class_doc(view_class)

    # serializers

    def _own_serializer(self, direction: Direction) -> Any:
        if direction not in self._serializers:
            self._serializers[direction] = self._find_serializer(direction)
        return self._serializers[direction]

    def _find_serializer(self, direction: Direction) -> Any:
        if not _views.speaks_restflow(self.view):
            return None
        found = _views.serializer_class(self.view, direction)
        if found is None:
            return _views.ask(self.view, "get_serializer")
        if not isinstance(found, type):
            return found
        try:
            return found(context=build_serializer_context(self.view))
        except Exception as error:  # whatever the serializer's constructor needs
            warn(f"{self.method} {self.path}: {found.__qualname__} cannot be made for the document: {error!r}.")
            return None

    def _get_serializer(self) -> Any:
        view = self.view
        silent = self._returned_class() is not None and not isinstance(view, GenericAPIView)
        if silent and not any(hasattr(view, name) for name in ("get_serializer", "serializer_class")):
            return None
        if "either" not in self._serializers:
            drf_spectacular: Any = super()
            self._serializers["either"] = drf_spectacular._get_serializer()
        return self._serializers["either"]

    def get_request_serializer(self) -> Any:
        """The request serializer, by the view's own order; an empty mapping, for no body, where there is none."""
        if not _views.speaks_restflow(self.view):
            return super().get_request_serializer() if self._returned_class() is None else self._get_serializer() or {}
        found = self._own_serializer("request")
        return {} if found is None else found

    def get_response_serializers(self) -> Any:
        """The response serializer, by the view's own order; `None` where there is none."""
        self._asked_own_responses = True
        if not _views.speaks_restflow(self.view):
            return super().get_response_serializers()
        return self._own_serializer("response")

    def _responses_asked(self) -> tuple[Any, bool]:
        """The response serializers, and whether they are the view's: not declared by `@extend_schema`."""
        self._asked_own_responses = False
        found = self.get_response_serializers()
        return found, self._asked_own_responses

    # lists and pages

    def _is_list_view(self, serializer: Any = None) -> bool:
        if not _views.speaks_restflow(self.view):
            return bool(super()._is_list_view(serializer))
        found, own = self._responses_asked()
        if own and (serializer is None or serializer is found):
            return is_list_serializer(found) or _views.lists(self.view, self.method, self.path)
        serializer = found if serializer is None else serializer
        if isinstance(serializer, dict) and serializer:
            serializer = min(serializer.items(), key=lambda item: str(item[0]))[1]
        if is_list_serializer(serializer) or is_basic_type(serializer):
            return is_list_serializer(serializer)
        if own or isinstance(self.view, GenericAPIView):  # as drf-spectacular finds REST framework's classes
            return _views.lists(self.view, self.method, self.path)
        return bool(super()._is_list_view(serializer))

    def _get_paginator(self) -> Any:
        return self._paginator()[0]

    def _paginator(self) -> tuple[Any, frozenset[str]]:
        """The paginator and the keys of its envelope; without one that can be described, nothing."""
        pagination_class = self.resolved_pagination_class()
        if not pagination_class:
            return None, frozenset()
        if pagination_class not in self._paginators:
            paginator = pagination_class()
            try:
                envelope = paginator.get_paginated_response_schema({})
            except Exception as error:  # a paginator of the project
                self._warn_of(pagination_class, "get_paginated_response_schema", error)
                self._paginators[pagination_class] = None, frozenset()
            else:
                if is_jsonschema_compliant() and _views.speaks_restflow(self.view):
                    describe = paginator.get_paginated_response_schema
                    paginator.get_paginated_response_schema = lambda schema: _fields.with_null_types(describe(schema))
                self._paginators[pagination_class] = paginator, frozenset(envelope.get("properties", ()))
        return self._paginators[pagination_class]

    def _warn_of(self, culprit: type, method: str, error: Exception) -> None:
        warn(f"{self.method} {self.path}: {culprit.__qualname__}.{method}() raised {error!r}. Left out.")

    def get_paginated_name(self, serializer_name: str) -> str:
        """The name of a page's component: by the item and the envelope, and by nothing else."""
        paginator, envelope = self._paginator()
        if is_nameless(self._own_serializer("response")):
            serializer_name = "".join(word.capitalize() for word in self.get_operation_id().split("_"))
        if envelope == _DJANGO_ENVELOPE or paginator is None:
            return str(super().get_paginated_name(serializer_name))
        kind = type(paginator)
        name = f"{kind.__name__.removesuffix('Pagination')}{serializer_name}List"
        _notes.claim(self.registry, "page", name, envelope, kind)
        return name

    # parameters

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
        if type(self).get_filter_backends is RestflowAutoSchema.get_filter_backends:
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

    # security

    def get_auth(self) -> list[Schema]:
        """The security requirements; `{}` is among them where anonymous requests are known to pass."""
        requirements: list[Schema] = []
        for authenticator in _views.authenticators_of(self.view):
            if whitelisted(authenticator, spectacular_settings.AUTHENTICATION_WHITELIST, True):
                requirements += self._requirements_of(authenticator)
        requirements += spectacular_settings.SECURITY or []
        if requirements and self._is_open():
            requirements.append({})
        return requirements

    def _is_open(self) -> bool:
        return _security.open_to_anonymous(_views.permissions_of(self.view), self.method)

    def _requirements_of(self, authenticator: Any) -> list[Schema]:
        kind = type(authenticator)
        scheme: Any = OpenApiAuthenticationExtension.get_match(authenticator)
        if scheme is None:
            warn(
                f"nothing tells the security scheme of {kind.__module__}.{kind.__qualname__}. Give it a class method "
                "get_security_scheme(), or register an OpenApiAuthenticationExtension. Ignored."
            )
            return []
        requirement = scheme.get_security_requirement(self)
        definition = scheme.get_security_definition(self)
        several = not isinstance(scheme.name, str)
        for name, one in zip(scheme.name, definition, strict=True) if several else [(scheme.name, definition)]:
            if _notes.claim(self.registry, "security scheme", name, one, kind):
                _notes.component(self.registry, ResolvedComponent.SECURITY_SCHEMA, name, one)
        if requirement is None:
            return []
        return [requirement] if isinstance(requirement, dict) else list(requirement)

    # responses

    def _get_response_bodies(self, direction: Direction = "response") -> Schema:
        found, own = self._responses_asked()
        returned = self._returned_class() if own else None
        if returned is not None:
            responses = self._streamed(found, returned)
        elif not _views.speaks_restflow(self.view) or isinstance(found, dict):
            responses = super()._get_response_bodies(direction)
        else:
            responses = self._success(found, direction)
        if direction == "response":
            if own:
                self._describe_rendered_streams(responses, found)
            self._add_headers(responses)
        return responses

    def _success(self, serializer: Any, direction: Direction) -> Schema:
        status = _views.success_status(self.view, self.method)
        code = str(status)
        if status in _views.BODILESS:
            return {code: self._response_for(None, code, direction)}
        if serializer is None:
            warn(
                f"{self.method} {self.path}: {type(self.view).__qualname__} does not tell what it answers. Set "
                "serializer_class, or request_serializer_class and response_serializer_class, or use @extend_schema. "
                "Described as a free-form object."
            )
            serializer = build_basic_type(OpenApiTypes.OBJECT)
        return {code: self._response_for(serializer, code, direction)}

    def _response_for(self, serializer: Any, code: str, direction: Direction) -> Schema:
        drf_spectacular: Any = self
        found: Schema = drf_spectacular._get_response_for_code(serializer, code, direction=direction)
        return found

    def _streamed(self, serializer: Any, returned: Any) -> Schema:
        content = _streams.content(returned, self._item(serializer))
        response = {"description": "", **({"content": content} if content else {})}
        return {str(_views.success_status(self.view, self.method)): response}

    def _item(self, serializer: Any) -> Schema | None:
        if not is_serializer(serializer):
            return None
        component = self.resolve_serializer(serializer, "response")
        return component.ref if component else None

    def _describe_rendered_streams(self, responses: Schema, serializer: Any) -> None:
        for response in responses.values():
            for media_type in response.get("content", {}).keys() & _streams.RENDERED.keys():
                if "schema" in response["content"][media_type] and self._returned_class() is None:
                    item = self._item(force_instance(serializer))
                    response["content"][media_type] = _streams.stream(_streams.RENDERED[media_type], item)

    def _add_headers(self, responses: Schema) -> None:
        handler = self._handler()
        cached, limits = _caching.headers(handler), _errors.limit_headers(self.view)
        for status, response in responses.items():
            headers = {**limits, **(cached if status.startswith("2") else {})}
            if headers:
                response["headers"] = {**headers, **response.get("headers", {})}
        if _caching.revalidates(handler) and self.method == "GET":
            responses.setdefault("304", {"description": "The client has the current version.", **_with(limits)})

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
        found |= _with({**limits, **found.get("headers", {})})
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

    # components

    def resolve_serializer(
        self, serializer: Any, direction: Direction, bypass_extensions: bool = False
    ) -> ResolvedComponent:
        """The component of a serializer; one without a name is described in place, unless it contains itself."""
        serializer = force_instance(serializer)
        if not is_nameless(serializer) or type(serializer) in self._in_place:
            return super().resolve_serializer(serializer, direction, bypass_extensions)
        self._in_place.append(type(serializer))
        try:
            drf_spectacular: Any = self
            schema = drf_spectacular._map_serializer(serializer, direction, bypass_extensions)
        finally:
            self._in_place.pop()
        return DescribedInPlace(schema)

    def _map_basic_serializer(self, serializer: Any, direction: Direction) -> Schema:
        serializer = force_instance(serializer)
        drf_spectacular: Any = super()
        schema: Schema = drf_spectacular._map_basic_serializer(serializer, direction)
        overrides = getattr(serializer, "_spectacular_annotation", {})
        if "description" in schema and "description" not in overrides and not _docs.class_doc(type(serializer)):
            del schema["description"]
        if getattr(getattr(serializer, "Meta", None), "unknown_fields", None) == "forbid":
            schema["additionalProperties"] = False
        plain: Schema = _fields.plain(schema)
        return plain

    def _insert_field_validators(self, field: Any, schema: Schema) -> None:
        drf_spectacular: Any = super()
        drf_spectacular._insert_field_validators(field, schema)
        _fields.insert_bounds(field, schema)


def _with(headers: Schema) -> Schema:
    return {"headers": headers} if headers else {}
