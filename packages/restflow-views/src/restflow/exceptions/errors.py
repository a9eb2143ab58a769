"""Errors that an application raises to answer with a status, a code and details of its own."""

from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions

from restflow.exceptions._details import as_details
from restflow.exceptions.envelope import ErrorCode


def _restore(cls: "type[APIException]", args: tuple[Any, ...], state: dict[str, Any]) -> "APIException":
    """Rebuilds an error without its constructor, so that subclasses with other arguments pickle and copy too."""
    error = cls.__new__(cls, *args)
    error.args = args
    error.__dict__.update(state)
    return error


class APIException(exceptions.APIException):
    """An error response: subclass it and set `code`, `status_code` and `default_detail`, or pass them.

    `code` is an `ErrorCode` or a string; a subclass that sets `default_code`, REST framework's name for it, and no
    `code` gets that one. `details` is a mapping of whatever REST framework's encoder renders. A mapping or list given
    as `detail` becomes `details`, with `default_detail` as the message.
    """

    code: str = ErrorCode.INTERNAL_ERROR.value
    status_code: int = 500
    default_detail: Any = _("A server error occurred.")
    default_code: str = ErrorCode.INTERNAL_ERROR.value
    details: Mapping[str, Any] | None = None
    headers: Mapping[str, str] | None = None
    message: Any
    """The text for people; translated when it is read, where it is a lazy string."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        own = cls.__dict__
        if "code" in own:
            cls.code = cls.default_code = str(cls.code)
        elif "default_code" in own:
            cls.code = str(cls.default_code)

    def __init__(
        self,
        detail: Any = None,
        code: str | None = None,
        *,
        details: Mapping[str, Any] | None = None,
        status_code: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.code = str(self.code if code is None else code)
        super().__init__(detail, self.code)
        structured = isinstance(detail, Mapping | list | tuple)
        self.message = self.default_detail if detail is None or structured else detail
        if details is None:
            details = as_details(detail) if structured else self.details
        if details is not None and not isinstance(details, Mapping):
            raise TypeError(
                f"{type(self).__qualname__}: details must be a mapping, not {type(details).__name__}; "
                f"wrap it, as in details={{'items': ...}}."
            )
        self.details = dict(details or {})
        if status_code is not None:
            self.status_code = status_code
        self.headers = dict(headers if headers is not None else self.headers or {})

    def __reduce__(self) -> tuple[Callable[..., Exception], tuple[Any, ...]]:
        return _restore, (type(self), self.args, dict(self.__dict__))


class Conflict(APIException):
    """409: the request does not fit the present state of what it concerns."""

    code = ErrorCode.CONFLICT.value
    status_code = 409
    default_detail = _("The request conflicts with existing data.")


class ServiceUnavailable(APIException):
    """503: something that the service needs is down for the moment."""

    code = ErrorCode.SERVICE_UNAVAILABLE.value
    status_code = 503
    default_detail = _("Service temporarily unavailable, try again later.")
