"""From an annotation to a DRF field: which class, and which keywords.

The reader of annotations is `restflow.core.describe_annotation`; here stands what its `TypeSpec` means to DRF.
"""

import copy
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import partial
from typing import Any, TypeAlias, cast, is_typeddict
from uuid import UUID

from django.db.models import Model
from rest_framework import fields as drf
from rest_framework import relations
from rest_framework import serializers as drf_serializers
from rest_framework.utils.field_mapping import get_detail_view_name

from restflow.core import (
    AnnotationError,
    BlankableString,
    Email,
    IPAddress,
    TypeSpec,
    describe_annotation,
    is_async_callable,
)
from restflow.core.names import suggestion
from restflow.serializers._refining import Refinement, Site, constraints_of, implied, refinement_of
from restflow.serializers.field import AnyField, FieldMarker
from restflow.serializers.fields import BytesField, DecimalField, EnumField, LiteralField, SetField, TupleField
from restflow.serializers.shapes import serializer_of
from restflow.serializers.unions import UnionField

FieldFactory: TypeAlias = Callable[..., AnyField]

SerializerFieldMap: dict[Any, FieldFactory] = {
    str: drf.CharField,
    int: drf.IntegerField,
    float: drf.FloatField,
    bool: drf.BooleanField,
    Decimal: DecimalField,
    datetime: drf.DateTimeField,
    date: drf.DateField,
    time: drf.TimeField,
    timedelta: drf.DurationField,
    UUID: drf.UUIDField,
    bytes: BytesField,
    Email: drf.EmailField,
    IPAddress: drf.IPAddressField,
    BlankableString: partial(drf.CharField, allow_blank=True),
    Any: drf.JSONField,
}
"""Type -> field class, or any callable that takes DRF field keywords and returns a field. Looked up before every other
rule, so a project can add types and replace entries; classes created afterwards follow."""

_KEYWORD_ERROR = re.compile(r"unexpected keyword argument '(\w+)'")


def get_field_from_type(data_type: Any, field_name: str | None = None, **field_kwargs: Any) -> AnyField:
    """The DRF field for one annotation, by the rules of class bodies; `field_kwargs` win over what it says.

    Raises `AnnotationError` for an annotation or a keyword that no field can be made from.
    """
    site = Site(name=field_name or "", annotation=data_type)
    return build_field(describe_annotation(data_type, name=site.name), site, field_kwargs)


def build_field(
    spec: TypeSpec,
    site: Site,
    keywords: Mapping[str, Any],
    *,
    extra: Mapping[str, Any] | None = None,
    supplied: Mapping[str, Any] | None = None,
) -> AnyField:
    """The field for `spec`.

    Keywords of several sources, the strongest first: `keywords` (an assigned `Field(...)`), `extra` (options of the
    serializer class), the annotation, and `supplied` (what a model column says).
    """
    refinement = refinement_of(spec, site)
    if refinement.instance is not None:
        return _given_instance(refinement.instance, refinement, spec, site, {**(extra or {}), **keywords})
    written = {**(extra or {}), **refinement.keywords, **keywords}
    constraints, bounds = constraints_of(spec)
    merged = {**(supplied or {}), **constraints, **implied(spec, written), **written}
    if is_async_callable(merged.get("default")):
        site.refuse("a default cannot be async", "Set the value in an async hook, such as `validate`.")
    factory = _factory(spec, site)
    validators = (*refinement.validators, *bounds)
    made = _construct(factory, merged, site)
    if bounds and not hasattr(made, "max_value"):
        site.refuse(
            f"{type(made).__name__} takes no bounds of numbers",
            "Constrain a number, or add a validator function to Annotated.",
        )
    if validators:
        own = merged.get("validators", _own_validators(made, site))
        again = _factory(spec, site)  # the items' fields of the first are bound to that one
        made = _construct(again, {**merged, "validators": [*own, *validators]}, site)
    return made


