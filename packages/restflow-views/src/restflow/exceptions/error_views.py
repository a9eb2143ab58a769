"""Django's error views, for what never reaches a view's handler: URL resolution, middleware, CSRF, crashes."""

from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext_lazy as _
from django.views import csrf, defaults
from rest_framework.settings import api_settings

from restflow.exceptions import _answers, _reports
from restflow.exceptions._answers import Answer
from restflow.exceptions.envelope import ErrorCode
from restflow.exceptions.handlers import ExceptionHandler, exception_handler, server_error_answer

WRAPPERS = 10
"""How many wrappers around a handler are looked through: one that wraps itself ends there."""

CSRF_TEXT = _("CSRF verification failed. Request aborted.")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """`handler400`: 400 `parse_error`."""
    if _prefers_html(request):
        return _vary(defaults.bad_request(request, exception))
    return _answered(request, Answer(status=400, code=ErrorCode.PARSE_ERROR, message=_answers.MALFORMED_TEXT))


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """`handler403`: 403 `permission_denied`, with the exception's text."""
    if _prefers_html(request):
        return _vary(defaults.permission_denied(request, exception))
    return _answered(request, _answers.denied(exception, request))


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """`handler404`: 404 `not_found`."""
    if _prefers_html(request):
        return _vary(defaults.page_not_found(request, exception))
    return _answered(request, Answer(status=404, code=ErrorCode.NOT_FOUND, message=_answers.NOT_FOUND_TEXT))


def server_error(request: HttpRequest) -> HttpResponse:
    """`handler500`: 500 `internal_error`, with the request's id, which is also `request.request_id`."""
    if _prefers_html(request):
        return _vary(defaults.server_error(request))
    return _answered(request, server_error_answer(_reports.request_id(request)))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """`CSRF_FAILURE_VIEW`: 403 `permission_denied`."""
    if _prefers_html(request):
        return _vary(csrf.csrf_failure(request, reason=reason))
    return _answered(request, Answer(status=403, code=ErrorCode.PERMISSION_DENIED, message=CSRF_TEXT))


def _prefers_html(request: HttpRequest) -> bool:
    return request.get_preferred_type(["application/json", "text/html"]) == "text/html"


def _answered(request: HttpRequest, answer: Answer) -> HttpResponse:
    handler = _configured()
    body: dict[str, Any] = handler.body(answer, request.path)
    response = JsonResponse(body, status=answer.status, headers=dict(answer.headers), content_type=handler.media_type)
    return _vary(response)


def _configured() -> ExceptionHandler:
    """The project's handler, also inside a wrapper that tells what it wraps (`functools.wraps`, `functools.partial`):
    what fails outside views looks like what fails in them."""
    handler: Any = api_settings.EXCEPTION_HANDLER
    for _depth in range(WRAPPERS):
        if isinstance(handler, ExceptionHandler):
            return handler
        handler = handler.func if isinstance(handler, partial) else getattr(handler, "__wrapped__", None)
    return exception_handler


def _vary(response: HttpResponse) -> HttpResponse:
    patch_vary_headers(response, ("Accept",))
    return response
