"""Orderings as keys: what a page is ordered by, the values of a row's keys, and the condition "after this row"."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import connections
from django.db.models import Field, ForeignObjectRel, Q, QuerySet
from django.db.models.expressions import F, OrderBy
from django.db.models.query import ModelIterable, ValuesIterable

from restflow.core import ConfigError
from restflow.pagination._cursors import Kind, kind_of

_PREFIX = "_restflow_key_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One field of an ordering. `nulls_first` is where the database, or the expression, sorts NULLs.

    `reads` is the name under which a row has the value: of the field, or of an annotation made for it.
    """

    name: str
    reads: str
    field: Any
    kind: Kind
    descending: bool
    nullable: bool
    nulls_first: bool
    explicit: bool
    unique: bool

    @property
    def is_added(self) -> bool:
        """Whether the value is annotated for the cursor alone."""
        return self.reads.startswith(_PREFIX)

    @property
    def term(self) -> str | OrderBy:
        """The key as `order_by()` takes it."""
        name = self.reads
        if self.explicit and self.nullable:
            return OrderBy(
                F(name),
                descending=self.descending,
                nulls_first=self.nulls_first or None,
                nulls_last=not self.nulls_first or None,
            )
        return f"-{name}" if self.descending else name

    def reversed(self) -> "Key":
        """The same key for the way back."""
        return replace(self, descending=not self.descending, nulls_first=not self.nulls_first)

    def after(self, value: Any) -> Q | None:
        """Strictly behind `value`; `None` where nothing is."""
        if value is None:
            return Q((f"{self.reads}__isnull", False)) if self.nulls_first else None
        behind = Q((f"{self.reads}__{'lt' if self.descending else 'gt'}", value))
        return behind | self._null if self.nullable and not self.nulls_first else behind

    def at_or_after(self, value: Any) -> Q | None:
        """At `value` or behind it; `None` where everything is."""
        if value is None:
            return None if self.nulls_first else self._null
        behind = Q((f"{self.reads}__{'lte' if self.descending else 'gte'}", value))
        return behind | self._null if self.nullable and not self.nulls_first else behind

    def at(self, value: Any) -> Q:
        """Equal to `value`."""
        return self._null if value is None else Q((self.reads, value))

    @property
    def _null(self) -> Q:
        return Q((f"{self.reads}__isnull", True))


def condition(keys: Sequence[Key], values: Sequence[Any]) -> Q | None:
    """Rows behind the position; `None` where there is none.

    The leading key is bounded on its own besides, since a bare disjunction makes databases read all that precedes.
    """
    behind: Q | None = None
    for key, value in reversed(list(zip(keys, values, strict=True))):
        after = key.after(value)
        further = None if behind is None else key.at(value) & behind
        behind = after if further is None else further if after is None else after | further
    bound = keys[0].at_or_after(values[0])
    return behind if behind is None or bound is None or len(keys) == 1 else bound & behind


