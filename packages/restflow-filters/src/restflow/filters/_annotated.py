"""Annotated filters: which field a type gives, refined by what `Annotated` and `Field(...)` say."""

import datetime
import decimal
import inspect
import re
import typing
import uuid
from collections.abc import Mapping
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator, StepValueValidator
from django.db.models import Choices
from rest_framework.serializers import ValidationError

from restflow.core import AnnotationError, ConfigError, Email, IPAddress, TypeSpec, describe_annotation
from restflow.core.names import suggestion
from restflow.filters import _columns
from restflow.filters import _typed as filter_fields
from restflow.filters._columns import Path
from restflow.filters._field import Field

_FIELDS: dict[Any, type[Field]] = {
    str: filter_fields.StringField,
    int: filter_fields.IntegerField,
    float: filter_fields.FloatField,
    bool: filter_fields.BooleanField,
    decimal.Decimal: filter_fields.DecimalField,
    datetime.date: filter_fields.DateField,
    datetime.datetime: filter_fields.DateTimeField,
    datetime.time: filter_fields.TimeField,
    datetime.timedelta: filter_fields.DurationField,
    Email: filter_fields.EmailField,
    IPAddress: filter_fields.IPAddressField,
    uuid.UUID: filter_fields.UUIDField,
}
_BOUNDED = (
    filter_fields.IntegerField,
    filter_fields.FloatField,
    filter_fields.DecimalField,
    filter_fields.DurationField,
)
_SIZED = (filter_fields.StringField, filter_fields.EmailField, filter_fields.ListField)


class ExclusiveBound:
    """Refuses a value on or beyond an exclusive bound."""

    def __init__(self, bound: Any, *, lower: bool) -> None:
        self.validator = (MinValueValidator if lower else MaxValueValidator)(bound)
        self.bound = bound

    def __call__(self, value: Any) -> None:
        self.validator(value)
        if value == self.bound:
            raise ValidationError(self.validator.message % {"limit_value": self.bound})


def annotated_field(annotation: Any, keywords: dict[str, Any], *, owner: str, name: str, refine: Any = None) -> Field:
    """The filter field of an annotation.

    `refine` is the `Field(...)` or filter field assigned beside it; `keywords` come from `Meta.extra_kwargs`, and what
    `Field(...)` says wins over them. Raises `AnnotationError` for a type that has no field.
    """
    spec = describe_annotation(annotation, owner=owner, name=name)
    given = dict(keywords)
    given.update(_constraint_keywords(spec))
    validators: list[Any] = list(given.pop("validators", ()))
    chosen: Field | None = None
    for piece in spec.metadata:
        if type(piece) is Field:
            given.update(piece.declared_keywords)
        elif isinstance(piece, Field):
            chosen = piece
        elif isinstance(documentation := getattr(piece, "documentation", None), str):
            given["help_text"] = documentation
        elif callable(piece) and not inspect.isclass(piece):
            validators.append(piece)
    if refine is not None:
        given.update(refine.declared_keywords)
    if validators:
        given["validators"] = [*validators, *given.get("validators", ())]
    where = ".".join(filter(None, (owner, name)))
    if chosen is not None:
        return make(type(chosen), chosen.fresh_keywords() | given, where)
    cls, own = _field_of(spec, annotation, owner, name)
    return make(cls, own | given, where)


def of_column(found: Path, keywords: Mapping[str, Any], where: str, path: str) -> Field:
    """The filter field of a model column at `path`, with these keywords over what the column gives."""
    field = _columns.column_field(found.column, {}, where, path=path)
    return make(type(field), field.fresh_keywords() | dict(keywords), where)


def make(cls: type[Field], keywords: dict[str, Any], where: str) -> Field:
    """A field of `cls`; `ConfigError` names a keyword that it does not take."""
    try:
        return cls(**keywords)
    except ConfigError as error:
        raise ConfigError(f"{where}: {error.message}", hint=error.hint) from None
    except TypeError as error:
        unknown = re.search(r"unexpected keyword argument '(\w+)'", str(error))
        if unknown is None or unknown[1] not in keywords:
            raise
        raise ConfigError(
            f"{where}: {cls.__name__} takes no keyword {unknown[1]!r}.",
            hint=suggestion(unknown[1], filter_fields.keywords_of(cls), what="keywords"),
        ) from None


def _field_of(spec: TypeSpec, annotation: Any, owner: str, name: str) -> tuple[type[Field], dict[str, Any]]:
    if spec.kind == "literal":
        return filter_fields.ChoiceField, {"choices": list(spec.choices)}
    if spec.kind == "enum":
        return filter_fields.ChoiceField, {"choices": _enum_choices(spec.type)}
    if spec.kind in ("list", "set") or (spec.kind == "tuple" and (spec.variadic or not spec.args)):
        if not spec.args:
            return filter_fields.ListField, {"child": filter_fields.StringField()}
        child = spec.args[0]
        return filter_fields.ListField, {"child": annotated_field(child.annotation, {}, owner=owner, name=name)}
    if spec.kind == "plain":
        cls = _plain_class(spec.type)
        if cls is not None:
            return cls, {}
    raise AnnotationError(
        owner,
        name,
        annotation,
        "no filter field for this type",
        hint="Declare a filter field explicitly, or use one of the types that filters know.",
    )


def _plain_class(kind: Any) -> type[Field] | None:
    while kind not in _FIELDS and isinstance(kind, typing.NewType):
        kind = kind.__supertype__
    return _FIELDS.get(kind)


def _enum_choices(enum: Any) -> list[tuple[Any, Any]]:
    if issubclass(enum, Choices):
        return list(enum.choices)
    return [(member.value, member.name) for member in enum]


def _constraint_keywords(spec: TypeSpec) -> dict[str, Any]:
    """The keywords that constraints such as `Ge(0)` stand for."""
    found: dict[str, Any] = {}
    constraints = spec.constraints
    cls = _plain_class(spec.type) if spec.kind == "plain" else filter_fields.ListField
    bounded, sized = cls in _BOUNDED, cls in _SIZED
    validators: list[Any] = []
    if constraints.ge is not None:
        found.update(min_value=constraints.ge) if bounded else validators.append(MinValueValidator(constraints.ge))
    if constraints.le is not None:
        found.update(max_value=constraints.le) if bounded else validators.append(MaxValueValidator(constraints.le))
    if constraints.gt is not None:
        validators.append(ExclusiveBound(constraints.gt, lower=True))
    if constraints.lt is not None:
        validators.append(ExclusiveBound(constraints.lt, lower=False))
    if constraints.multiple_of is not None:
        validators.append(StepValueValidator(constraints.multiple_of))
    if sized and constraints.min_length is not None:
        found["min_length"] = constraints.min_length
    if sized and constraints.max_length is not None:
        found["max_length"] = constraints.max_length
    return found | ({"validators": validators} if validators else {})
