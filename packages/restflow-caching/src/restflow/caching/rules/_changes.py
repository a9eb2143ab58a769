"""One change of one row, and the work that rules make of it."""

import copy
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Model

from restflow.caching import signals
from restflow.caching.rules._collect import Custom, Due, Written, record
from restflow.caching.rules._registered import EVERYTHING, Kwargs, RegisteredRule
from restflow.caching.rules._registry import registry
from restflow.caching.rules._states import Row, State, column_of
from restflow.caching.rules.rule import SignalTypes

logger = logging.getLogger("restflow.caching.invalidation")

Work = Due | Custom | Written


@dataclass(slots=True)
class Change:
    """What happened to one row."""

    instance: Model
    using: str
    before: State | None
    after: State | None
    created: bool
    signal_type: SignalTypes
    update_fields: frozenset[str] | None
    only: tuple[RegisteredRule, ...] | None
    expressions: frozenset[str]
    """Columns that were given as expressions, whose value always counts as another one."""

    @property
    def pk(self) -> Any:
        """The primary key."""
        return self.instance.pk

    def rows(self) -> list[Row]:
        """The states, each of which a rule may have to wipe by."""
        states = [state for state in (self.before, self.after) if state is not None]
        if len(states) == 2 and states[0] == states[1]:
            del states[0]
        return [Row(self.instance, state, self.using) for state in states]


def change(
    instance: Model,
    using: str,
    *,
    before: State | None,
    after: State | None,
    created: bool,
    signal_type: SignalTypes,
    update_fields: Iterable[str] | None = None,
    only: tuple[RegisteredRule, ...] | None = None,
    expressions: frozenset[str] = frozenset(),
) -> Change:
    """A change of one row."""
    listed = None if update_fields is None else frozenset(update_fields)
    return Change(instance, using, before, after, created, signal_type, listed, only, expressions)


def record_change(made: Change, written: Written | None = None) -> None:
    """Notes the work of every rule that a change concerns."""
    work: list[Work] = work_of(made)
    if written is not None:
        work.append(written)
    if work:
        record(made.using, work)


def work_of(made: Change) -> list[Work]:
    """The work that rules make of a change."""
    work: list[Work] = []
    rows: list[Row] | None = None
    for registered in made.only or registry.rules_for(type(made.instance)):
        rule = registered.rule
        if rule.using is not None and rule.using != made.using:
            continue
        if made.created and not rule.trigger_on_create:
            continue
        if made.signal_type is SignalTypes.POST_SAVE and not made.created and not _watched_changed(registered, made):
            continue
        if rows is None:
            rows = made.rows()
        if (
            rule.invalidate_when
            and made.signal_type is not SignalTypes.MANUAL
            and not any(map(registered.fires_for, rows))
        ):
            continue
        if rule.invalidator is not None:
            work.append(Custom(registered, copy.copy(made.instance), _extras(made)))
        else:
            earlier: Kwargs | None = None
            for row in rows:
                kwargs = _kwargs_of(registered, row)
                if kwargs is not None and not _same(kwargs, earlier):
                    work.append(Due(registered, kwargs, made.pk, made.signal_type))
                    earlier = kwargs
                if not registered.mapping:
                    break
    return work


def _kwargs_of(registered: RegisteredRule, row: Row) -> Kwargs | None:
    try:
        return registered.kwargs_of(row)
    except TypeError as error:
        logger.error("%s Everything of the function is wiped.", error)
        signals.send(signals.invalidation_failed, registered.wrapper, rule_id=registered.id, exception=error)
        return EVERYTHING


def _same(left: Kwargs, right: Kwargs | None) -> bool:
    """Whether both states ask for the same wipe; `1` and `True` are equal, and do not."""
    return left == right and [*map(type, left.values())] == [*map(type, right.values())]


def _extras(made: Change) -> dict[str, Any]:
    return {
        "signal_type": made.signal_type,
        "instance_created": made.created,
        "update_fields": made.update_fields,
        "using": made.using,
    }


def _watched_changed(registered: RegisteredRule, made: Change) -> bool:
    watched = registered.rule.watch_fields
    if watched is None:
        return True
    model = type(made.instance)
    if made.update_fields is not None:
        names = {column_of(model, name) or name for name in made.update_fields} | made.update_fields
        return any(name in names or column_of(model, name) in names for name in watched)
    if made.before is None or made.after is None:
        return True
    before, after = made.before, made.after
    for name in watched:
        column = column_of(model, name)
        if column is None or column not in before or column not in after:
            return True
        if before[column] != after[column] or column in made.expressions:
            return True
    return False
