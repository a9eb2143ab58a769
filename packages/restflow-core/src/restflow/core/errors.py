"""The errors that every restflow package raises: what went wrong, where, and what to do next."""

import pickle
from collections.abc import Callable
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from restflow.core.names import annotation_text


def _restore(cls: "type[RestflowError]", state: dict[str, Any]) -> "RestflowError":
    """Rebuilds an error without its constructor, so that subclasses with other arguments pickle and copy too."""
    error = cls.__new__(cls)
    error.args = (str(state["message"]),)
    error.__dict__.update(state)
    return error


class RestflowError(Exception):
    """Base of all errors of restflow.

    `message` says what is wrong and where, `hint` what to do next; `str(error)` is the two joined by a space.
    """

    message: str
    hint: str | None

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}" if self.hint else self.message

    def __reduce__(self) -> tuple[Callable[..., Exception], tuple[Any, ...]]:
        # Exceptions pickle as `cls(*args)`, which loses keyword-only arguments; errors cross processes in workers.
        return _restore, (type(self), dict(self.__dict__))

    def __copy__(self) -> "RestflowError":
        return _restore(type(self), dict(self.__dict__))


class ConfigError(RestflowError, ImproperlyConfigured):
    """A mistake in the project's configuration: a setting, a declaration, a class body."""


class AnnotationError(ConfigError, TypeError, ValueError, AssertionError):
    """An annotation that no field can be made from.

    `owner` is the dotted name of the class, `name` the annotated attribute, `annotation` the object as written and
    `reason` what is wrong with it. It is a `ValueError` and an `AssertionError` too, because code written for
    drf-restflow catches these.
    """

    owner: str
    name: str
    annotation: object
    reason: str

    def __init__(self, owner: str, name: str, annotation: object, reason: str, *, hint: str | None = None) -> None:
        where = ".".join(part for part in (owner, name) if part)
        text = f"{reason}, got {annotation_text(annotation)}."
        super().__init__(f"{where}: {text}" if where else text, hint=hint)
        self.owner = owner
        self.name = name
        self.annotation = annotation
        self.reason = reason

    def __reduce__(self) -> tuple[Callable[..., Exception], tuple[Any, ...]]:
        # A class made in a function does not pickle, and must not keep the error from crossing: its text does.
        try:
            pickle.dumps(self.annotation)
        except Exception:
            return _restore, (type(self), {**self.__dict__, "annotation": annotation_text(self.annotation)})
        return super().__reduce__()


class PluginError(ConfigError, LookupError):
    """A plug-in that is not there, cannot be loaded, or is claimed twice.

    `group` is the entry-point group, `name` the plug-in's name, `distributions` those that take part in the problem.
    """

    group: str
    name: str | None
    distributions: tuple[str, ...]

    def __init__(
        self,
        message: str,
        *,
        group: str,
        name: str | None = None,
        distributions: tuple[str, ...] = (),
        hint: str | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.group = group
        self.name = name
        self.distributions = distributions
