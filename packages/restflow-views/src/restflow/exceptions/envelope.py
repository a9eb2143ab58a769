"""The one shape of an error's body, and the codes that it may carry."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any


class ErrorCode(StrEnum):
    """The stable codes of `error.code`; projects add their own as plain strings."""

    NOT_AUTHENTICATED = "not_authenticated"
    AUTHENTICATION_FAILED = "authentication_failed"
    PERMISSION_DENIED = "permission_denied"
    VALIDATION_ERROR = "validation_error"
    PARSE_ERROR = "parse_error"
    NOT_FOUND = "not_found"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    UNSUPPORTED_MEDIA_TYPE = "unsupported_media_type"
    NOT_ACCEPTABLE = "not_acceptable"
    THROTTLED = "throttled"
    CONFLICT = "conflict"
    INTERNAL_ERROR = "internal_error"
    SERVICE_UNAVAILABLE = "service_unavailable"


def format_error(code: str, message: Any, details: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The envelope `{"error": {"code", "message", "details"}}`; `details` is an object, empty where nothing is said."""
    return {"error": {"code": str(code), "message": str(message), "details": dict(details or {})}}