class Ordering:
    """The keys by which a queryset is paged, made unique by its primary key."""

    def __init__(self, paginator: Any, queryset: Any, terms: Sequence[Any]) -> None:
        self.where = type(paginator).__qualname__
        self.rows_are_dicts = self._check_queryset(queryset)
        self.connection = connections[queryset.db]
        self.model = queryset.model
        self._annotations: dict[str, F] = {}
        self._queryset = queryset
        keys: list[Key] = []
        for term in terms:
            key = self._key(term, len(keys))
            if key.name not in {known.name for known in keys}:
                keys.append(key)
        if not any(key.unique for key in keys):
            descending = keys[-1].descending if keys else False
            taken = {key.name for key in keys}
            for name in self._tie_breakers():
                if name not in taken:
                    keys.append(self._key(f"-{name}" if descending else name, len(keys)))
        self.keys = tuple(keys)
        self.kinds = [key.kind for key in keys]
        shape = [self.model._meta.label, *((key.name, key.descending, key.nulls_first) for key in keys)]
        self.fingerprint = hashlib.sha256(repr(shape).encode()).hexdigest()[:10]

    def page(self, reverse: bool, values: Sequence[Any] | None, size: int) -> Any:
        """The query of a page and one row more, from the position on."""
        keys = [key.reversed() for key in self.keys] if reverse else self.keys
        queryset = self._queryset.annotate(**self._annotations) if self._annotations else self._queryset
        if not queryset.query.standard_ordering:
            queryset = queryset.reverse()
        if values is not None:
            behind = condition(keys, values)
            queryset = queryset.none() if behind is None else queryset.filter(behind)
        return queryset.order_by(*[key.term for key in keys])[: size + 1]

    def values(self, row: Any) -> tuple[Any, ...]:
        """The position of a row."""
        read = row.__getitem__ if isinstance(row, dict) else row.__getattribute__
        return tuple(self._prepared(key, read(key.reads)) for key in self.keys)

    def clean(self, rows: list[Any]) -> None:
        """Takes what was read for the cursor alone out of the rows."""
        for name in self._annotations:
            for row in rows:
                (row if isinstance(row, dict) else row.__dict__).pop(name, None)

    def _prepared(self, key: Key, value: Any) -> Any:
        return None if value is None else key.field.get_prep_value(value)

    def _check_queryset(self, queryset: Any) -> bool:
        if not isinstance(queryset, QuerySet):
            self._refuse(f"cannot page a {type(queryset).__name__}", "Page a queryset of a model.")
        iterable = queryset._iterable_class
        if not issubclass(iterable, ModelIterable | ValuesIterable):
            self._refuse("cannot read the ordering's values from .values_list() rows", "Use .values().")
        query = queryset.query
        if query.is_sliced:
            self._refuse("cannot page a sliced queryset", "Leave the slicing to the paginator.")
        if query.combinator or query.distinct_fields:
            self._refuse("cannot page a union or a DISTINCT ON queryset", "Filter instead, or page by number.")
        return issubclass(iterable, ValuesIterable)

    def _refuse(self, what: str, hint: str) -> None:
        raise ConfigError(f"{self.where} {what}.", hint=hint)

    def _key(self, term: Any, index: int) -> Key:
        name, descending, nulls = self._read_term(term)
        path = self._resolve(name)
        nulls_first = self.connection.features.order_by_nulls_first is not descending
        kind = kind_of(path.field)
        if kind is None:
            self._refuse(
                f"cannot order by {name!r}, a {type(path.field).__name__}", "Order by a number, a text or a date."
            )
        return Key(
            name=path.name,
            reads=self._reads(path, index),
            field=path.field,
            kind=kind,  # type: ignore[arg-type]
            descending=descending,
            nullable=path.nullable,
            nulls_first=nulls_first if nulls is None else nulls,
            explicit=nulls is not None,
            unique=path.unique,
        )

    def _read_term(self, term: Any) -> tuple[str, bool, bool | None]:
        """Name, direction and where NULLs are to go (`None`: where the database puts them)."""
        if isinstance(term, str):
            name = term.removeprefix("-").removeprefix("+")
            if not name or name == "?":
                self._refuse(f"cannot order by {term!r}", "Name the fields to order by.")
            return name, term.startswith("-"), None
        order: Any = term if isinstance(term, OrderBy) else OrderBy(term)
        if not isinstance(order.expression, F) or type(order.expression) is not F:
            self._refuse(f"cannot order by the expression {term!r}", "Annotate it, and order by the annotation.")
        nulls = True if order.nulls_first else False if order.nulls_last else None
        return order.expression.name, order.descending, nulls

    def _resolve(self, name: str) -> "_Path":
        query = self._queryset.query
        if (annotation := query.annotations.get(name)) is not None:
            return _Path(name, annotation.output_field, nullable=True, unique=False, is_local=True)
        if query.extra.get(name) is not None:
            self._refuse(f"cannot order by {name!r} of .extra()", "Annotate it instead.")
        return self._resolve_field(name)

    def _resolve_field(self, name: str) -> "_Path":
        hint = "Order by a field of the model, by one that a to-one relation leads to, or by an annotation."
        parts = name.split("__")
        model: Any = self.model
        nullable = False
        for position, part in enumerate(parts):
            is_last = position == len(parts) - 1
            try:
                field: Any = model._meta.pk if part == "pk" else model._meta.get_field(part)
            except FieldDoesNotExist:
                self._refuse(f"cannot order by {name!r}: {model.__name__} has no field {part!r}", hint)
            if is_last and _is_column(field):
                if field.is_relation and part == field.name != field.attname and field.related_model._meta.ordering:
                    self._refuse(
                        f"cannot order by {name!r}, a relation with an ordering of its own",
                        f"Order by {field.attname!r}, or by fields of {field.related_model.__name__}.",
                    )
                unique = len(parts) == 1 and (field.unique or field.primary_key) and not field.null
                attname = "__".join([*parts[:-1], field.attname])
                return _Path(attname, field, nullable=nullable or field.null, unique=unique, is_local=len(parts) == 1)
            if (
                is_last
                or not (field.is_relation and (field.many_to_one or field.one_to_one))
                or not field.related_model
            ):
                self._refuse(f"cannot order by {name!r}: {part!r} is no to-one relation and no column", hint)
            nullable = nullable or isinstance(field, ForeignObjectRel) or field.null
            model = field.related_model
        raise AssertionError(name)

    def _reads(self, path: "_Path", index: int) -> str:
        query = self._queryset.query
        if self.rows_are_dicts:
            is_there = path.name in {*query.values_select, *query.annotation_select}
        else:
            names, deferred = query.deferred_loading
            named = bool({path.name, path.field.name} & set(names))
            is_there = path.name in query.annotations or (path.is_local and named is not deferred)
            is_there = is_there or (path.is_local and not names)
        if is_there:
            return path.name
        reads = f"{_PREFIX}{index}"
        self._annotations[reads] = F(path.name)
        return reads

    def _tie_breakers(self) -> Iterator[str]:
        query = self._queryset.query
        if self.rows_are_dicts and (query.distinct or query.group_by is not None):
            # grouped or distinct rows are told apart by what they consist of, and have no primary key
            yield from query.values_select
            return
        pk = self.model._meta.pk
        yield from [field.attname for field in getattr(pk, "fields", None) or [pk]]


@dataclass(frozen=True, slots=True)
class _Path:
    name: str
    field: Any
    nullable: bool
    unique: bool
    is_local: bool


def _is_column(field: object) -> bool:
    """Whether the field is one column; a composite primary key is several."""
    return isinstance(field, Field) and field.concrete and not getattr(field, "fields", None)


def own_ordering(queryset: Any) -> tuple[Any, ...]:
    """The ordering that a queryset has by itself: its `order_by()`, else its model's."""
    if not isinstance(queryset, QuerySet):
        return ()
    query = queryset.query
    if query.order_by or query.extra_order_by:
        terms = (*query.extra_order_by, *query.order_by)
    else:
        terms = tuple(query.get_meta().ordering or ()) if query.default_ordering else ()
    return terms if query.standard_ordering else tuple(map(_inverted, terms))


def _inverted(term: Any) -> Any:
    if isinstance(term, str):
        return term.removeprefix("-") if term.startswith("-") else f"-{term}"
    inverted = term.copy() if isinstance(term, OrderBy) else OrderBy(term)
    inverted.reverse_ordering()
    return inverted
