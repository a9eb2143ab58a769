"""What is remembered of loaded instances, and the states of a row around a change.

Columns that rules refer to are remembered when an instance is loaded; what a save wrote becomes the remembered state
when it is committed.
"""

import functools
import threading
from collections.abc import Callable
from operator import itemgetter
from typing import Any

from django.db.models import Model
from django.db.models.fields import NOT_PROVIDED

from restflow.caching.rules._registry import registry
from restflow.caching.rules._states import State, forget_columns, is_expression, needed_columns, select

LOADED = "restflow_loaded"
"""The attribute of an instance's `_state` that holds the columns as loaded."""

_watched: dict[type[Model], "Watch"] = {}
_lock = threading.RLock()


class Watch:
    """What is remembered of one model class."""

    __slots__ = ("columns", "pk", "read")

    def __init__(self, cls: type[Model]) -> None:
        rules = registry.rules_for(cls)
        needed = needed_columns(cls, [path for rule in rules for path in rule.paths])
        pk = cls._meta.pk
        assert pk is not None
        self.pk = pk.attname
        all_columns = [field.attname for field in cls._meta.concrete_fields]
        self.columns: tuple[str, ...] = tuple(
            name for name in all_columns if needed is None or name in needed or name == self.pk
        )
        only = self.columns[0]
        self.read: Callable[[dict[str, Any]], tuple[Any, ...]] = (
            itemgetter(*self.columns) if len(self.columns) > 1 else lambda values: (values[only],)
        )
        """The values of the columns in an instance's `__dict__`; raises `KeyError` for deferred ones."""


def watch_of(cls: type[Model]) -> Watch:
    """What is remembered of a class; worked out when it is first needed, and after the rules changed."""
    found = _watched.get(cls)
    if found is None:
        with _lock:
            found = _watched[cls] = Watch(cls)
    return found


def forget_watches() -> None:
    """The rules changed."""
    with _lock:
        _watched.clear()
        forget_columns()


def remember(instance: Model, watch: Watch) -> None:
    """An instance was just made from its row: keeps the watched columns, as a tuple, which is the cheapest."""
    state: Any = instance._state
    try:
        state.restflow_loaded = (watch.columns, watch.read(instance.__dict__))
    except KeyError:  # deferred columns
        values = instance.__dict__
        state.restflow_loaded = {name: values[name] for name in watch.columns if name in values}


def loaded_state(instance: Model) -> State | None:
    """The columns as loaded or last committed; `None` where the instance did not come from the database."""
    kept: Any = instance._state.__dict__.get(LOADED)
    if type(kept) is tuple:
        kept = instance._state.__dict__[LOADED] = dict(zip(*kept, strict=True))
    state: State | None = kept
    return state


def before_change(instance: Model, using: str, watch: Watch, *, adding: bool) -> State | None:
    """The row as the database has it; `None` where there is none. Asks for what is not known."""
    pk = instance.pk
    loaded: State = loaded_state(instance) or {}
    known = (
        not instance._state.adding
        and loaded.get(watch.pk) == pk
        and instance._state.db in (None, using)
        and not any(is_expression(value) for value in loaded.values())
    )
    if known:
        missing = [name for name in watch.columns if name not in loaded]
        if missing:
            found = select(type(instance), using, pk, missing)
            return None if found is None else {**loaded, **found}
        return loaded
    if pk is None or (adding and _always_inserts(instance)):
        return None
    return select(type(instance), using, pk, watch.columns)


def _always_inserts(instance: Model) -> bool:
    """Whether Django saves a new instance without looking for its row: its primary key has a default."""
    pk = instance._meta.pk
    return (
        instance._state.adding
        and pk is not None
        and (pk.has_default() or getattr(pk, "db_default", NOT_PROVIDED) is not NOT_PROVIDED)
    )


def written(
    instance: Model,
    watch: Watch,
    before: State | None,
    update_fields: "frozenset[str] | None",
    using: str,
    expressions: frozenset[str],
) -> State:
    """The row after a save: what was written comes from the instance, the rest stayed.

    Where the database cannot return what it computed, Django defers a column that was given as an expression.
    """
    values = instance.__dict__
    after = dict(before or {})
    names = attnames(type(instance), update_fields) if update_fields is not None else None
    unknown = []
    for name in watch.columns:
        if name == watch.pk or names is None or name in names or name not in after:
            value = values.get(name, MISSING)
            if value is MISSING and name in after and name not in expressions:
                continue
            if value is MISSING or is_expression(value):
                unknown.append(name)
            else:
                after[name] = value
    if unknown:
        after.update(select(type(instance), using, instance.pk, unknown) or {})
    return after


MISSING = object()


@functools.lru_cache(maxsize=1024)
def attnames(cls: type[Model], names: frozenset[str]) -> frozenset[str]:
    """The columns of named fields."""
    return frozenset(field.attname for field in cls._meta.concrete_fields if {field.name, field.attname} & names)


def current_states(instance: Model, using: str) -> tuple[State | None, State]:
    """The loaded and the present state of an instance that nothing is known to have happened to."""
    watch = watch_of(type(instance))
    loaded = loaded_state(instance)
    values = instance.__dict__
    present = {name: values[name] for name in watch.columns if name in values}
    missing = [name for name in watch.columns if name not in present or is_expression(present[name])]
    if missing and instance.pk is not None:
        present.update(select(type(instance), using, instance.pk, missing) or {})
    return (None if loaded is None or any(map(is_expression, loaded.values())) else {**present, **loaded}), present


def reloaded(instance: Model, fields: Any) -> None:
    """What `refresh_from_db` has read is the loaded state from then on."""
    cls = type(instance)
    watch = watch_of(cls)
    loaded = loaded_state(instance)
    if loaded is None:
        loaded = instance._state.__dict__[LOADED] = {}
    names = None if fields is None else attnames(cls, frozenset(fields))
    loaded.update(
        {
            name: instance.__dict__[name]
            for name in watch.columns
            if name in instance.__dict__ and (names is None or name in names or name == watch.pk)
        }
    )
