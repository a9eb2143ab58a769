"""What is paged: a queryset, a list, or anything that slices; read by the io that fits it."""

import hashlib
import warnings
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.core.cache import caches
from django.core.exceptions import EmptyResultSet
from django.core.paginator import UnorderedObjectListWarning
from django.db.models import Manager, QuerySet
from django.db.models.query import RawQuerySet

from restflow.core import ConfigError
from restflow.responses._work import Work

_PLAIN = (str, bytes, int, float, Decimal, date, datetime, time, timedelta, UUID)


def source(paginator: Any, rows: Any) -> Any:
    """The rows in a form that slices; `ImproperlyConfigured` for a raw queryset."""
    if isinstance(rows, RawQuerySet):
        raise ConfigError(
            f"{type(paginator).__qualname__} cannot page a raw queryset.",
            hint="Page an ordinary queryset, or a list of the rows.",
        )
    return rows.all() if isinstance(rows, Manager) else rows


def is_awaited(rows: Any) -> bool:
    """Whether the rows are of a source with only async faces."""
    return not isinstance(rows, QuerySet | list | tuple) and hasattr(rows, "acount")


async def read(io: Work, rows: Any) -> list[Any]:
    """The rows of a slice."""
    if isinstance(rows, list | tuple):
        return list(rows)
    if is_awaited(rows):
        return await io.aio(_aread, rows)  # type: ignore[no-any-return]
    return await io.sync(list, rows)  # type: ignore[no-any-return]


async def _aread(rows: Any) -> list[Any]:
    return [row async for row in rows]


async def count(io: Work, rows: Any, ttl: int | None, cache: str) -> int:
    """How many rows there are; a queryset's number may be kept for `ttl` seconds."""
    if isinstance(rows, list | tuple):
        return len(rows)
    if is_awaited(rows):
        return await io.aio(rows.acount)  # type: ignore[no-any-return]
    if isinstance(rows, QuerySet) and ttl:
        return await io.sync(_kept_count, rows, ttl, cache)  # type: ignore[no-any-return]
    return await io.sync(_count, rows)  # type: ignore[no-any-return]


def _count(rows: Any) -> int:
    try:
        return rows.count()  # type: ignore[no-any-return]
    except (AttributeError, TypeError):
        return len(rows)


def _kept_count(rows: QuerySet[Any], ttl: int, alias: str) -> int:
    key = _count_key(rows)
    if key is None:
        return rows.count()
    kept = caches[alias].get(key)
    if not isinstance(kept, int):
        kept = rows.count()
        caches[alias].set(key, kept, ttl)
    return kept


def _count_key(rows: QuerySet[Any]) -> str | None:
    """A key of database, SQL and parameters; `None` where a parameter's value cannot be told apart from another's."""
    try:
        sql, params = rows.query.get_compiler(using=rows.db).as_sql()
        text = "\0".join([rows.db, sql, *map(_written, params)])
    except (EmptyResultSet, TypeError):
        return None
    return f"restflow_count_{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()}"


def _written(value: Any) -> str:
    """A parameter, written so that two different ones never look alike."""
    if value is None or isinstance(
        value, str | bytes | int | float | Decimal | date | datetime | time | timedelta | UUID
    ):
        return f"{type(value).__name__}:{value!r}"
    if isinstance(value, list | tuple):
        return f"[{','.join(map(_written, value))}]"
    if isinstance(value, Mapping):
        return f"{{{','.join(f'{_written(key)}={_written(item)}' for key, item in value.items())}}}"
    if hasattr(value, "obj"):  # psycopg's wrapper of JSON, whose repr is cut short
        return f"{type(value).__name__}:{_written(value.obj)}"
    raise TypeError(f"unknown parameter {type(value).__name__}")


def warn_if_unordered(rows: Any) -> None:
    """Django's warning about pages that may repeat and skip rows."""
    if getattr(rows, "ordered", None) is False:
        what = f"{rows.model} {type(rows).__name__}" if hasattr(rows, "model") else repr(type(rows))
        warnings.warn(
            f"Pagination may yield inconsistent results with an unordered object_list: {what}.",
            UnorderedObjectListWarning,
            stacklevel=2,
        )