def _given_instance(
    given: Any, refinement: Refinement, spec: TypeSpec, site: Site, written: Mapping[str, Any]
) -> AnyField:
    """A copy of the field instance, with what `T | None` and the like say and its own keywords do not."""
    constraints, bounds = constraints_of(spec)
    if refinement.keywords or refinement.validators or written or constraints or bounds:
        site.refuse(
            "a field instance in Annotated takes no refinements beside it", "Give its own keywords to the instance."
        )
    meant = implied(spec, given._kwargs)
    made: AnyField = copy.deepcopy(given)
    return type(made)(*given._args, **{**meant, **given._kwargs}) if meant else made


def _construct(factory: FieldFactory, keywords: Mapping[str, Any], site: Site) -> AnyField:
    try:
        return factory(**keywords)
    except (TypeError, AssertionError, ValueError) as error:
        if isinstance(error, AnnotationError):
            raise
        found = _KEYWORD_ERROR.search(str(error))
        if found is None:
            raise AnnotationError(site.owner, site.name, site.annotation, f"the field refused it ({error})") from error
        unknown = found.group(1)
        rest = {name: value for name, value in keywords.items() if name != unknown}
        made = _construct(factory, rest, site)  # whose attributes are called like its keywords
        known = [name for name in vars(made) if not name.startswith("_") and name not in ("field_name", "parent")]
        raise AnnotationError(
            site.owner,
            site.name,
            site.annotation,
            f"{type(made).__name__} takes no {unknown!r}",
            hint=suggestion(unknown, known, what="keywords"),
        ) from error


def _own_validators(made: AnyField, site: Site) -> Sequence[Any]:
    """The validators that giving `validators=` would replace."""
    if not isinstance(made, drf_serializers.Serializer):
        return made.get_validators()
    declared = getattr(getattr(type(made), "Meta", None), "validators", None)
    if declared is None and isinstance(made, drf_serializers.ModelSerializer):
        site.refuse(
            "validators beside a nested ModelSerializer would replace its uniqueness checks",
            "List them in the Meta.validators of that serializer.",
        )
    return list(declared or ())


# --- which field class


def _mapped(spec: TypeSpec) -> FieldFactory | None:
    for key in (spec.annotation, spec.type):
        try:
            if key is not None and key in SerializerFieldMap:
                return SerializerFieldMap[key]
        except TypeError:  # an annotation with unhashable metadata
            continue
    return None


def _factory(spec: TypeSpec, site: Site) -> FieldFactory:
    mapped = _mapped(spec)
    return mapped if mapped is not None else _KINDS[spec.kind](spec, site)


def _any(spec: TypeSpec, site: Site) -> FieldFactory:
    return SerializerFieldMap[Any]


def _plain(spec: TypeSpec, site: Site) -> FieldFactory:
    cls = spec.type
    supertype = getattr(cls, "__supertype__", None)
    if supertype is not None:
        inner = describe_annotation(supertype, owner=site.owner, name=site.name)
        return partial(_with_keywords, inner, site)
    if isinstance(cls, type):
        if issubclass(cls, drf_serializers.BaseSerializer):
            return cls
        if issubclass(cls, Model):
            return partial(_relation, cls, site)
        if issubclass(cls, FieldMarker):
            site.refuse("`Field` is no type", f"Write `{site.name or 'name'}: str = Field(...)`, with the type of it.")
        if issubclass(cls, drf.Field):
            site.refuse("a field class is no type", f"Assign it: `{site.name or 'name'} = {cls.__name__}(...)`.")
    return site.refuse(
        "there is no field for this type",
        "Add it to SerializerFieldMap, assign a DRF field, or write Annotated[T, SomeField()].",
    )


def _with_keywords(spec: TypeSpec, site: Site, **keywords: Any) -> AnyField:
    return build_field(spec, site, keywords)


def _relation(model: type[Model], site: Site, **keywords: Any) -> AnyField:
    if not keywords.get("read_only") and "queryset" not in keywords:
        keywords["queryset"] = model._default_manager.all()
    if issubclass(site.related_field, relations.HyperlinkedRelatedField):
        keywords.setdefault("view_name", get_detail_view_name(model))
    made: Any = site.related_field
    return _many(made, **keywords) if keywords.pop("many", False) else cast("AnyField", made(**keywords))


