"""Error responses: which an operation can give by its declarations, and what they look like."""

from collections.abc import Iterable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from django.db.models import PROTECT, RESTRICT, ForeignKey, Model
from drf_spectacular.plumbing import ComponentRegistry, ResolvedComponent
from rest_framework.permissions import SAFE_METHODS
from rest_framework.settings import api_settings
from rest_framework.throttling import SimpleRateThrottle
from rest_framework.views import exception_handler as stock_handler

from restflow.spectacular import _notes, _security, _views

Schema = dict[str, Any]

_SENTENCES = {
    400: "The request is malformed, or its data is invalid.",
    401: "Credentials are missing or invalid.",
    403: "The client is not allowed to do this.",
    404: "There is nothing here for the client.",
    409: "The request conflicts with existing data.",
    413: "The request body is too large.",
    415: "The request body is of a type that is not accepted.",
    429: "The client has sent too many requests.",
}
_TEXT: Schema = {"schema": {"type": "string"}}
_CHALLENGE = {"WWW-Authenticate": {"description": "How to authenticate.", **_TEXT}}
_WAIT = {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer", "minimum": 0}}}
_LIMITS = {
    "RateLimit": {"description": "What is left of the rate limits.", **_TEXT},
    "RateLimit-Policy": {"description": "The rate limits.", **_TEXT},
}
_REFUSALS = ("invalid_page_message", "invalid_cursor_message")


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """What decides about the errors of an operation."""

    view: Any
    method: str
    has_body: bool
    has_filters: bool
    has_variables: bool
    model: type[Model] | None
    paginator: Any
    is_open: bool


def possible(operation: Operation, statuses: Iterable[int]) -> Iterator[int]:
    """Those of the statuses that the operation can answer by its declarations."""
    for status in statuses:
        decide = _RULES.get(status)
        if decide is None or decide(operation):
            yield status


def _bad_request(operation: Operation) -> bool:
    return operation.has_body or operation.has_filters


def _unauthorized(operation: Operation) -> bool:
    authenticators = _views.authenticators_of(operation.view)
    return bool(authenticators) and _challenges(authenticators[0], operation.view)


def _challenges(authenticator: Any, view: Any) -> bool:
    """Whether a refusal is a 401: REST framework asks the first authenticator for its challenge."""
    try:
        return bool(authenticator.authenticate_header(getattr(view, "request", None)))
    except Exception:  # a challenge that needs a real request is one all the same
        return True


def _forbidden(operation: Operation) -> bool:
    view = operation.view
    authenticators = _views.authenticators_of(view)
    if _security.can_forbid(_views.permissions_of(view)):
        return True
    if authenticators and not operation.is_open and not _challenges(authenticators[0], view):
        return True
    return operation.method not in SAFE_METHODS and any(hasattr(one, "enforce_csrf") for one in authenticators)


def _not_found(operation: Operation) -> bool:
    paginator = operation.paginator
    refuses = any(getattr(paginator, name, None) for name in _REFUSALS)
    return operation.has_variables or refuses or getattr(paginator, "max_offset", None) is not None


def _conflict(operation: Operation) -> bool:
    if operation.model is None:
        return False
    options = operation.model._meta
    if operation.method == "DELETE":
        return any(getattr(relation, "on_delete", None) in (PROTECT, RESTRICT) for relation in options.related_objects)
    if operation.method in SAFE_METHODS:
        return False
    columns = (field for field in options.concrete_fields if not field.primary_key)
    return bool(options.total_unique_constraints or options.constraints or options.unique_together) or any(
        field.unique or isinstance(field, ForeignKey) for field in columns
    )


def _has_body(operation: Operation) -> bool:
    return operation.has_body


def _throttled(operation: Operation) -> bool:
    return any(_can_throttle(throttle, operation.view) for throttle in throttles_of(operation.view))


_RULES = {
    400: _bad_request,
    401: _unauthorized,
    403: _forbidden,
    404: _not_found,
    409: _conflict,
    413: _has_body,
    415: _has_body,
    429: _throttled,
}


def throttles_of(view: Any) -> list[Any]:
    """The throttles of the action; none where they cannot be made without a request."""
    return list(_views.ask(view, "get_throttles") or ())


def _can_throttle(throttle: Any, view: Any) -> bool:
    scope_attr = getattr(throttle, "scope_attr", None)
    if scope_attr is not None:
        asks = callable(getattr(view, "get_throttle_scope", None))
        scope = _views.ask(view, "get_throttle_scope", scope_attr) if asks else _views.attribute(view, scope_attr)
        return bool(scope) and getattr(throttle, "THROTTLE_RATES", {}).get(scope) is not None
    if isinstance(throttle, SimpleRateThrottle) or hasattr(throttle, "get_rate"):
        return getattr(throttle, "rate", None) is not None or (
            not hasattr(throttle, "rate") and _views.ask(throttle, "get_rate") is not None
        )
    return True  # a throttle without rates decides by itself


def limit_headers(view: Any) -> Schema:
    """The headers that the throttles of the view add to every response."""
    return deepcopy(_LIMITS) if any(getattr(one, "rate_limit_headers", False) for one in throttles_of(view)) else {}


def with_headers(headers: Schema) -> Schema:
    """The headers as a member of a response object; no member for none."""
    return {"headers": headers} if headers else {}


def handler_of(view: Any) -> Any:
    """The exception handler of the view."""
    return _views.ask(view, "get_exception_handler") or api_settings.EXCEPTION_HANDLER


def is_stock_handler(handler: Any) -> bool:
    """Whether it is REST framework's own."""
    return handler is stock_handler


def describes_itself(handler: Any) -> bool:
    """Whether the handler tells the schema, name and media type of its bodies."""
    return isinstance(getattr(handler, "error_schema", None), dict) and all(
        isinstance(getattr(handler, name, None), str) for name in ("schema_name", "media_type")
    )


def sentence_of(status: int) -> str:
    """What a status says."""
    return _SENTENCES.get(status) or f"{_phrase(status)}."


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return f"Status {status}"


def response(registry: ComponentRegistry, handler: Any, status: int) -> Schema:
    """The response object of a status, in place."""
    found: Schema = {"description": sentence_of(status)}
    headers = {401: _CHALLENGE, 429: _WAIT}.get(status)
    if headers:
        found["headers"] = deepcopy(headers)
    content = _content(registry, handler, status)
    if content:
        found["content"] = content
    return found


def shared_response(registry: ComponentRegistry, handler: Any, status: int) -> Schema:
    """A reference to the response component of a status; in place for a handler that is not the project's default."""
    if handler is not api_settings.EXCEPTION_HANDLER:
        return response(registry, handler, status)
    name = "".join(filter(str.isalnum, _phrase(status).title()))
    return _notes.component(registry, ResolvedComponent.RESPONSE, name, response(registry, handler, status))


def _content(registry: ComponentRegistry, handler: Any, status: int) -> Schema | None:
    if describes_itself(handler):
        name, schema = handler.schema_name, handler.error_schema
        if not _notes.claim(registry, "error schema", name, schema, handler):
            return {handler.media_type: {"schema": deepcopy(schema)}}
        reference = _notes.component(registry, ResolvedComponent.SCHEMA, name, deepcopy(schema))
        return {handler.media_type: {"schema": reference}}
    if not is_stock_handler(handler):
        return None
    if status == 400:
        return {"application/json": {"schema": {"type": "object", "additionalProperties": {}}}}
    schema = {"type": "object", "properties": {"detail": {"type": "string"}}, "required": ["detail"]}
    reference = _notes.component(registry, ResolvedComponent.SCHEMA, "Error", schema)
    return {"application/json": {"schema": reference}}


def with_exceptions(found: Schema, exceptions: Iterable[Any]) -> Schema:
    """The response with a line for each exception, and their codes."""
    lines, codes = [found["description"], ""], list(found.get("x-error-codes", ()))
    for exception in exceptions:
        code = code_of(exception)
        lines.append(f"`{code}`: {exception.default_detail}")
        codes.append(code)
    return {**found, "description": "\n".join(lines), "x-error-codes": list(dict.fromkeys(codes))}


def code_of(exception: Any) -> str:
    """The code that an exception of this class carries."""
    return str(getattr(exception, "code", None) or exception.default_code)
