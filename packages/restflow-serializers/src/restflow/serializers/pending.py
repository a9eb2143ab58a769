"""Annotations that name what is not there yet, resolved on the first use of the class."""

from collections.abc import Callable, Iterator
from typing import Any
from weakref import WeakSet

from rest_framework import fields as drf

from restflow.core import AnnotationError

_waiting: WeakSet[type] = WeakSet()


class PendingField(drf.Field[Any, Any, Any, Any]):
    """Holds the place of a field until `resolve` can make it. `resolve` raises `AnnotationError`."""

    def __init__(self, resolve: Callable[[], Any]) -> None:
        super().__init__()
        self.resolve = resolve


def wait(cls: type) -> None:
    """Notes that a class has pending fields, of its own or inherited."""
    _waiting.add(cls)


def resolve_pending(cls: Any) -> None:
    """Puts the fields of `cls` where their names were missing. Raises `AnnotationError` if they are missing still."""
    if cls in _waiting:
        for name, field in list(cls._declared_fields.items()):
            if isinstance(field, PendingField):
                cls._declared_fields[name] = field.resolve()
        _waiting.discard(cls)


def unresolved() -> Iterator[tuple[type, AnnotationError]]:
    """The classes that cannot be resolved, with the reason."""
    for cls in sorted(_waiting, key=lambda cls: f"{cls.__module__}.{cls.__qualname__}"):
        try:
            resolve_pending(cls)
        except AnnotationError as error:
            yield cls, error
