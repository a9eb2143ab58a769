"""From a class body to fields: which names of it are fields, and in which order."""

import types
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ForwardRef

from rest_framework import relations
from rest_framework import serializers as drf_serializers

from restflow.core import AnnotationError, TypeSpec, class_annotations, describe_annotation
from restflow.serializers._defaults import FreshCopy
from restflow.serializers._refining import Site
from restflow.serializers.field import AnyField, FieldMarker
from restflow.serializers.pending import PendingField, wait
from restflow.serializers.resolution import build_field
from restflow.serializers.shapes import NotYetError, shape_annotations

RESERVED_NAMES = frozenset({"data", "errors", "validated_data", "instance", "initial_data", "fields", "context"})
"""Names that would mean two things to a type checker if they were annotated."""

_MISSING: Any = object()


@dataclass(frozen=True)
class Declaration:
    """One annotated name of a class body: what was written, and the field that it means."""

    site: Site
    keywords: Mapping[str, Any]

    @property
    def is_pending(self) -> bool:
        """Whether the annotation, when it was written, named what was not there yet."""
        return isinstance(self.site.annotation, ForwardRef)

    @property
    def known_site(self) -> Site:
        """The site with the whole annotation; with the name alone if that is missing still."""
        if not self.is_pending:
            return self.site
        return replace(self.site, annotation=written_annotations(self.site.owner_class)[self.site.name])

    @cached_property
    def spec(self) -> TypeSpec:
        """What the annotation means. Raises `AnnotationError`."""
        site = self.known_site
        return describe_annotation(site.annotation, owner=site.owner, name=site.name)

    @cached_property
    def field(self) -> AnyField:
        """The field by annotation and keywords alone. Raises `AnnotationError`."""
        return self.build(extra={}, supplied={})

    def declared(self) -> AnyField:
        """The field, or what holds its place: while the class that it is of is being made, or its name is missing."""
        if self.is_pending:
            return PendingField(self._resolved)
        try:
            return self.field
        except NotYetError:
            return PendingField(self._resolved)

    def _resolved(self) -> AnyField:
        return self.field

    def build(self, *, extra: Mapping[str, Any], supplied: Mapping[str, Any]) -> AnyField:
        """The field with `extra` options of the class, and with what a model column has `supplied`."""
        return build_field(self.spec, self.known_site, self.keywords, extra=extra, supplied=supplied)


def inherited_declarations(cls: type) -> dict[str, Declaration]:
    """The declarations of the base classes; of two with one name that of the first base, as DRF has it of fields."""
    return {
        name: declaration
        for base in reversed(cls.__bases__)
        for name, declaration in getattr(base, "_declarations", {}).items()
    }


def written_annotations(cls: Any) -> dict[str, Any]:
    """The annotations of the body of `cls`, or of the shape that it was made from."""
    shape = vars(cls).get("_made_from")
    return class_annotations(cls) if shape is None else shape_annotations(shape)


def declare(cls: Any, related_field: type[relations.RelatedField[Any, Any, Any]]) -> dict[str, Declaration]:
    """Adds the annotated fields of the body of `cls` to its `_declared_fields`, and returns them.

    DRF's metaclass has collected the fields that are assigned. Raises `AnnotationError`.
    """
    owner = f"{cls.__module__}.{cls.__qualname__}"
    explicit = _explicit_names(cls)
    namespace = dict(vars(cls))
    annotations = written_annotations(cls)
    declarations: dict[str, Declaration] = {}
    for name, annotation, written_in in _field_annotations(cls, owner, annotations, namespace, explicit):
        site = Site(owner=owner, name=name, annotation=annotation, owner_class=written_in, related_field=related_field)
        declarations[name] = Declaration(site, _assigned_keywords(namespace.get(name, _MISSING), site))
    inherited = {name for base in cls.__bases__ for name in getattr(base, "_declared_fields", ())}
    collected: dict[str, AnyField] = cls._declared_fields
    if declarations:
        in_order = sorted(declarations, key=[*annotations, *declarations].index)
        made_now = {name: declarations[name].declared() for name in in_order}
        cls._declared_fields = {
            **{name: made for name, made in collected.items() if name in inherited and name not in made_now},
            **made_now,
            **{name: made for name, made in collected.items() if name not in inherited},
        }
    _refuse_hook_names(owner, {**dict.fromkeys(explicit, None), **annotations}, cls._declared_fields)
    if any(isinstance(made, PendingField) for made in cls._declared_fields.values()):
        wait(cls)
    for name in declarations:
        if name in namespace:
            delattr(cls, name)
    return declarations


def _explicit_names(cls: Any) -> set[str]:
    """The names to which the class body assigns a DRF field."""
    inherited = [getattr(base, "_declared_fields", {}) for base in cls.__bases__]
    return {
        name for name, made in cls._declared_fields.items() if not any(made is base.get(name) for base in inherited)
    }


def _field_annotations(
    cls: type, owner: str, annotations: Mapping[str, Any], namespace: Mapping[str, Any], explicit: set[str]
) -> Iterable[tuple[str, Any, type]]:
    """The annotations that declare fields, with those of base classes for markers that have none of their own.

    Each with its name and the class that it is written in.
    """
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
            yield name, annotation, cls
    for name, value in namespace.items():
        if isinstance(value, FieldMarker) and name not in annotations:
            yield name, *_inherited_annotation(cls, owner, name, value)


def _inherited_annotation(cls: type, owner: str, name: str, marker: FieldMarker) -> tuple[Any, type]:
    for base in cls.__mro__[1:]:
        if issubclass(base, drf_serializers.BaseSerializer):
            annotations = written_annotations(base)
            if name in annotations:
                return annotations[name], base
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
