"""Which related rows a serializer reads, and a queryset that fetches them with it."""

from collections.abc import Iterator
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model, Prefetch, QuerySet
from rest_framework import relations
from rest_framework import serializers as drf_serializers

from restflow.core import ConfigError
from restflow.serializers._options import option


def optimized(cls: Any, queryset: QuerySet[Any]) -> QuerySet[Any]:
    """`queryset` with what rendering `cls` reads. Raises `ConfigError` for a queryset of another model."""
    model = cls.Meta.model
    if not issubclass(queryset.model, model):
        raise ConfigError(
            f"{cls.__qualname__}.optimize_queryset() was given a queryset of {queryset.model.__qualname__}.",
            hint=f"Give it a queryset of {model.__qualname__}.",
        )
    joined, prefetched = _needs(cls(), model, (cls,))
    joined = [*joined, *option(cls, "select_related")]
    prefetched = [*prefetched, *option(cls, "prefetch_related")]
    if joined and queryset.query.select_related is not True and queryset._fields is None:  # type: ignore[attr-defined]
        queryset = queryset.select_related(*dict.fromkeys(joined))
    kept = {_path(lookup) for lookup in queryset._prefetch_related_lookups}  # type: ignore[attr-defined]
    fresh = {_path(lookup): lookup for lookup in prefetched if _path(lookup) not in kept}
    return queryset.prefetch_related(*fresh.values()) if fresh else queryset


def _path(lookup: Any) -> str:
    return lookup.prefetch_to if isinstance(lookup, Prefetch) else str(lookup)


def _needs(serializer: Any, model: type[Model], path: tuple[type, ...]) -> tuple[list[str], list[Any]]:
    """The lookups to join and to prefetch for the fields of one serializer."""
    joined: list[str] = []
    prefetched: list[Any] = []
    for field in serializer._readable_fields:
        for way, lookup in _lookups(field, model, path):
            (joined if way == "join" else prefetched).append(lookup)
    return joined, prefetched


def _lookups(field: Any, model: type[Model], path: tuple[type, ...]) -> Iterator[tuple[str, Any]]:
    names = list(field.source_attrs)
    if not names:
        if isinstance(field, drf_serializers.Serializer):  # source="*"
            joined, prefetched = _needs(field, model, path)
            yield from (("join", lookup) for lookup in joined)
            yield from (("prefetch", lookup) for lookup in prefetched)
        return
    walked: list[str] = []
    to_many = False
    for position, name in enumerate(names):
        relation = _relation(model, name)
        if relation is None:
            break
        last = position == len(names) - 1
        # the key of a row that points here is in that row, not in this one
        if last and relation.concrete and not _reads_beyond_the_key(field):
            break
        walked.append(name)
        to_many = to_many or relation.many_to_many or relation.one_to_many
        model = relation.related_model
        if last and isinstance(field, drf_serializers.BaseSerializer):
            yield from _nested(field, model, "__".join(walked), to_many, path)
            return
    if walked:
        yield ("prefetch" if to_many else "join"), "__".join([*walked, *_slug_relations(field, model)])


def _nested(
    field: Any, model: type[Model], lookup: str, to_many: bool, path: tuple[type, ...]
) -> Iterator[tuple[str, Any]]:
    child = getattr(field, "child", field)
    known = isinstance(child, drf_serializers.Serializer) and type(child) not in path
    joined, prefetched = _needs(child, model, (*path, type(child))) if known else ([], [])
    if not to_many:
        yield "join", lookup
        yield from (("join", f"{lookup}__{name}") for name in joined)
        for inner in prefetched:
            if isinstance(inner, Prefetch):
                yield "prefetch", Prefetch(f"{lookup}__{inner.prefetch_through}", inner.queryset)
            else:
                yield "prefetch", f"{lookup}__{inner}"
        return
    rows = model._default_manager.all()
    if known and hasattr(type(child), "optimize_queryset"):
        joined += option(type(child), "select_related")
        prefetched += option(type(child), "prefetch_related")
    if joined:
        rows = rows.select_related(*joined)
    if prefetched:
        rows = rows.prefetch_related(*prefetched)
    yield "prefetch", Prefetch(lookup, rows)


def _slug_relations(field: Any, model: type[Model]) -> list[str]:
    """The relations that `slug_field="author__name"` goes through."""
    slug = getattr(getattr(field, "child_relation", field), "slug_field", "")
    names: list[str] = []
    for name in str(slug).split("__")[:-1]:
        relation = _relation(model, name)
        if relation is None:
            break
        names.append(name)
        model = relation.related_model
    return names


def _relation(model: type[Model], name: str) -> Any:
    """The relation that an attribute leads to; `None` for columns, methods and properties."""
    try:
        found = model._meta.get_field(name)
    except FieldDoesNotExist:
        accessors = (relation for relation in model._meta.related_objects if relation.get_accessor_name() == name)
        found = next(accessors, None)  # type: ignore[assignment]
    return found if found is not None and found.is_relation and found.related_model is not None else None


def _reads_beyond_the_key(field: Any) -> bool:
    if isinstance(field, relations.ManyRelatedField):
        return True
    if isinstance(field, relations.PrimaryKeyRelatedField):
        return False
    if isinstance(field, relations.HyperlinkedRelatedField):
        return field.lookup_field != "pk"
    return isinstance(field, relations.RelatedField | drf_serializers.BaseSerializer)
