"""From a class body to fields: which names of it are fields, and in which order."""

import types
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, ForwardRef

from rest_framework import relations
from rest_framework import serializers as drf_serializers

from restflow.core import AnnotationError, TypeSpec, class_annotations, describe_annotation
from restflow.serializers._defaults import FreshCopy
from restflow.serializers.field import AnyField, FieldMarker
from restflow.serializers.pending import PendingField, wait
from restflow.serializers.resolution import Site, build_field
from restflow.serializers.shapes import NotYetError

RESERVED_NAMES = frozenset({"data", "errors", "validated_data", "instance", "initial_data", "fields", "context"})
"""Names that would mean two things to a type checker if they were annotated."""

_MISSING: Any = object()


@dataclass(frozen=True)
class Declaration:
    """One annotated name of a class body: what was written, and the field that it means."""

    spec: TypeSpec
    site: Site
    keywords: Mapping[str, Any]

    @cached_property
    def field(self) -> AnyField:
        """The field by annotation and keywords alone; pending while the class that it is of is being made."""
        try:
            return build_field(self.spec, self.site, self.keywords)
        except NotYetError:
            return PendingField(lambda: build_field(self.spec, self.site, self.keywords))

    def build(self, *, extra: Mapping[str, Any], supplied: Mapping[str, Any]) -> AnyField:
        """The field with `extra` options of the class, and with what a model column has `supplied`."""
        return build_field(self.spec, self.site, self.keywords, extra=extra, supplied=supplied)


def declare(cls: Any, related_field: type[relations.RelatedField[Any, Any, Any]]) -> dict[str, Declaration]:
    """Adds the annotated fields of the body of `cls` to its `_declared_fields`, and returns them.

    DRF's metaclass has collected the fields that are assigned. Raises `AnnotationError`.
    """
    owner = f"{cls.__module__}.{cls.__qualname__}"
    explicit = _explicit_names(cls)
    namespace = dict(vars(cls))
    annotations = class_annotations(cls)
    declarations: dict[str, Declaration] = {}
    pending: dict[str, AnyField] = {}
    for name, annotation in _field_annotations(cls, owner, annotations, namespace, explicit):
        site = Site(owner=owner, name=name, annotation=annotation, owner_class=cls, related_field=related_field)
        keywords = _assigned_keywords(namespace.get(name, _MISSING), site)
        if isinstance(annotation, ForwardRef):
            pending[name] = PendingField(partial(_resolved, cls, name, site, keywords))
            continue
        spec = describe_annotation(annotation, owner=owner, name=name)
        declarations[name] = Declaration(spec, site, keywords)
    inherited = {name for base in cls.__bases__ for name in getattr(base, "_declared_fields", ())}
    collected: dict[str, AnyField] = cls._declared_fields
    annotated = [name for name in annotations if name in declarations or name in pending]
    annotated += [name for name in declarations if name not in annotations]
    if annotated:
        made_now = {name: pending[name] if name in pending else declarations[name].field for name in annotated}
        cls._declared_fields = {
            **{name: made for name, made in collected.items() if name in inherited and name not in made_now},
            **made_now,
            **{name: made for name, made in collected.items() if name not in inherited},
        }
    if any(isinstance(made, PendingField) for made in cls._declared_fields.values()):
        wait(cls)
    _refuse_hook_names(owner, {**dict.fromkeys(explicit, None), **annotations}, cls._declared_fields)
    for name in annotated:
        if name in namespace:
            delattr(cls, name)
    return declarations


def _resolved(cls: type, name: str, site: Site, keywords: Mapping[str, Any]) -> AnyField:
    """The field of an annotation that named what was not there yet. Raises `AnnotationError` if it is not there now."""
    annotation = class_annotations(cls)[name]
    return build_field(describe_annotation(annotation, owner=site.owner, name=name), site, keywords)


def _explicit_names(cls: Any) -> set[str]:
    """The names to which the class body assigns a DRF field."""
    inherited = [getattr(base, "_declared_fields", {}) for base in cls.__bases__]
    return {
        name for name, made in cls._declared_fields.items() if not any(made is base.get(name) for base in inherited)
    }


def _field_annotations(
    cls: type, owner: str, annotations: Mapping[str, Any], namespace: Mapping[str, Any], explicit: set[str]
) -> Iterable[tuple[str, Any]]:
    """The annotations that declare fields, with those of base classes for markers that have none of their own."""
    for name, annotation in annotations.items():
        if name in RESERVED_NAMES:
            raise AnnotationError(
                owner,
                name,
                annotation,
                f"{name!r} is a name of every serializer",
                hint="Choose another name and give it source=..., or assign a field without an annotation.",
            )
        asked_for = isinstance(namespace.get(name), FieldMarker)
        if name not in explicit and (asked_for or not name.startswith("_")):
            yield name, annotation
    for name, value in namespace.items():
        if isinstance(value, FieldMarker) and name not in annotations:
            yield name, _inherited_annotation(cls, owner, name, value)


def _inherited_annotation(cls: type, owner: str, name: str, marker: FieldMarker) -> Any:
    for base in cls.__mro__[1:]:
        if issubclass(base, drf_serializers.BaseSerializer):
            annotations = class_annotations(base)
            if name in annotations:
                return annotations[name]
    raise AnnotationError(
        owner, name, marker, "Field() needs an annotation to pick a field", hint=f"Write `{name}: str = Field(...)`."
    )


def _assigned_keywords(value: Any, site: Site) -> dict[str, Any]:
    """The keywords that `name: T = value` gives to the field."""
    if value is _MISSING:
        return {}
    if isinstance(value, FieldMarker):
        keywords = dict(value.field_kwargs)
        default = keywords.get("default")
        return {**keywords, "default": FreshCopy(default)} if type(default) in (list, dict, set) else keywords
    descriptor = isinstance(value, property | classmethod | staticmethod) or hasattr(type(value), "__set_name__")
    if descriptor or (isinstance(value, types.FunctionType) and value.__name__ == site.name):
        site.refuse("the class also has a method or property of this name", "Rename one of the two.")
    if callable(value):
        site.refuse("a callable is ambiguous as a default", "Write Field(default=...).")
    return {"default": FreshCopy(value) if isinstance(value, list | dict | set) else value}


def _refuse_hook_names(owner: str, written: Mapping[str, Any], declared: Mapping[str, Any]) -> None:
    for name in written:
        if name in declared and hasattr(drf_serializers.Serializer, f"validate_{name}"):
            raise AnnotationError(
                owner,
                name,
                written[name],
                f"DRF's own method validate_{name} would be called as the hook of this field",
                hint="Choose another name and give it source=....",
            )
