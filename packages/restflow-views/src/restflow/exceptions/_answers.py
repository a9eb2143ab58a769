"""What each exception is answered with: a table of rules, of which the first that fits counts."""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from http import HTTPStatus
from types import TracebackType
from typing import Any

from django.core.exceptions import (
    BadRequest,
    ObjectDoesNotExist,
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
)
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import IntegrityError
from django.http import Http404, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions

from restflow.exceptions._databases import is_conflict
from restflow.exceptions._details import as_details, encodable, text_of
from restflow.exceptions.envelope import ErrorCode
from restflow.exceptions.errors import APIException

NOT_FOUND_TEXT = _("Resource not found.")
DENIED_TEXT = _("Permission denied.")
MALFORMED_TEXT = _("Malformed request.")
TOO_BIG_TEXT = _("The request body is too large.")
CONFLICT_TEXT = _("The request conflicts with existing data.")
INVALID_TEXT = _("Request validation failed.")
SERVER_ERROR_TEXT = _("A server error occurred.")


class Log(Enum):
    """How an answered exception is logged."""

    NO = "not at all"
    SECURITY = "on django.security"
    TRACEBACK = "on django.request, with the traceback"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An error response before it has a format. `invalid` is what was wrong, where it was the input."""

    status: int
    code: str
    message: Any
    default: Any = ""
    details: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    invalid: Any = None
    log: Log = Log.NO


Rule = Callable[[Any, Any], Answer | None]

_STABLE: tuple[tuple[type[exceptions.APIException], ErrorCode], ...] = (
    (exceptions.NotAuthenticated, ErrorCode.NOT_AUTHENTICATED),
    (exceptions.AuthenticationFailed, ErrorCode.AUTHENTICATION_FAILED),
    (exceptions.PermissionDenied, ErrorCode.PERMISSION_DENIED),
    (exceptions.NotFound, ErrorCode.NOT_FOUND),
    (exceptions.MethodNotAllowed, ErrorCode.METHOD_NOT_ALLOWED),
    (exceptions.NotAcceptable, ErrorCode.NOT_ACCEPTABLE),
    (exceptions.UnsupportedMediaType, ErrorCode.UNSUPPORTED_MEDIA_TYPE),
    (exceptions.ParseError, ErrorCode.PARSE_ERROR),
    (exceptions.Throttled, ErrorCode.THROTTLED),
)
_BY_STATUS = {
    400: ErrorCode.PARSE_ERROR,
    401: ErrorCode.NOT_AUTHENTICATED,
    403: ErrorCode.PERMISSION_DENIED,
    404: ErrorCode.NOT_FOUND,
    405: ErrorCode.METHOD_NOT_ALLOWED,
    406: ErrorCode.NOT_ACCEPTABLE,
    409: ErrorCode.CONFLICT,
    415: ErrorCode.UNSUPPORTED_MEDIA_TYPE,
    429: ErrorCode.THROTTLED,
    503: ErrorCode.SERVICE_UNAVAILABLE,
}


def answer(exc: Exception, request: Any) -> Answer | None:
    """The answer to an exception; `None` for one that nobody expected."""
    for kinds, rule in _RULES:
        if isinstance(exc, kinds) and (made := rule(exc, request)) is not None:
            return made
    return None


def phrase_of(status: int) -> str:
    """The HTTP phrase of a status."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Server Error" if status >= 500 else "Client Error"


def code_of_status(status: int) -> str:
    """The code of an error that has none of its own."""
    if (known := _BY_STATUS.get(status)) is not None:
        return known.value
    if status >= 500:
        return ErrorCode.INTERNAL_ERROR.value
    return re.sub(r"[^a-z0-9]+", "_", phrase_of(status).lower().replace("'", ""))


def _status_of(exc: Any) -> int:
    status = getattr(exc, "status_code", None)
    return status if isinstance(status, int) and 100 <= status <= 599 else 500


def _own(exc: APIException, request: Any) -> Answer:
    status = _status_of(exc)
    wait = _whole_seconds(exc)
    return Answer(
        status=status,
        code=text_of(exc.code),
        message=exc.message,
        default=type(exc).default_detail,
        details=encodable(exc.details or {}) or {},
        headers=_headers(exc, wait),
        log=Log.TRACEBACK if status >= 500 else Log.NO,
    )


def _invalid(exc: Any, request: Any) -> Answer:
    detail = exc if isinstance(exc, DjangoValidationError) else getattr(exc, "detail", [])
    return Answer(
        status=_status_of(exc) if isinstance(exc, exceptions.APIException) else 400,
        code=ErrorCode.VALIDATION_ERROR,
        message=INVALID_TEXT,
        details=as_details(detail),
        headers=_headers(exc, _whole_seconds(exc)),
        invalid=detail,
    )


def _of_rest_framework(exc: exceptions.APIException, request: Any) -> Answer:
    status = _status_of(exc)
    stable = next((code for kind, code in _STABLE if isinstance(exc, kind)), None)
    own, message, details = _told(exc)
    wait = _whole_seconds(exc)
    if isinstance(exc, exceptions.Throttled) and wait is not None:
        details = {"retry_after_seconds": wait, **details}
    if own == "error":
        own = ""
    if stable is not None and own and own != stable.value:
        details = {**details, "reason": own}
    return Answer(
        status=status,
        code=stable.value if stable is not None else own or code_of_status(status),
        message=message,
        default=type(exc).default_detail,
        details=details,
        headers=_headers(exc, wait),
        log=Log.TRACEBACK if status >= 500 else Log.NO,
    )


