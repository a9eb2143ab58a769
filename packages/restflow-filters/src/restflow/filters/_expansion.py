"""What a `RelatedField` stands for: filters over the columns of a relation, under its prefix."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models.constants import LOOKUP_SEP

from restflow.core import ConfigError
from restflow.core.names import suggestion
from restflow.filters import _annotated, _columns
from restflow.filters._field import Field
from restflow.filters.lookups import ALL_FIELDS
from restflow.filters.ordering import OrderField
from restflow.filters.related import RelatedField


def expand(cls: Any, name: str, related: RelatedField, model: Any) -> dict[str, Field]:
    """The filters that a related field stands for, by name; `ConfigError` for what is no relation or cannot be one."""
    where = f"{cls.__qualname__}.{name}"
    relation = related.db_field or name
    target = _target(related, relation, model, where)
    if related.filterset is not None:
        return _of_filterset(related, name, relation, target, where)
    return _of_columns(related, name, relation, target, where)


def _target(related: RelatedField, relation: str, model: Any, where: str) -> Any:
    """The related model; `None` where neither the set's model nor the field tells, for another filter set."""
    if model is not None:
        found = _columns.resolve(model, relation, where)
        if found is None or not found.column.is_relation or found.transforms:
            relations = [field.name for field in model._meta.get_fields() if field.is_relation]
            raise ConfigError(
                f"{where}: {relation!r} is no relation of {model._meta.label}.",
                hint=suggestion(relation, relations, what="relations"),
            )
        target: Any = found.column.related_model
        declared: Any = related.model and _columns.model_named(related.model, where)
        if declared and not issubclass(target, declared._meta.concrete_model):
            raise ConfigError(f"{where}: {relation!r} leads to {target._meta.label}, not to {declared._meta.label}.")
        return target
    if related.model is not None:
        return _columns.model_named(related.model, where)
    if related.filterset is None:
        raise ConfigError(f"{where}: the related model is not known.", hint="Give it as model=, or set Meta.model.")
    return None


def _of_columns(related: RelatedField, name: str, relation: str, target: Any, where: str) -> dict[str, Field]:
    known = [field.name for field in target._meta.get_fields()]
    wanted = related.related_fields
    names = _columns.column_names(target) if wanted == ALL_FIELDS else list(wanted or ())
    for listed in (*names, *related.exclude):
        if _columns.resolve(target, listed, where) is None:
            raise ConfigError(
                f"{where}: {target._meta.label} has no field {listed!r}.",
                hint=suggestion(listed, known, what="fields"),
            )
    filters: dict[str, Field] = {}
    extra = dict(related.extra_kwargs)
    for column in names:
        if column not in related.exclude:
            found = _columns.resolve(target, column, where)
            assert found is not None
            path = f"{relation}{LOOKUP_SEP}{column}"
            full = f"{name}{LOOKUP_SEP}{column}"
            filters[full] = _annotated.of_column(found, extra.pop(column, {}), f"{where}: {column}", path)
    if extra:
        unknown = next(iter(extra))
        raise ConfigError(
            f"{where}: extra_kwargs names {unknown!r}, which is no filter of it.",
            hint=suggestion(unknown, [column for column in names if column not in related.exclude], what="columns"),
        )
    return filters


def _of_filterset(related: RelatedField, name: str, relation: str, target: Any, where: str) -> dict[str, Field]:
    other: Any = related.filterset
    compiled = getattr(other, "compiled", None)
    if not isinstance(other, type) or compiled is None:
        raise ConfigError(f"{where}: filterset must be a FilterSet subclass, got {other!r}.")
    plan = compiled()
    if target is not None and plan.model is not None and not issubclass(target, plan.model._meta.concrete_model):
        raise ConfigError(
            f"{where}: {plan.owner} filters {plan.model._meta.label}, and {relation!r} leads to {target._meta.label}."
        )
    for excluded in related.exclude:
        if excluded not in plan.filters:
            raise ConfigError(
                f"{where}: exclude names {excluded!r}, which is no filter of {plan.owner}.",
                hint=suggestion(excluded, plan.filters, what="filters"),
            )
    hooked = {parameter.filter for parameter in plan.parameters.values() if parameter.hook is not None}
    filters: dict[str, Field] = {}
    for own, field in plan.filters.items():
        if own in related.exclude or isinstance(field, OrderField):
            continue
        _refuse_bound(own, field, hooked, plan.owner, where)
        filters[f"{name}{LOOKUP_SEP}{own}"] = _under(field, own, name, relation, plan.options)
    return filters


def _refuse_bound(own: str, field: Field, hooked: Iterable[str], owner: str, where: str) -> None:
    """Refuses a filter that works on its own set alone."""
    what = ""
    if field.method is not None:
        what = "a method"
    elif callable(field.filter_by):
        what = "a callable filter_by"
    elif type(field).apply_filter is not Field.apply_filter:
        what = "an apply_filter() of its own"
    elif own in hooked:
        what = "a validate_ method of its set"
    if what:
        raise ConfigError(
            f"{where}: the filter {own!r} of {owner} has {what}, which knows nothing of the relation.",
            hint=f"Add {own!r} to exclude, and declare a filter for it here.",
        )


def _under(field: Field, own: str, name: str, relation: str, options: Any) -> Field:
    """A filter of another set, for the rows of a relation."""

    def prefixed(path: str) -> str:
        return f"{relation}{LOOKUP_SEP}{path}"

    changes: dict[str, Any] = {
        "db_field": prefixed(field.db_field or own),
        "param": f"{name}{LOOKUP_SEP}{own if field.param is None else field.param}",
        "lookup_separator": field.lookup_separator or options.lookup_separator,
        "allow_negate": options.allow_negate if field.allow_negate is None else field.allow_negate,
        "required": field.required or own in options.required_fields,
    }
    if field.filter_by:
        paths = field.filter_by
        changes["filter_by"] = prefixed(paths) if isinstance(paths, str) else [prefixed(path) for path in paths]
        if not field.db_field:
            del changes["db_field"]
    return field.with_keywords(**changes)


def from_meta(relations: Iterable[str], extra: dict[str, dict[str, Any]], where: str) -> Mapping[str, RelatedField]:
    """The related fields of `Meta.related_fields`; takes what `extra_kwargs` says about them."""
    found: dict[str, RelatedField] = {}
    for relation in relations:
        options = extra.pop(relation, {})
        if unknown := options.keys() - {"fields", "exclude"}:
            raise ConfigError(
                f"{where}: extra_kwargs[{relation!r}] has {sorted(unknown)[0]!r}; a related field takes fields and "
                "exclude.",
                hint=f"Keywords of a column go to extra_kwargs['{relation}__<column>'].",
            )
        prefix = f"{relation}{LOOKUP_SEP}"
        own = {key.removeprefix(prefix): extra.pop(key) for key in list(extra) if key.startswith(prefix)}
        found[relation] = RelatedField(
            fields=options.get("fields", ALL_FIELDS), exclude=options.get("exclude"), extra_kwargs=own
        )
    return found
