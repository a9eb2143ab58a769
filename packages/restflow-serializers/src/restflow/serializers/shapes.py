"""Serializers made from dataclasses and `TypedDict`s."""

import dataclasses
from typing import Any, is_typeddict
from weakref import WeakKeyDictionary

from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.settings import api_settings

from restflow.core import NotRequired, class_annotations

_made: WeakKeyDictionary[type, type] = WeakKeyDictionary()
_under_way: list[type] = []


class NotYetError(Exception):
    """A shape contains itself: the serializer that it needs is being made."""


def serializer_of(shape: type) -> Any:
    """The serializer class for a dataclass or a `TypedDict`; one per shape, of its name. Raises `AnnotationError`."""
    made = _made.get(shape)
    if made is None:
        if shape in _under_way:
            raise NotYetError(shape.__qualname__)
        _under_way.append(shape)
        try:
            made = _made[shape] = _make(shape)
        finally:
            _under_way.remove(shape)
    return made


def _make(shape: type) -> type:
    from restflow.serializers.base import Serializer  # which may be made of shapes
    from restflow.serializers.field import FieldMarker

    body: dict[str, Any] = {
        "__module__": shape.__module__,
        "__qualname__": shape.__qualname__,
        "__doc__": shape.__doc__,
    }
    if is_typeddict(shape):
        return type(shape.__name__, (Serializer,), {**body, "__annotations__": _keys(shape), "_shape": None})
    annotations = {name: value for owner in reversed(shape.__mro__) for name, value in class_annotations(owner).items()}
    fields = {field.name: field for field in dataclasses.fields(shape)}
    for name, field in fields.items():
        if not field.init:
            body[name] = FieldMarker(read_only=True)
        elif field.default is not dataclasses.MISSING:
            body[name] = FieldMarker(default=field.default)
        elif field.default_factory is not dataclasses.MISSING:
            body[name] = FieldMarker(default=field.default_factory)
    body["__annotations__"] = {name: annotations[name] for name in fields}
    body["_shape"] = shape
    return type(shape.__name__, (Serializer,), body)


def _keys(shape: Any) -> dict[str, Any]:
    annotations = class_annotations(shape)
    marker: Any = NotRequired
    return {name: marker[value] if name in shape.__optional_keys__ else value for name, value in annotations.items()}


def construct(shape: type, value: dict[str, Any]) -> Any:
    """The instance with these values. Raises `ValidationError` for what its constructor refuses."""
    try:
        return shape(**value)
    except (TypeError, ValueError) as error:
        detail = ErrorDetail(str(error), code="invalid")
        raise ValidationError({api_settings.NON_FIELD_ERRORS_KEY: [detail]}) from error
