"""The exception handlers: every error as one envelope, or as problem details."""

import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.conf import settings
from django.http.response import BadHeaderError

from restflow.core import AsyncIO, ConfigError, SyncIO, finish
from restflow.exceptions import _answers, _reports
from restflow.exceptions._answers import Answer, Log
from restflow.exceptions._details import as_details, code_of, text_of
from restflow.exceptions.envelope import ErrorCode, format_error
from restflow.responses import Response

_log = logging.getLogger("restflow.exceptions")

ENVELOPE = "envelope"
PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class _Outcome:
    response: Response
    report: Callable[[], None] | None


class ExceptionHandler:
    """An exception handler for REST framework's `EXCEPTION_HANDLER`, made by `build_exception_handler()`.

    `error_schema` is the JSON Schema of the bodies, `schema_name` its name and `media_type` their content type, for
    schema generators. `ahandle` is the async twin.
    """

    sync_equivalent = True

    def __init__(self, *, format: str, include_codes: bool, type_base: str | None) -> None:
        self.format = format
        self.include_codes = include_codes
        self.type_base = type_base
        self.media_type = "application/problem+json" if format == PROBLEM else "application/json"
        self.schema_name = "ProblemDetails" if format == PROBLEM else "ErrorEnvelope"
        self.error_schema = _schema(format, include_codes)

    def __repr__(self) -> str:
        return (
            f"build_exception_handler(format={self.format!r}, include_codes={self.include_codes!r}, "
            f"type_base={self.type_base!r})"
        )

    def __call__(self, exc: Exception, context: dict[str, Any]) -> Response | None:
        """The response for an error; `None` for an unexpected one that is to propagate, as under `DEBUG`."""
        return finish(self._handle(SyncIO(), exc, context))

    async def ahandle(self, exc: Exception, context: dict[str, Any]) -> Response | None:
        """The async twin: what it logs, it logs in a thread."""
        return await self._handle(AsyncIO(), exc, context)

    async def _handle(self, io: SyncIO | AsyncIO, exc: Exception, context: dict[str, Any]) -> Response | None:
        outcome = self._outcome(exc, context or {})
        if outcome is None:
            return None
        if outcome.report is not None:
            await io.call(outcome.report)
        return outcome.response

    def _outcome(self, exc: Exception, context: dict[str, Any]) -> _Outcome | None:
        request = context.get("request")
        answer = _classified(exc, request)
        report: Callable[[], None] | None = None
        if answer is None:
            if settings.DEBUG or settings.DEBUG_PROPAGATE_EXCEPTIONS or request is None:
                return None
            answer = server_error_answer(_reports.request_id(request))
            report = partial(_reports.report_unexpected, exc, request, answer.status, answer.details["request_id"])
        elif answer.log is Log.SECURITY:
            report = partial(_reports.report_security, exc, request, answer.status)
        elif answer.log is Log.TRACEBACK:
            report = partial(_reports.report, exc, request, answer.status)
        _set_rollback()
        response = self._response(answer, context)
        # Django logs every 4xx and 5xx that nobody has logged, without a traceback
        response._has_been_logged = report is not None and answer.log is not Log.SECURITY  # type: ignore[attr-defined]
        return _Outcome(response, report)

    def _response(self, answer: Answer, context: dict[str, Any]) -> Response:
        request = context.get("request")
        path = getattr(_reports.http_request(request), "path", "")
        content_type = self.media_type if self.format == PROBLEM and _renders_json(context) else None
        response = Response(self.body(answer, path), status=answer.status, content_type=content_type)
        for name, value in answer.headers.items():
            with contextlib.suppress(BadHeaderError, UnicodeError):  # a header that cannot be sent is left out
                response[name] = value
        return response

    def body(self, answer: Answer, path: str) -> dict[str, Any]:
        """The body of an error response in this handler's format; `path` is the request's."""
        message = text_of(answer.message, answer.default)
        codes = None
        if self.include_codes and answer.invalid is not None:
            codes = as_details(answer.invalid, code_of)
        if self.format == PROBLEM:
            return self._problem(answer, message, path, codes)
        body = format_error(answer.code, message, answer.details)
        if codes is not None:
            body["error"]["codes"] = codes
        return body

    def _problem(self, answer: Answer, message: str, path: str, codes: dict[str, Any] | None) -> dict[str, Any]:
        kind = "about:blank" if self.type_base is None else self.type_base + answer.code.replace("_", "-")
        body = {
            "type": kind,
            "title": _answers.phrase_of(answer.status),
            "status": answer.status,
            "detail": message,
            "instance": text_of(path),
            "code": str(answer.code),
        }
        if answer.details:
            body["details"] = dict(answer.details)
        if codes is not None:
            body["codes"] = codes
        return body


