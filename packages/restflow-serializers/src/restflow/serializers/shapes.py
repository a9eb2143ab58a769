"""Serializers made from dataclasses and `TypedDict`s."""

import dataclasses
from typing import Any, ForwardRef, is_typeddict
from weakref import WeakKeyDictionary

from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.settings import api_settings

from restflow.core import NotRequired, class_annotations, describe_annotation

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

    annotations = shape_annotations(shape)
    body: dict[str, Any] = {
        "__module__": shape.__module__,
        "__qualname__": shape.__qualname__,
        "__doc__": shape.__doc__,
        "__annotations__": annotations,
        "_made_from": shape,
        "_shape": None if is_typeddict(shape) else shape,
    }
    for field in () if is_typeddict(shape) else dataclasses.fields(shape):
        if not field.init:
            body[field.name] = FieldMarker(read_only=True)
        elif field.default is not dataclasses.MISSING:
            body[field.name] = FieldMarker(default=field.default)
        elif field.default_factory is not dataclasses.MISSING:
            body[field.name] = FieldMarker(default=field.default_factory)
    return type(shape.__name__, (Serializer,), body)


def shape_annotations(shape: Any) -> dict[str, Any]:
    """The annotations of a shape's fields, inherited ones too; a `ForwardRef` for one that names what is missing."""
    if is_typeddict(shape):
        return {name: _as_required(shape, name, value) for name, value in class_annotations(shape).items()}
    annotations = {name: value for owner in reversed(shape.__mro__) for name, value in class_annotations(owner).items()}
    return {field.name: annotations[field.name] for field in dataclasses.fields(shape)}


def _as_required(shape: Any, name: str, annotation: Any) -> Any:
    """The annotation of a `TypedDict`'s key, with `NotRequired` for what `total=False` says.

    Python does not see the qualifiers in annotations that are strings: what the annotation says itself counts.
    """
    if name not in shape.__optional_keys__ or isinstance(annotation, ForwardRef):
        return annotation
    owner = f"{shape.__module__}.{shape.__qualname__}"
    marker: Any = NotRequired
    return annotation if describe_annotation(annotation, owner=owner, name=name).required else marker[annotation]


def construct(shape: type, value: dict[str, Any]) -> Any:
    """The instance with these values. Raises `ValidationError` for what its constructor refuses."""
    try:
        return shape(**value)
    except (TypeError, ValueError) as error:
        detail = ErrorDetail(str(error), code="invalid")
        raise ValidationError({api_settings.NON_FIELD_ERRORS_KEY: [detail]}) from error
