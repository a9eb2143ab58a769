"""What stands beside a type in an annotation: constraints, validators, keywords, and what `T | None` and such mean."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

from rest_framework import fields as drf
from rest_framework import relations

from restflow.core import AnnotationError, TypeSpec
from restflow.serializers.bounds import bound_validators
from restflow.serializers.field import AnyField, FieldMarker


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Where an annotation stands, for messages and for the rules that depend on the class.

    `owner_class` is the class whose body is read, `related_field` what relations to a model become there.
    """

    owner: str = ""
    name: str = ""
    annotation: Any = None
    owner_class: type | None = None
    related_field: type[relations.RelatedField[Any, Any, Any]] = relations.PrimaryKeyRelatedField

    def refuse(self, reason: str, hint: str | None = None) -> NoReturn:
        """Raises `AnnotationError`."""
        raise AnnotationError(self.owner, self.name, self.annotation, reason, hint=hint)


@dataclass(frozen=True, slots=True)
class Refinement:
    """What `Annotated` adds to a type: keywords, validators, or a whole field instead."""

    keywords: Mapping[str, Any] = field(default_factory=dict)
    validators: tuple[Callable[..., Any], ...] = ()
    instance: AnyField | None = None


def refinement_of(spec: TypeSpec, site: Site) -> Refinement:
    """What the metadata of `Annotated` add. Raises `AnnotationError`."""
    keywords: dict[str, Any] = {}
    validators: list[Callable[..., Any]] = []
    instance: AnyField | None = None
    for item in spec.metadata:
        if item is FieldMarker:
            site.refuse("`Field` in Annotated is the class, not a call", "Write `Field()`, with keywords if needed.")
        if isinstance(item, FieldMarker):
            keywords.update(item.field_kwargs)
        elif isinstance(item, drf.Field):
            instance = item
        elif isinstance(getattr(item, "documentation", None), str):
            keywords["help_text"] = item.documentation
        elif callable(item) and not isinstance(item, type):
            validators.append(item)
    return Refinement(keywords, tuple(validators), instance)


def implied(spec: TypeSpec, written: Mapping[str, Any]) -> dict[str, Any]:
    """What `T | None`, `NotRequired`, `Required` and `ReadOnly` mean, as far as nothing written contradicts."""
    meant: dict[str, Any] = {}
    if spec.nullable:
        meant["allow_null"] = True
    if spec.read_only:
        meant["read_only"] = True
    settled = written.get("read_only", spec.read_only) or "default" in written
    if not settled:
        if spec.required is not None:
            meant["required"] = spec.required
        elif spec.nullable:
            meant["required"] = False
    return meant


def constraints_of(spec: TypeSpec) -> tuple[dict[str, Any], list[Callable[[Any], None]]]:
    """The keywords that the constraints mean, and validators for those that DRF has no keyword for."""
    bounds = spec.constraints
    keywords = {
        "min_value": bounds.ge,
        "max_value": bounds.le,
        "min_length": bounds.min_length,
        "max_length": bounds.max_length,
    }
    return {name: value for name, value in keywords.items() if value is not None}, bound_validators(bounds)
