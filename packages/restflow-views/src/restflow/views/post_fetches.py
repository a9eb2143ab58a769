"""`PostFetch`: attaches the rows of a second queryset to objects that have been fetched, with one query."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias

from django.core.exceptions import FieldDoesNotExist
from django.db.models import Manager, Model, QuerySet
from django.db.models.query import RawQuerySet

from restflow.core import in_thread
from restflow.views._joins import Join, Key

if TYPE_CHECKING:
    Source: TypeAlias = QuerySet[Any] | Manager[Any] | Callable[[Any], QuerySet[Any] | Manager[Any]]


class PostFetch:
    """Rows of another queryset for each base object, as its attribute (or key) `to_attr`: one query, whatever the page.

    `queryset` is a `QuerySet`, a `Manager`, or a callable that gets the view and returns one. Each further keyword maps
    a lookup of its model to an attribute or key of the base objects (`product_id="id"`); `on` is the same mapping, for
    names that clash with a parameter. `limit` is per base object, and the database applies it: with 1 the attribute is
    the first row or `None`, else a list; `None` takes all. `order_by` stands in for the queryset's own ordering.

    With `values` or `values_dict` the rows are dicts of these fields and expressions and of the join's lookups, else
    model instances. Aggregates in `values_dict` are grouped by the lookups and `values`. A queryset that groups by
    itself is taken as it is.

    One instance may serve all requests. `ValueError` and `TypeError` say which argument is wrong.
    """

    __slots__ = ("limit", "on", "order_by", "queryset", "to_attr", "values", "values_dict")
    sync_equivalent = True

    queryset: Any
    to_attr: str
    values: tuple[str, ...] | None
    values_dict: Mapping[str, Any] | None
    limit: int | None
    order_by: tuple[Any, ...] | None
    on: Mapping[str, str]

    def __init__(
        self,
        queryset: "Source",
        to_attr: str,
        values: Sequence[str] | None = None,
        values_dict: Mapping[str, Any] | None = None,
        limit: int | None = 1,
        order_by: str | Sequence[Any] | None = None,
        *,
        on: Mapping[str, str] | None = None,
        **queries: str,
    ) -> None:
        if not isinstance(to_attr, str) or not to_attr.isidentifier():
            raise ValueError(f"PostFetch: to_attr is the name of an attribute, not {to_attr!r}.")
        where = f"PostFetch(to_attr={to_attr!r})"
        if isinstance(queryset, QuerySet | Manager | RawQuerySet):
            check_queryset(where, queryset)
        elif isinstance(queryset, type) or not callable(queryset):
            what = queryset.__name__ if isinstance(queryset, type) else type(queryset).__name__
            raise TypeError(f"{where}: queryset is a QuerySet, a Manager or a callable that gets the view, not {what}.")
        if limit is not None:
            if isinstance(limit, bool) or not isinstance(limit, int):
                raise TypeError(f"{where}: limit is an int or None, not {limit!r}.")
            if limit < 1:
                raise ValueError(f"{where}: limit is at least 1, not {limit}; None takes all.")
        join = _mapping(where, "on", on or {}) | _mapping(where, "the join", queries)
        if not all(isinstance(value, str) for value in join.values()):
            raise TypeError(f"{where}: the join maps lookups to names of attributes, both text: {join!r}.")
        if not join:
            raise ValueError(f"{where}: there is no join. Name one, such as product_id='id'.")
        if values is not None:
            values = _names(where, "values", values)
        if order_by is not None:
            order_by = (
                (order_by,) if isinstance(order_by, str) or not isinstance(order_by, Sequence) else tuple(order_by)
            )
        set_once = object.__setattr__
        set_once(self, "queryset", queryset)
        set_once(self, "to_attr", to_attr)
        set_once(self, "values", values)
        set_once(self, "values_dict", None if values_dict is None else _mapping(where, "values_dict", values_dict))
        set_once(self, "limit", limit)
        set_once(self, "order_by", order_by)
        set_once(self, "on", MappingProxyType(join))

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"PostFetch is immutable; {name} cannot be set.")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"PostFetch is immutable; {name} cannot be deleted.")

    def __repr__(self) -> str:
        return f"PostFetch(to_attr={self.to_attr!r}, limit={self.limit!r}, on={dict(self.on)!r})"

    def fetch(self, items: Iterable[Any], *, view: Any = None) -> list[Any]:
        """Attaches to the items, and returns them as a list; one query, none where no item has a key."""
        base = list(items)
        self._refuse_fields(base)
        keys = [self._key(item) for item in base]
        found: Mapping[Key, list[Any]] = {}
        if any(None not in key for key in keys):
            join = Join(self, self._rows_of(view))
            keys = [join.converted(key) for key in keys]
            found = join.rows(set(keys))
        for item, key in zip(base, keys, strict=True):
            self._attach(item, found.get(key, ()))
        return base

    async def afetch(self, items: Iterable[Any], *, view: Any = None) -> list[Any]:
        """The async twin of `fetch`; at most one crossing, none for items that have no key."""
        if isinstance(items, list | tuple) and all(map(self._has_plainly_no_key, items)):
            return self.fetch(items, view=view)
        return await in_thread(self.fetch, items, view=view)

    def _has_plainly_no_key(self, item: Any) -> bool:
        """Whether the item says so without anything that could block, such as a deferred field."""
        values = item if isinstance(item, Mapping) else getattr(item, "__dict__", {})
        known = isinstance(item, Mapping) or all(name in values for name in self.on.values())
        return known and any(values.get(name) is None for name in self.on.values())

    def _refuse_fields(self, base: list[Any]) -> None:
        for model in {type(item) for item in base if isinstance(item, Model)}:
            try:
                model._meta.get_field(self.to_attr)
            except FieldDoesNotExist:
                continue
            raise ValueError(f"to_attr={self.to_attr!r} conflicts with a field on the {model.__name__} model.")

    def _key(self, item: Any) -> Key:
        if isinstance(item, Mapping):
            return tuple(item.get(name) for name in self.on.values())
        try:
            return tuple(getattr(item, name) for name in self.on.values())
        except AttributeError as error:
            missing = next((name for name in self.on.values() if not hasattr(item, name)), error.name)
            raise AttributeError(
                f"PostFetch(to_attr={self.to_attr!r}): {type(item).__name__} has no attribute {missing!r} to join by.",
                name=missing,
                obj=item,
            ) from error

    def _rows_of(self, view: Any) -> QuerySet[Any]:
        queryset = self.queryset
        if not isinstance(queryset, QuerySet | Manager):
            queryset = queryset(view)
            where = f"PostFetch(to_attr={self.to_attr!r})"
            if not isinstance(queryset, QuerySet | Manager | RawQuerySet):
                made = type(queryset).__name__
                raise TypeError(f"{where}: the callable returned {made}; return a QuerySet or a Manager.")
            check_queryset(where, queryset)
        rows: QuerySet[Any] = queryset.all()
        return rows

    def _attach(self, item: Any, rows: Sequence[Any]) -> None:
        own = [dict(row) if isinstance(row, dict) else row for row in rows[: self.limit]]
        value = own if self.limit != 1 else next(iter(own), None)
        if isinstance(item, Mapping):
            item[self.to_attr] = value  # type: ignore[index]
        else:
            setattr(item, self.to_attr, value)


def check_queryset(where: str, queryset: Any) -> None:
    """`ValueError` for a queryset to which neither a filter nor a limit can be added."""
    if isinstance(queryset, RawQuerySet):
        raise ValueError(f"{where}: a raw queryset cannot be filtered by the join.")
    if isinstance(queryset, QuerySet):
        if queryset.query.combinator:
            raise ValueError(f"{where}: a {queryset.query.combinator} of querysets cannot be filtered by the join.")
        if queryset.query.is_sliced:
            raise ValueError(f"{where}: the queryset is sliced, for all base objects together. Use limit.")


def _mapping(where: str, what: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
        raise TypeError(f"{where}: {what} is a mapping with text as keys, not {value!r}.")
    return dict(value)


def _names(where: str, what: str, value: Any) -> tuple[str, ...]:
    if isinstance(value, str) or not isinstance(value, Sequence) or not all(isinstance(name, str) for name in value):
        raise TypeError(f"{where}: {what} is a sequence of names, not {value!r}.")
    return tuple(value)