def server_error_answer(request_id: str) -> Answer:
    """The answer that tells nothing but where to look in the log."""
    return Answer(
        status=500,
        code=ErrorCode.INTERNAL_ERROR,
        message=_answers.SERVER_ERROR_TEXT,
        details={"request_id": request_id},
        headers={"X-Request-ID": request_id},
    )


def _classified(exc: Exception, request: Any) -> Answer | None:
    try:
        return _answers.answer(exc, request)
    except Exception:  # an exception whose own attributes fail must not hide behind another one
        _log.exception("%s could not be read; it is answered by its status alone", type(exc).__name__)
    status = getattr(type(exc), "status_code", 500)
    status = status if isinstance(status, int) and 400 <= status <= 599 else 500
    text = text_of(getattr(type(exc), "default_detail", ""), "") or _answers.phrase_of(status)
    return Answer(status=status, code=_answers.code_of_status(status), message=text)


def _set_rollback() -> None:
    from rest_framework.views import set_rollback  # imports what settings name, this module among it

    set_rollback()


def _renders_json(context: dict[str, Any]) -> bool:
    """Whether the response will be rendered as JSON."""
    request, view = context.get("request"), context.get("view")
    renderer = getattr(request, "accepted_renderer", None)
    if renderer is None and view is not None and request is not None:
        renderer = view.perform_content_negotiation(request, force=True)[0]
    media_type = getattr(renderer, "media_type", None) or "application/json"
    return media_type == "application/json" or media_type.endswith("+json")


def _schema(format: str, include_codes: bool) -> dict[str, Any]:
    text = {"type": "string"}
    free = {"type": "object", "additionalProperties": True}
    codes = {"codes": free} if include_codes else {}
    if format == PROBLEM:
        return {
            "type": "object",
            "required": ["type", "title", "status", "detail", "instance", "code"],
            "properties": {
                "type": {"type": "string", "format": "uri-reference"},
                "title": text,
                "status": {"type": "integer"},
                "detail": text,
                "instance": {"type": "string", "format": "uri-reference"},
                "code": text,
                "details": free,
                **codes,
            },
        }
    return {
        "type": "object",
        "required": ["error"],
        "properties": {
            "error": {
                "type": "object",
                "required": ["code", "message", "details"],
                "properties": {"code": text, "message": text, "details": free, **codes},
            }
        },
    }


def build_exception_handler(
    *, format: str = ENVELOPE, include_codes: bool = False, type_base: str | None = None
) -> ExceptionHandler:
    """An exception handler to be named in `EXCEPTION_HANDLER`.

    `format` is `"envelope"` or `"problem"` (RFC 9457); `include_codes` adds the code of each validation error;
    `type_base` is the URL that the `type` of a problem begins with. `ImproperlyConfigured` for unknown values.
    """
    if format not in (ENVELOPE, PROBLEM):
        raise ConfigError(
            f"build_exception_handler(format={format!r}): unknown format.", hint="Use 'envelope' or 'problem'."
        )
    if type_base is not None and (format != PROBLEM or not isinstance(type_base, str)):
        raise ConfigError(
            f"build_exception_handler(type_base={type_base!r}): the URL, as a string, that problem types begin with.",
            hint="Give it together with format='problem'.",
        )
    if not isinstance(include_codes, bool):
        raise ConfigError(f"build_exception_handler(include_codes={include_codes!r}): use True or False.")
    return ExceptionHandler(format=format, include_codes=include_codes, type_base=type_base)


exception_handler = build_exception_handler()
"""Answers with the envelope; for the setting `EXCEPTION_HANDLER`."""
problem_details_handler = build_exception_handler(format=PROBLEM)
"""Answers with problem details (RFC 9457); for the setting `EXCEPTION_HANDLER`."""
