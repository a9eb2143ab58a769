"""`raises`: the errors that code answers beyond those that the declarations of a view tell."""

from collections.abc import Callable
from typing import Any, TypeVar

from rest_framework.exceptions import APIException

T = TypeVar("T")

_ATTRIBUTE = "_restflow_raises"


def raises(*exceptions: type[APIException]) -> Callable[[T], T]:
    """Documents that a handler, an action, a `perform_*` hook or a view class answers these errors.

    Changes nothing at run time.

    Stacks, and is inherited by subclasses. Raises `TypeError` for anything that is no subclass of DRF's `APIException`.
    """
    for exception in exceptions:
        if not (isinstance(exception, type) and issubclass(exception, APIException)):
            raise TypeError(f"raises() takes subclasses of rest_framework's APIException, not {exception!r}.")

    def declare(target: T) -> T:
        setattr(target, _ATTRIBUTE, tuple(dict.fromkeys((*declared_by(target), *exceptions))))
        return target

    return declare


def declared_by(target: Any) -> tuple[type[APIException], ...]:
    """The exceptions declared on a function or class, in order."""
    found: tuple[type[APIException], ...] = getattr(target, _ATTRIBUTE, ())
    return found
