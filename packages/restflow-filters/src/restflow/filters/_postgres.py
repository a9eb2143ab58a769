"""PostgreSQL's own columns and lookups, known without importing them: their modules need its driver."""

import sys
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from django.apps import apps
from django.db import models
from django.db.backends.base.operations import BaseDatabaseOperations
from django.db.backends.utils import format_number
from django.db.models import Q
from rest_framework.compat import postgres_fields

from restflow.filters.lookups import ARRAYS, POSTGRES_TEXT


def installed() -> bool:
    """Whether `django.contrib.postgres` is, which registers the lookups of text columns."""
    return apps.is_installed("django.contrib.postgres")


def is_array(column: Any) -> bool:
    """Whether a column is a PostgreSQL array."""
    return postgres_fields is not None and isinstance(column, postgres_fields.ArrayField)


def is_search_vector(column: Any) -> bool:
    """Whether a column is a search vector; a model that has one has imported its module."""
    search = sys.modules.get("django.contrib.postgres.search")
    return search is not None and isinstance(column, search.SearchVectorField)


def needs_postgres(column: Any, lookup: str) -> bool:
    """Whether no other database has a lookup."""
    return is_array(column) or is_search_vector(column) or not POSTGRES_TEXT.isdisjoint(lookup.split("__"))


def search(path: str, config: str | None, search_type: str | None, value: Any) -> Q:
    """Full-text search of `path` with a configured query; `path` has no lookup on a search vector."""
    if config is None and search_type is None:
        return Q((path, value))
    from django.contrib.postgres.search import SearchQuery

    return Q((path, SearchQuery(value, config=config, search_type=search_type or "plain")))


def array_condition(column: Any, path: str, lookup: str) -> Callable[[Any], Q]:
    """What makes the condition of one lookup on an array column."""
    full = path if lookup == "exact" else f"{path}__{lookup}"
    return partial(_array, full, lookup, partial(_fits, column.base_field))


def _array(path: str, lookup: str, fits: Callable[[Any], bool], value: Sequence[Any] | None) -> Q:
    if value is None:
        return Q((f"{path}__isnull", True))
    kept = [item for item in value if fits(item)]
    if len(kept) != len(value) and lookup in ("exact", "contains"):
        return Q(pk__in=[])  # no row holds an item that the column cannot
    return Q((path, kept))


def is_array_lookup(column: Any, lookup: str) -> bool:
    """Whether the value of a lookup on a column is a list of the array's items."""
    return is_array(column) and (lookup == "exact" or lookup in ARRAYS)


def check_items(column: Any, value: Any) -> None:
    """Raises `ValueError` or `TypeError` for an item that the array's base column rejects."""
    for item in value if isinstance(value, list) else [value]:
        column.base_field.get_prep_value(item)


def _fits(base: Any, item: Any) -> bool:
    """Whether a column of the array's kind can hold an item: the server fails on others, or cuts them."""
    value = base.get_prep_value(item)
    if isinstance(base, models.IntegerField):
        limits = BaseDatabaseOperations.integer_field_ranges.get(base.get_internal_type())
        return limits is None or limits[0] <= value <= limits[1]
    if isinstance(base, models.CharField):
        return base.max_length is None or len(value) <= base.max_length
    if isinstance(base, models.DecimalField):
        try:
            # digits that only `format_number` would round away are no match either
            return bool(value == base.to_python(format_number(value, base.max_digits, base.decimal_places)))
        except ArithmeticError:
            return False
    return True
