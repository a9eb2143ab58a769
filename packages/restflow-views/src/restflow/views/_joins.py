"""The one query of a post-fetch: keys in the database's own types, the limit per key in SQL, rows by key."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, TypeAlias

from django.core.exceptions import FieldDoesNotExist, FieldError, ValidationError
from django.db import connections
from django.db.models import ExpressionWrapper, F, Field, IntegerField, Model, Q, QuerySet, Window
from django.db.models.functions import RowNumber
from django.db.models.lookups import LessThanOrEqual
from django.db.models.query import ModelIterable, ValuesIterable

Key: TypeAlias = tuple[Any, ...]

_MOST_TERMS = 400
"""Composite keys are matched as a whole up to this number; SQLite takes expressions of depth 1000."""


class Join:
    """The rows of a queryset by the join of a post-fetch (`spec`)."""

    def __init__(self, spec: Any, queryset: QuerySet[Any]) -> None:
        self.spec = spec
        self.queryset = queryset
        self.lookups = tuple(spec.on)
        self.fields = [_field(queryset, lookup) for lookup in self.lookups]

    def converted(self, key: Key) -> Key:
        """The key in the types of the joined fields, with `None` for a value that these cannot have."""
        return tuple(self._converted(field, value) for field, value in zip(self.fields, key, strict=True))

    def _converted(self, field: "Field[Any, Any]", value: Any) -> Any:
        if isinstance(value, Model):
            value = value.pk
        if value is None:
            return None
        try:
            hash(value)
            made = field.to_python(value)
        except (TypeError, ValueError, ValidationError, ArithmeticError):
            return None
        if isinstance(made, str) and "\0" in made:
            return None
        if isinstance(field, IntegerField):
            if isinstance(value, float | Decimal) and made != value:
                return None
            low, high = connections[self.queryset.db].ops.integer_field_range(field.get_internal_type())
            if (low is not None and made < low) or (high is not None and made > high):
                return None
        return made

    def rows(self, keys: Iterable[Key]) -> dict[Key, list[Any]]:
        """The rows for each key that has some, in their order."""
        usable = [key for key in keys if None not in key]
        if not usable:
            return {}
        if self.queryset._iterable_class is not ModelIterable:
            return self._by_key(self._own_rows(usable), dict(zip(self.lookups, self.lookups, strict=True)))
        aliases = {lookup: f"_restflow_join_{n}" for n, lookup in enumerate(self.lookups)}
        # wrapped, for Django takes a column that is selected twice for one when it filters by a window
        keys_of = {
            alias: ExpressionWrapper(F(lookup), output_field=field)
            for (lookup, alias), field in zip(aliases.items(), self.fields, strict=True)
        }
        queryset = self.queryset.annotate(**keys_of)
        queryset = queryset.filter(_matching(list(aliases.values()), usable))
        spec = self.spec
        if spec.values is None and spec.values_dict is None:
            return self._by_key(self._limited(queryset, list(aliases.values())), aliases)
        return self._by_key(self._dicts(queryset, aliases), aliases)

    def _dicts(self, queryset: QuerySet[Any], aliases: dict[str, str]) -> Iterable[Any]:
        spec = self.spec
        values, expressions = spec.values or (), spec.values_dict or {}
        if not any(getattr(expression, "contains_aggregate", False) for expression in expressions.values()):
            queryset = queryset.annotate(**expressions)
            limited = self._limited(queryset, list(aliases.values()))
            return limited.values(*values, *expressions, *aliases.values())
        groups: QuerySet[Any] = queryset.order_by().values(*aliases.values(), *values).annotate(**expressions)
        return groups.order_by(*(spec.order_by if spec.order_by is not None else values))

    def _own_rows(self, keys: list[Key]) -> Iterable[Any]:
        """The rows of a queryset that says itself which values it selects."""
        spec, queryset = self.spec, self.queryset
        where = f"PostFetch(to_attr={spec.to_attr!r})"
        if queryset._iterable_class is not ValuesIterable:
            raise ValueError(f"{where}: rows are model instances or dicts: use .values() in place of .values_list().")
        if spec.values is not None or spec.values_dict is not None:
            raise ValueError(f"{where}: the queryset has .values() of its own; leave values and values_dict out.")
        queryset = queryset.filter(_matching(list(self.lookups), keys))
        return queryset.order_by(*spec.order_by) if spec.order_by is not None else queryset

    def _limited(self, queryset: QuerySet[Any], partition: list[str]) -> QuerySet[Any]:
        """The queryset in its order, cut for each key by the database."""
        if self.spec.order_by is not None:
            queryset = queryset.order_by(*self.spec.order_by)
        if not queryset.query.distinct:
            ordering = queryset.query.order_by or (
                queryset.query.get_meta().ordering if queryset.query.default_ordering else ()
            )
            if "?" not in (ordering or ()):
                queryset = queryset.order_by(*(ordering or ()), "pk")  # equal rows come in the same order each time
        if self.spec.limit is None or queryset.query.distinct:
            return queryset  # DISTINCT comes after windows, so these rows are cut when they are attached
        compiler = queryset.query.get_compiler(using=queryset.db)
        order = [expression for expression, _ in compiler.get_order_by()]
        row = Window(RowNumber(), partition_by=[F(name) for name in partition], order_by=order)
        return queryset.filter(LessThanOrEqual(row, self.spec.limit))

    def _by_key(self, rows: Iterable[Any], aliases: dict[str, str]) -> dict[Key, list[Any]]:
        found: dict[Key, list[Any]] = {}
        for row in rows:
            values = row if isinstance(row, dict) else row.__dict__
            try:
                key = tuple(values[alias] for alias in aliases.values())
            except KeyError as error:
                raise ValueError(
                    f"PostFetch(to_attr={self.spec.to_attr!r}): the queryset's .values() lack {error}, to join by."
                ) from error
            for lookup, alias in aliases.items():
                if lookup != alias:
                    value = values.pop(alias)
                    if isinstance(row, dict):
                        row[lookup] = value
            found.setdefault(key, []).append(row)
        return found


def _field(queryset: QuerySet[Any], lookup: str) -> "Field[Any, Any]":
    """The concrete field at the end of a lookup, or an annotation's. `FieldError` for an unknown name."""
    if lookup in queryset.query.annotations:
        return queryset.query.annotations[lookup].output_field
    opts = queryset.query.get_meta()
    try:
        _, field, targets, rest = queryset.query.names_to_path(lookup.split("__"), opts, fail_on_missing=True)
    except FieldDoesNotExist as error:
        raise FieldError(f"Cannot join by {lookup!r}: {error}") from error
    if rest:
        raise FieldError(f"Cannot join by {lookup!r}: {field.name} has no {'__'.join(rest)!r}.")
    found: Field[Any, Any] = targets[0]
    while getattr(found, "remote_field", None) is not None and hasattr(found, "target_field"):
        found = found.target_field
    return found


def _matching(names: list[str], keys: list[Key]) -> Q:
    if len(names) == 1:
        return Q((f"{names[0]}__in", [key[0] for key in keys]))
    if len(keys) * len(names) <= _MOST_TERMS:
        return Q(*(Q(*zip(names, key, strict=True)) for key in keys), _connector=Q.OR)
    columns = zip(*keys, strict=True)
    return Q(*((f"{name}__in", set(column)) for name, column in zip(names, columns, strict=True)))
