"""The states of a row: as loaded, and as saved; and what a rule reads from one."""

import copy
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.core.exceptions import FieldDoesNotExist, ObjectDoesNotExist
from django.db.models import Field, Model
from django.db.models.fields.related import ForeignKey

State = dict[str, Any]
"""Column attribute names to values; holds the columns that rules refer to, and the primary key."""


_PLAIN = frozenset({int, str, bool, type(None), float, datetime, date, Decimal, UUID})

_columns: dict[tuple[type[Model], str], str | None] = {}
_own_columns: dict[tuple[type[Model], str], str | None] = {}


def forget_columns() -> None:
    """Rules or models changed: what names stand for is looked up again."""
    _columns.clear()
    _own_columns.clear()


def column_of(model: type[Model], name: str) -> str | None:
    """The attribute name of the column that a field's name (or `pk`) stands for; `None` where it is no column."""
    try:
        return _columns[model, name]
    except KeyError:
        column = _columns[model, name] = _column_of(model, name)
        return column


def own_column(model: type[Model], path: str) -> str | None:
    """The column whose value is all that a path leads to; `None` where the path goes further, or to a related row."""
    try:
        return _own_columns[model, path]
    except KeyError:
        plain = len(split(path)) == 1 and not is_relation(model, path)
        column = _own_columns[model, path] = column_of(model, path) if plain else None
        return column


def _column_of(model: type[Model], name: str) -> str | None:
    if name == "pk":
        return model._meta.pk.attname if model._meta.pk is not None else None
    try:
        found = model._meta.get_field(name)
    except FieldDoesNotExist:
        return next((field.attname for field in model._meta.concrete_fields if field.attname == name), None)
    return found.attname if isinstance(found, Field) and found.concrete else None


def is_relation(model: type[Model], name: str) -> bool:
    """Whether the name leads to another row, so that its value is an instance rather than a column."""
    try:
        found = model._meta.get_field(name)
    except FieldDoesNotExist:
        return False
    return bool(found.is_relation) and getattr(found, "attname", name) != name


def split(path: str) -> tuple[str, ...]:
    """The steps of a path, written with dots or with Django's double underscores."""
    return tuple(path.replace("__", ".").split("."))


def needed_columns(model: type[Model], paths: Iterable[str]) -> frozenset[str] | None:
    """The columns that paths start at; `None` where one starts at no column, so that any may matter."""
    columns = set()
    for path in paths:
        column = column_of(model, split(path)[0])
        if column is None:
            return None
        columns.add(column)
    return frozenset(columns)


def is_expression(value: Any) -> bool:
    """Whether a value stands for what the database will compute."""
    return type(value) not in _PLAIN and hasattr(value, "resolve_expression")


class Row:
    """A row in one state, read by paths; an instance of it is made only where a path leaves the known columns."""

    __slots__ = ("_instance", "_template", "state", "using")

    def __init__(self, template: Model, state: State, using: str | None) -> None:
        self._template = template
        self.state = state
        self.using = using
        self._instance: Model | None = None

    def read(self, path: str) -> Any:
        """The value at a path. Raises `ObjectDoesNotExist` or `AttributeError` where it cannot be followed."""
        column = own_column(type(self._template), path)
        if column is not None and column in self.state:
            return self.state[column]
        value: Any = self.instance()
        for step in split(path):
            if value is None:
                return None
            value = value[step] if isinstance(value, Mapping) else getattr(value, step)
        return value

    def instance(self) -> Model:
        """The row as an instance in this state."""
        if self._instance is None:
            instance = copy.copy(self._template)
            instance._state = copy.copy(self._template._state)
            instance._state.fields_cache = dict(self._template._state.fields_cache)
            if self.using is not None:
                instance._state.db = self.using
            for field in instance._meta.concrete_fields:
                if field.attname in self.state:
                    value = self.state[field.attname]
                    # a related row in memory may belong to the other state
                    if isinstance(field, ForeignKey) and instance.__dict__.get(field.attname) != value:
                        instance._state.fields_cache.pop(field.name, None)
                    instance.__dict__[field.attname] = value
            self._instance = instance
        return self._instance


UNRESOLVED = (ObjectDoesNotExist, AttributeError, KeyError)
"""What following a path raises where a related row is not there."""


def select(model: type[Model], using: str, pk: Any, columns: Iterable[str]) -> State | None:
    """Columns of a row as the database has them; `None` where there is no such row."""
    rows = model._base_manager.using(using).filter(pk=pk).values_list(*(names := list(columns)))
    found = next(iter(rows[:1]), None)
    return None if found is None else dict(zip(names, found, strict=True))
