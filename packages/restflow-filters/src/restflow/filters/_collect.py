"""The filters of a class: collected along its bases, annotated ones first, then explicit, then model-made."""

from typing import Any

from rest_framework import serializers

from restflow.core import ConfigError, class_annotations
from restflow.core.names import suggestion
from restflow.filters import _annotated, _columns, _expansion
from restflow.filters._compile import model_of
from restflow.filters._field import Field, RawField
from restflow.filters.lookups import ALL_FIELDS
from restflow.filters.options import FilterSetOptions
from restflow.filters.ordering import OrderField
from restflow.filters.related import RelatedField

RESERVED = frozenset(("data", "errors", "validated_data", "initial_data", "instance", "fields", "context", "request"))


class Annotated:
    """An annotated filter before its class is compiled: the annotation, and what is assigned beside it."""

    __slots__ = ("annotation", "owner", "refine")

    def __init__(self, annotation: Any, refine: Field | None, owner: str) -> None:
        self.annotation = annotation
        self.refine = refine
        self.owner = owner


def own_filters(cls: Any) -> dict[str, Any]:
    """What the body of a class declares: `Annotated` and `Field` by name, `None` for a removed filter.

    Takes defaults that are assigned beside annotations off the class, because no filter stays on it as an attribute.
    """
    own: dict[str, Any] = {}
    inherited = {id(field) for base in cls.__mro__[1:] for field in getattr(base, "_declared_fields", {}).values()}
    explicit = {name: field for name, field in cls._declared_fields.items() if id(field) not in inherited}
    for name, field in explicit.items():
        if not isinstance(field, Field):
            raise ConfigError(
                f"{cls.__qualname__}.{name}: a {type(field).__name__} is no filter field.",
                hint="Use the field of restflow.filters of that kind.",
            )
    for name, annotation in class_annotations(cls).items():
        refine = explicit.get(name)
        if refine is not None and type(refine) is not Field:
            continue  # explicit wins
        if name.startswith("_") and refine is None:
            continue
        if name in RESERVED:
            raise ConfigError(
                f"{cls.__qualname__}.{name}: the name means something else on a filter set.",
                hint=f"Name the attribute otherwise and give it param={name!r}.",
            )
        if name in cls.__dict__ and cls.__dict__[name] is not None:
            refine = Field(default=cls.__dict__[name])
            delattr(cls, name)
        own[name] = Annotated(annotation, refine, cls.__qualname__)
        explicit.pop(name, None)
    own.update(explicit)
    own.update({name: None for name, value in vars(cls).items() if value is None and not name.startswith("__")})
    return own


def _plain_mixin_filters(base: type) -> dict[str, Any]:
    return {name: value for name, value in vars(base).items() if isinstance(value, Field)}


def collect(cls: Any, options: FilterSetOptions) -> dict[str, Field]:
    """All filters of a class by attribute name, in order; `ConfigError` for a declaration that cannot work."""
    declared: dict[str, Any] = {}
    for base in reversed(cls.__mro__):
        own = base.__dict__.get("_own_filters")
        if own is None and not issubclass(base, serializers.BaseSerializer):
            own = _plain_mixin_filters(base)
        for name, value in (own or {}).items():
            declared.pop(name, None)
            declared[name] = value
    removed = {name for name, value in declared.items() if value is None}
    extra = dict(options.extra_kwargs or {})
    model = model_of(options, cls.__qualname__)
    filters: dict[str, Field] = {}
    for name, value in declared.items():
        if isinstance(value, Annotated):
            filters[name] = _annotated.annotated_field(
                value.annotation, extra.pop(name, {}), owner=value.owner, name=name, refine=value.refine
            )
    for name, value in declared.items():
        if isinstance(value, RelatedField):
            expanded = _expansion.expand(cls, name, value, model)
            filters.update({full: field for full, field in expanded.items() if full not in declared})
        elif isinstance(value, Field):
            filters[name] = _explicit(cls, name, value, model, extra.pop(name, {}))
    where = f"{cls.__qualname__}.Meta"
    for name, related in _expansion.from_meta(options.related_fields, extra, where).items():
        expanded = _expansion.expand(cls, name, related, model)
        filters.update({full: field for full, field in expanded.items() if full not in declared})
    filters.update(_model_filters(cls, options, model, extra, known={*filters, *removed, *options.related_fields}))
    if unknown := [name for name in extra if name not in removed]:
        raise ConfigError(
            f"{where}: extra_kwargs names {unknown[0]!r}, which is no filter of the set.",
            hint=suggestion(unknown[0], filters, what="filters"),
        )
    _add_order(cls, filters, options, removed)
    return filters