def _told(exc: exceptions.APIException) -> tuple[str, Any, dict[str, Any]]:
    """Code, message and details that REST framework's exception carries."""
    detail: Any = getattr(exc, "detail", exc.default_detail)
    if isinstance(detail, Mapping) and _is_text(detail.get("detail")) and _is_text(detail.get("code", "")):
        text = detail["detail"]
        others = {str(key): value for key, value in detail.items() if key not in ("detail", "code")}
        return text_of(detail.get("code") or getattr(text, "code", "")), text, encodable(others) or {}
    if isinstance(detail, Mapping) and "detail" not in detail and detail.get("code") and _is_text(detail["code"]):
        others = {str(key): value for key, value in detail.items() if key != "code"}
        return text_of(detail["code"]), exc.default_detail, encodable(others) or {}
    if isinstance(detail, Mapping | list | tuple):
        return text_of(exc.default_code), exc.default_detail, as_details(detail)
    return text_of(getattr(detail, "code", None) or exc.default_code), detail, {}


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _whole_seconds(exc: Any) -> int | None:
    wait = getattr(exc, "wait", None)
    if wait is not None and isinstance(wait, int | float) and math.isfinite(wait):
        return max(0, math.ceil(wait))
    return None


def _headers(exc: Any, wait: int | None) -> dict[str, str]:
    headers: dict[str, str] = {}
    if auth_header := getattr(exc, "auth_header", None):
        headers["WWW-Authenticate"] = auth_header
    if wait is not None:
        headers["Retry-After"] = str(wait)
    own = getattr(exc, "headers", None)
    if own is not None and isinstance(own, Mapping):
        headers.update({str(name): str(value) for name, value in own.items()})
    return headers


def _fixed(status: int, code: ErrorCode, message: Any) -> Rule:
    def rule(exc: Any, request: Any) -> Answer:
        security = isinstance(exc, SuspiciousOperation)
        return Answer(status=status, code=code, message=message, log=Log.SECURITY if security else Log.NO)

    return rule


def denied(exc: Any, request: Any) -> Answer:
    """Django's `PermissionDenied`, with its text where it has one."""
    text = exc.args[0] if exc.args and _is_text(exc.args[0]) and exc.args[0] else DENIED_TEXT
    return Answer(status=403, code=ErrorCode.PERMISSION_DENIED, message=text, default=DENIED_TEXT)


def _integrity(exc: IntegrityError, request: Any) -> Answer | None:
    if not is_conflict(exc):
        return None
    return Answer(status=409, code=ErrorCode.CONFLICT, message=CONFLICT_TEXT, log=Log.TRACEBACK)


def _undecodable(exc: UnicodeDecodeError, request: Any) -> Answer | None:
    if _comes_from_parsing(exc.__traceback__) or exc.object in _sent(request):
        return _MALFORMED(exc, request)
    return None


def _too_deep(exc: RecursionError, request: Any) -> Answer | None:
    """Input nested so deeply that the parser gave up."""
    return _MALFORMED(exc, request) if _comes_from_parsing(exc.__traceback__) else None


def _comes_from_parsing(traceback: TracebackType | None) -> bool:
    """Whether Django or REST framework was reading the request when the error was raised."""
    while traceback is not None:
        module = traceback.tb_frame.f_globals.get("__name__")
        if module in ("django.http.request", "django.http.multipartparser", "rest_framework.parsers"):
            return True
        if module == "rest_framework.request" and traceback.tb_frame.f_code.co_name == "_parse":
            return True
        traceback = traceback.tb_next
    return False


def _sent(request: Any) -> list[bytes]:
    """The bytes of the request that have been read: its body and its query."""
    http_request = getattr(request, "_request", request)
    found = [getattr(http_request, "_body", None)]
    query = getattr(http_request, "META", {}).get("QUERY_STRING", "")
    found.append(query.encode("latin-1", "replace") if isinstance(query, str) else query)
    return [sent for sent in found if sent]


_MALFORMED = _fixed(400, ErrorCode.PARSE_ERROR, MALFORMED_TEXT)

_RULES: tuple[tuple[type[Exception] | tuple[type[Exception], ...], Rule], ...] = (
    (APIException, _own),
    ((exceptions.ValidationError, DjangoValidationError), _invalid),
    (exceptions.APIException, _of_rest_framework),
    (PermissionDenied, denied),
    ((Http404, ObjectDoesNotExist), _fixed(404, ErrorCode.NOT_FOUND, NOT_FOUND_TEXT)),
    (RequestDataTooBig, _fixed(413, ErrorCode.PARSE_ERROR, TOO_BIG_TEXT)),
    ((BadRequest, SuspiciousOperation, MultiPartParserError, UnreadablePostError), _MALFORMED),
    (UnicodeDecodeError, _undecodable),
    (RecursionError, _too_deep),
    (IntegrityError, _integrity),
)