def _literal(spec: TypeSpec, site: Site) -> FieldFactory:
    return partial(LiteralField, choices=list(spec.choices))


def _enum(spec: TypeSpec, site: Site) -> FieldFactory:
    return partial(EnumField, enum=spec.type)


def _child(spec: TypeSpec, site: Site) -> AnyField:
    # an item is there or not: what `T | None` says about being sent is for names
    return build_field(replace(spec, required=None), site, {"required": True} if spec.nullable else {})


def _children(spec: TypeSpec, site: Site) -> list[AnyField]:
    return [_child(arg, site) for arg in spec.args]


def _list(spec: TypeSpec, site: Site) -> FieldFactory:
    if not spec.args:
        return partial(drf.ListField, child=drf.CharField())
    item = spec.args[0]
    if _mapped(item) is None and isinstance(item.type, type) and not (item.nullable or item.metadata):
        if item.kind == "shape":
            return partial(_many, serializer_of(item.type))
        if issubclass(item.type, drf_serializers.BaseSerializer):
            return partial(_many, item.type)
        if issubclass(item.type, Model):
            return partial(_relation, item.type, site, many=True)
    return partial(drf.ListField, child=_child(item, site))


def _many(field_class: Any, **keywords: Any) -> AnyField:
    """`field_class(many=True)` of a serializer or a relation.

    Null and validators are of the list, as everything that stands beside a container; DRF gives them to its items.
    """
    own = {name: keywords.pop(name) for name in ("allow_null", "validators") if name in keywords}
    made: Any = field_class(many=True, **keywords)
    for name, value in own.items():
        setattr(made, name, value)
        made._kwargs[name] = value  # which copies are made from
    many: AnyField = made
    return many


def _set(spec: TypeSpec, site: Site) -> FieldFactory:
    if any(map(_is_unhashable, spec.args)):
        site.refuse("the items of a set must be hashable", "Use a list.")
    child = _child(spec.args[0], site) if spec.args else drf.CharField()
    return partial(SetField, child=child, **({"frozen": True} if spec.type is frozenset else {}))


def _is_unhashable(spec: TypeSpec) -> bool:
    """Whether values of the type cannot stand in a set; those of `Any` may or may not."""
    if _mapped(spec) is not None:
        return False
    if spec.kind in ("tuple", "union"):
        return any(map(_is_unhashable, spec.args))
    if spec.kind == "shape":
        return is_typeddict(spec.type) or getattr(spec.type, "__hash__", None) is None
    if isinstance(spec.type, type) and issubclass(spec.type, drf_serializers.BaseSerializer):
        return True
    return spec.kind in ("list", "dict") or (spec.kind == "set" and spec.type is not frozenset)


def _tuple(spec: TypeSpec, site: Site) -> FieldFactory:
    if not spec.args:
        return partial(TupleField, child=drf.CharField())
    if spec.variadic:
        return partial(TupleField, child=_child(spec.args[0], site))
    return partial(TupleField, children=_children(spec, site))


def _dict(spec: TypeSpec, site: Site) -> FieldFactory:
    return partial(drf.DictField, child=_child(spec.args[0], site)) if spec.args else drf.DictField


def _union(spec: TypeSpec, site: Site) -> FieldFactory:
    return partial(UnionField, members=_children(spec, site))


def _shape(spec: TypeSpec, site: Site) -> FieldFactory:
    made: FieldFactory = serializer_of(spec.type)
    return made


_KINDS: dict[str, Callable[[TypeSpec, Site], FieldFactory]] = {
    "any": _any,
    "plain": _plain,
    "literal": _literal,
    "enum": _enum,
    "list": _list,
    "set": _set,
    "tuple": _tuple,
    "dict": _dict,
    "union": _union,
    "shape": _shape,
}
