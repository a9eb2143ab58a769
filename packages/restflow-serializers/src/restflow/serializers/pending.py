"""Annotations that name what is not there yet, resolved on the first use of the class."""

import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from weakref import WeakSet

from rest_framework import fields as drf

from restflow.core import AnnotationError
from restflow.serializers._twins import is_library_name

_waiting: WeakSet[type] = WeakSet()


class PendingField(drf.Field[Any, Any, Any, Any]):
    """Holds the place of a field until `resolve` can give it. `resolve` raises `AnnotationError`."""

    def __init__(self, resolve: Callable[[], Any]) -> None:
        super().__init__()
        self.resolve = resolve


class _FieldsToResolve:
    """Stands for the `_declared_fields` of a class: who reads them has used the class, but for the libraries.

    DRF's metaclass copies them to subclasses, and restflow's own code says itself when it needs them.
    """

    def __init__(self, fields: Mapping[str, Any]) -> None:
        self.fields = fields

    def __get__(self, instance: Any, owner: Any) -> Any:
        if not is_library_name(sys._getframe(1).f_globals.get("__name__", "")):
            resolve_pending(owner)
            return owner._declared_fields
        return self.fields


def wait(cls: Any) -> None:
    """Notes that a class has pending fields, of its own or inherited."""
    cls._declared_fields = _FieldsToResolve(cls._declared_fields)
    _waiting.add(cls)


def resolve_pending(cls: Any) -> None:
    """Puts the fields of `cls` where their names were missing. Raises `AnnotationError` if they are missing still."""
    if cls in _waiting:
        fields = dict(cls._declared_fields)
        for name, field in fields.items():
            if isinstance(field, PendingField):
                fields[name] = field.resolve()
        cls._declared_fields = fields
        _waiting.discard(cls)


def unresolved() -> Iterator[tuple[type, AnnotationError]]:
    """The classes that cannot be resolved, with the reason."""
    for cls in sorted(_waiting, key=lambda cls: f"{cls.__module__}.{cls.__qualname__}"):
        try:
            resolve_pending(cls)
        except AnnotationError as error:
            yield cls, error
