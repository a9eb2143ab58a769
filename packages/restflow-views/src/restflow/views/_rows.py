"""The rows of a listing as model instances, for which `Model.__init__` runs once, not once a row.

Of a model that leaves making instances to Django, all that differs from row to row are the columns in `__dict__`. So
Django makes the first instance, and the others are made like it. They are equal in everything to Django's own; where
anything could tell them apart, such as a signal's receiver, Django makes them all.
"""

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from django.db.models import Model, QuerySet
from django.db.models.base import ModelState
from django.db.models.fields.related_descriptors import ForeignKeyDeferredAttribute
from django.db.models.query import ModelIterable
from django.db.models.query_utils import DeferredAttribute
from django.db.models.signals import post_init, pre_init


def _django_s(method: Any) -> Any:
    """The method, or `None` where a project has put another in its place, which then runs for every row."""
    module = getattr(method, "__globals__", {}).get("__name__", "")
    return method if module.startswith("django.db.models.") else None


_INIT = _django_s(Model.__init__)
_FROM_DB = _django_s(Model.from_db.__func__)  # type: ignore[attr-defined]
_ITER = _django_s(ModelIterable.__iter__)
_IN_DICT = {DeferredAttribute, ForeignKeyDeferredAttribute}
"""Descriptors that keep what they are given in `__dict__`, as it is."""


def quick(queryset: Any) -> Any:
    """The same queryset, whose instances cost less to make; anything else as it is."""
    if (
        not isinstance(queryset, QuerySet)
        or queryset._iterable_class is not ModelIterable
        or queryset._result_cache is not None
    ):
        return queryset
    copy = queryset._chain()  # type: ignore[attr-defined]
    copy._iterable_class = RowIterable
    return copy


def fetched(rows: Any) -> list[Any]:
    """All of the rows; a queryset that is not read yet keeps them, as it does when someone iterates over it."""
    copy = quick(rows)
    made = list(copy)
    if copy is not rows:
        rows._result_cache, rows._prefetch_done = copy._result_cache, copy._prefetch_done
    return made


class RowIterable(ModelIterable):  # type: ignore[type-arg]  # it has none at run time
    """Django's iterable over the model instances of a queryset."""

    def __iter__(self) -> Iterator[Any]:
        model: Any = self.queryset.query.model
        columns = tuple(field.attname for field in model._meta.concrete_fields)
        return self._alike(columns) if _are_plain(self.queryset, columns) else super().__iter__()

    def _alike(self, columns: tuple[str, ...]) -> Iterator[Any]:
        queryset = self.queryset
        model: Any = queryset.query.model
        compiler = queryset.query.get_compiler(using=queryset.db)
        results = compiler.execute_sql(chunked_fetch=self.chunked_fetch, chunk_size=self.chunk_size)
        rows = compiler.results_iter(results)
        first = next(rows, None)
        if first is None:
            return
        mode = {"fetch_mode": queryset._fetch_mode} if hasattr(queryset, "_fetch_mode") else {}  # from Django 6.1
        instance = model.from_db(queryset.db, columns, first, **mode)
        state = {name: value for name, value in vars(instance._state).items() if name != "fields_cache"}
        yield instance
        yield from _maker(model, columns, tuple(state))(rows, *state.values())


@cache
def _maker(model: Any, columns: tuple[str, ...], state: tuple[str, ...]) -> Callable[..., Iterator[Any]]:
    """Generates `alike(rows, *values)`: an instance for each row, whose `_state` has these values of `state`.

    It is code of straight assignments, since a loop over the columns costs as much as all the rest.
    """
    source = [
        f"def alike(rows, {', '.join(f'state_{name}' for name in state)}):",
        "    for row in rows:",
        "        instance = new(model)",
        "        instance._state = state = new(ModelState)",
        *(f"        state.{name} = state_{name}" for name in state),
        "        values = instance.__dict__",
        f"        {', '.join(f'values[{name!r}]' for name in columns)}, = row",
        "        yield instance",
    ]
    names: dict[str, Any] = {"new": object.__new__, "model": model, "ModelState": ModelState}
    exec("\n".join(source), names)
    alike: Callable[..., Iterator[Any]] = names["alike"]
    return alike


def _are_plain(queryset: Any, columns: tuple[str, ...]) -> bool:
    """Whether the rows hold the model's columns and nothing else, and nobody follows how instances are made."""
    query = queryset.query
    return (
        not (query.select_related or query.annotation_select or query.extra_select or query.combinator)
        and query.default_cols
        and query.deferred_loading == (frozenset(), True)
        and not queryset._known_related_objects
        and not getattr(getattr(queryset, "_fetch_mode", None), "track_peers", False)
        and ModelIterable.__iter__ is _ITER
        and _keeps(query.model, columns)
        and not pre_init.has_listeners(query.model)
        and not post_init.has_listeners(query.model)
    )


def _keeps(model: Any, columns: tuple[str, ...]) -> bool:
    """Whether making an instance does no more than setting its columns in `__dict__`.

    Any of this may be replaced while the process runs, so it is asked for each listing.
    """
    return (
        model.__init__ is _INIT
        and super(Model, model).__init__ is object.__init__  # Django calls what comes after it
        and getattr(model.from_db, "__func__", None) is _FROM_DB
        and type(model).__call__ is type.__call__
        and model.__new__ is object.__new__
        and model.__setattr__ is object.__setattr__
        and {type(getattr(model, name, None)) for name in columns} <= _IN_DICT
    )
