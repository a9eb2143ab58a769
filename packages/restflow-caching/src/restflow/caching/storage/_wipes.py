"""Wipes: the loss of generations makes every entry that depends on them unservable."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.core.cache.backends.base import BaseCache

from restflow.caching import _transactions, signals, stats
from restflow.caching.storage import _ops
from restflow.caching.storage._doors import NOTHING_TO_SEE, AsyncDoor, Door, Look, SyncDoor
from restflow.caching.storage._entries import new_token
from restflow.core import finish


class Wipe(NamedTuple):
    """What of one function becomes unservable, and what that means in words of its arguments."""

    wrapper: Any
    tokens: tuple[str, ...] = ()
    """Keys of generations to delete."""
    marks: tuple[str, ...] = ()
    """Keys of marks to renew."""
    entries: tuple[str, ...] = ()
    """Keys of entries to delete besides."""
    partitions: tuple[dict[str, Any], ...] = ()


@dataclass(slots=True)
class _Group:
    """The wipes of one cache alias and version: so many round trips, whatever their number."""

    dead: dict[str, None] = field(default_factory=dict)
    marks: dict[float | None, set[str]] = field(default_factory=lambda: defaultdict(set))

    def add(self, wipe: Wipe) -> None:
        self.dead.update(dict.fromkeys((*wipe.tokens, *wipe.entries)))
        if wipe.marks:
            self.marks[wipe.wrapper.mark_ttl].update(wipe.marks)


async def wipe_flow(door: Door, wipes: Iterable[Wipe], reason: str) -> None:
    """Makes entries unservable; a round trip for each alias and version. Raises what the backend raises.

    An explicit wipe inside a transaction is repeated after the commit: another process may cache old rows in between.
    """
    wipes = list(wipes)
    groups: dict[tuple[str, int], _Group] = defaultdict(_Group)
    for wipe in wipes:
        groups[wipe.wrapper.alias, wipe.wrapper.version].add(wipe)
    for (alias, version), group in groups.items():
        await door.step(alias, _look(alias, version, group, reason), _apply, version, group)
    for wipe in wipes:
        stats.count(wipe.wrapper, "wipes")
        signals.send(
            signals.cache_invalidated, wipe.wrapper, partitions=[dict(p) for p in wipe.partitions], reason=reason
        )


async def _apply(io: _ops.IO, cache: BaseCache, seen: None, version: int, group: _Group) -> None:
    # marks first: a computation under way must find itself superseded before its older entry is gone
    for ttl, marks in group.marks.items():
        if len(marks) == 1:
            await io.call(cache.set, cache.aset, *marks, new_token(), timeout=ttl, version=version)
        else:
            renewed = {mark: new_token() for mark in marks}
            await io.call(cache.set_many, cache.aset_many, renewed, timeout=ttl, version=version)
    if group.dead:
        await io.call(cache.delete_many, cache.adelete_many, list(group.dead), version=version)


def _look(alias: str, version: int, group: _Group, reason: str) -> Look:
    if reason != "explicit":
        return NOTHING_TO_SEE
    return Look(
        _repeat_after_commit, (alias, version, group), _transactions.may_be_open, _transactions.in_caller_of_async
    )


def _repeat_after_commit(alias: str, version: int, group: _Group) -> None:
    def again() -> None:
        finish(_apply(_ops.SYNC, _ops.backend(alias), None, version, group))

    _transactions.after_commit(again)


def wipe(wipes: Iterable[Wipe], reason: str = "explicit") -> None:
    """The sync door."""
    finish(wipe_flow(SyncDoor(), wipes, reason))


async def awipe(wipes: Iterable[Wipe], reason: str = "explicit") -> None:
    """The async door."""
    await wipe_flow(AsyncDoor(), wipes, reason)
