"""Telling operators what clients are not told: log records and Django's signal, as Django does them."""

import logging
import re
import uuid
from typing import Any

from django.core.signals import got_request_exception

from restflow.exceptions._answers import phrase_of

_log = logging.getLogger("django.request")
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")


def http_request(request: Any) -> Any:
    """Django's request inside REST framework's."""
    return getattr(request, "_request", request)


def request_id(request: Any) -> str:
    """The request's `X-Request-ID` where it is harmless, else a new random one; kept as `request.request_id`."""
    request = http_request(request)
    given = request.META.get("HTTP_X_REQUEST_ID", "")
    made: str = given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
    request.request_id = made
    return made


def report_unexpected(exc: Exception, request: Any, status: int, request_id: str) -> None:
    """Sends `got_request_exception` and logs on `django.request`, as Django does for an exception of a view."""
    request = http_request(request)
    traceback = exc.__traceback__
    try:
        raise exc  # receivers read sys.exc_info(), which is empty in another thread
    except Exception:
        got_request_exception.send_robust(sender=None, request=request)
    finally:
        exc.__traceback__ = traceback
    report(exc, request, status, request_id=request_id)


def report(exc: Exception, request: Any, status: int, **extra: Any) -> None:
    """Logs an answered exception with its traceback: 5xx as errors, others as warnings."""
    request = http_request(request)
    path = getattr(request, "path", "").encode("unicode_escape").decode("ascii")
    _log.log(
        logging.ERROR if status >= 500 else logging.WARNING,
        "%s: %s",
        phrase_of(status),
        path,
        exc_info=(type(exc), exc, exc.__traceback__),
        extra={"status_code": status, "request": request, **extra},
    )


def report_security(exc: Exception, request: Any, status: int) -> None:
    """Logs on `django.security.<class>`, as Django does."""
    logging.getLogger(f"django.security.{type(exc).__name__}").error(
        "%s",
        exc,
        exc_info=(type(exc), exc, exc.__traceback__),
        extra={"status_code": status, "request": http_request(request)},
    )