def _explicit(cls: Any, name: str, field: Field, model: Any, extra: dict[str, Any]) -> Field:
    """An explicit filter; what it says wins over `Meta.extra_kwargs`."""
    if type(field) is Field:
        return _placeholder(cls, name, field.with_keywords(**(extra | field.fresh_keywords())), model)
    if not extra:
        return field.clone()
    return _annotated.make(type(field), extra | field.fresh_keywords(), f"{cls.__qualname__}.{name}")


def _placeholder(cls: Any, name: str, field: Field, model: Any) -> Field:
    """What a `Field(...)` without an annotation stands for."""
    where = f"{cls.__qualname__}.{name}"
    if field.method is not None or callable(field.filter_by):
        return _annotated.make(RawField, field.declared_keywords, where)
    path = field.db_field or name
    if model is not None:
        found = _columns.resolve(model, path, where)
        if found is not None and not found.transforms:
            return _annotated.of_column(found, field.declared_keywords, where, path)
    raise ConfigError(
        f"{where}: a Field without an annotation needs a method, a callable filter_by or a model column.",
        hint=f"Annotate it: '{name}: str = Field(...)'.",
    )


def _model_filters(
    cls: Any, options: FilterSetOptions, model: Any, extra: dict[str, Any], known: set[str]
) -> dict[str, Field]:
    where = f"{cls.__qualname__}.Meta"
    if options.fields is None and not options.exclude:
        return {}
    if model is None:
        raise ConfigError(f"{where}: fields and exclude need a model.", hint="Set Meta.model.")
    names = [field.name for field in model._meta.get_fields()]
    for name in options.exclude:
        if _columns.resolve(model, name, where) is None:
            raise ConfigError(
                f"{where}: exclude names {name!r}, and {model._meta.label} has no such field.",
                hint=suggestion(name, names, what="fields"),
            )
    wanted = _columns.column_names(model) if options.fields == ALL_FIELDS else (options.fields or ())
    filters: dict[str, Field] = {}
    for name in wanted:
        if name in known or name in options.exclude:
            continue
        found = _columns.resolve(model, name, where)
        if found is None or found.transforms:
            raise ConfigError(
                f"{where}: fields names {name!r}, and {model._meta.label} has no such field.",
                hint=suggestion(name, names, what="fields"),
            )
        filters[name] = _annotated.of_column(found, extra.pop(name, {}), f"{cls.__qualname__}.{name}", name)
    return filters


def _add_order(cls: Any, filters: dict[str, Field], options: FilterSetOptions, removed: set[str]) -> None:
    """Puts the order field last: a declared one, else the one that `Meta` makes."""
    declared = [name for name, field in filters.items() if isinstance(field, OrderField)]
    own = [name for name in declared if name in cls.__dict__.get("_own_filters", {})]
    if len(own) == 1:
        for name in declared:
            if name != own[0]:
                del filters[name]  # an inherited one is replaced
        declared = own
    if not declared and options.order_fields and options.enable_ordering is not False:
        if options.order_param in filters:
            raise ConfigError(f"{cls.__qualname__}.Meta: order_param {options.order_param!r} is already a filter.")
        if options.order_param not in removed:
            filters[options.order_param] = OrderField(
                fields=options.order_fields,
                labels=options.order_field_labels,
                override_order_direction=options.override_order_direction,
                nulls=options.order_nulls,
                tiebreaker=options.order_tiebreaker,
                default=options.default_order_fields,
            )
    elif declared and options.enable_ordering is not False:
        for name in declared:
            filters[name] = filters.pop(name)
    elif declared:
        for name in declared:
            del filters[name]
