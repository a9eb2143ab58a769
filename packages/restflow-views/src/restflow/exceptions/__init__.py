"""`restflow.exceptions`: one envelope for every error, and the errors that applications raise."""

from restflow.exceptions.envelope import ErrorCode, format_error
from restflow.exceptions.error_views import bad_request, csrf_failure, page_not_found, permission_denied, server_error
from restflow.exceptions.errors import APIException, Conflict, ServiceUnavailable
from restflow.exceptions.handlers import build_exception_handler, exception_handler, problem_details_handler

__all__ = [
    # handlers
    "exception_handler",
    "problem_details_handler",
    "build_exception_handler",
    # the envelope
    "format_error",
    "ErrorCode",
    # errors to raise
    "APIException",
    "Conflict",
    "ServiceUnavailable",
    # outside views
    "bad_request",
    "permission_denied",
    "page_not_found",
    "server_error",
    "csrf_failure",
]
