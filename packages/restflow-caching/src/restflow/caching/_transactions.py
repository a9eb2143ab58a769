"""What open transactions mean for cached values: a transaction's own changes, and old snapshots.

The changes hang on the connection's own list of commit hooks, and on nothing else: a rollback, of a savepoint too,
or a closed connection drops them, so nothing can leave a connection bypassing the cache for ever.
"""

import asyncio
import threading
from collections.abc import Callable, Iterable
from typing import Any
from weakref import WeakSet, ref

from asgiref.sync import AsyncToSync
from django.core.signals import setting_changed
from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.dispatch import receiver

Token = tuple[str, int, str]
"""Cache alias, version, and key of a generation or mark."""


class Changes:
    """What one transaction, or one of its savepoints, did: the work for after its commit.

    Django's connection holds the only strong reference, in its list of commit hooks.
    """

    __slots__ = ("__weakref__", "_doomed", "_unread", "connection", "done", "flush", "items")

    def __init__(self, connection: BaseDatabaseWrapper, flush: "Callable[[list[Changes]], None]") -> None:
        self.connection = connection
        self.flush = flush
        self.done = False
        self.items: list[Any] = []
        self._doomed: set[Token] = set()
        self._unread = 0

    def __call__(self) -> None:
        """The commit hook: the first of a transaction's does the work of all that survived, at once."""
        if self.done:
            return
        together = [self, *(changes for changes in open_changes(self.connection) if changes is not self)]
        for changes in together:
            changes.done = True
            live.discard(changes)
        _state(self.connection).clear()
        self.flush(together)

    def doomed(self) -> set[Token]:
        """What the work will wipe; worked out when somebody asks."""
        while self._unread < len(self.items):
            item = self.items[self._unread]
            self._unread += 1
            self._doomed.update(item.doomed())
        return self._doomed


live: "WeakSet[Changes]" = WeakSet()
"""Changes of open transactions, of all threads; mostly empty, so that asking costs next to nothing."""


def _state(connection: BaseDatabaseWrapper) -> "dict[tuple[Any, ...], ref[Changes]]":
    state: dict[tuple[Any, ...], ref[Changes]] = connection.__dict__.setdefault("_restflow_changes", {})
    return state


def open_changes(connection: BaseDatabaseWrapper) -> list[Changes]:
    """The changes of the connection's open transaction that no rollback has dropped, in order."""
    found = (reference() for reference in _state(connection).values())
    return [changes for changes in found if changes is not None and not changes.done]


def changes_for(using: str, flush: Callable[[list[Changes]], None]) -> Changes:
    """Where to note a change on that database: a rollback to the current savepoint will drop it.

    In autocommit the work is done when the caller calls the result.
    """
    connection = connections[using]
    if not connection.in_atomic_block:
        return Changes(connection, flush)
    state = _state(connection)
    if not connection.run_on_commit:
        state.clear()
    savepoint = tuple(connection.savepoint_ids)
    reference = state.get(savepoint)
    changes = reference() if reference is not None else None
    if changes is None or changes.done:
        changes = Changes(connection, flush)
        # first in the list of hooks, then in ours: where the hook is refused, nothing is left behind
        transaction.on_commit(changes, using=using)
        state[savepoint] = ref(changes)
        live.add(changes)
    return changes


def is_dirty(alias: str, version: int, tokens: Iterable[str]) -> bool:
    """Whether this thread's open transactions changed what the entry with these generations was made from."""
    if not live:
        return False
    wanted = {(alias, version, token) for token in tokens}
    return any(
        not wanted.isdisjoint(changes.doomed())
        for connection in connections.all(initialized_only=True)
        if connection.in_atomic_block
        for changes in open_changes(connection)
    )


def is_unstorable(alias: str, version: int, tokens: Iterable[str]) -> bool:
    """Whether a value computed now must not enter the cache: uncommitted data, or an old snapshot's."""
    return is_dirty(alias, version, tokens) or any(
        connection.in_atomic_block and _keeps_its_snapshot(connection)
        for connection in connections.all(initialized_only=True)
    )


def _keeps_its_snapshot(connection: BaseDatabaseWrapper) -> bool:
    """Whether a transaction goes on seeing what was committed when it began."""
    if connection.vendor not in ("postgresql", "mysql"):
        return False
    level: Any = getattr(connection, "isolation_level", None)
    if connection.vendor == "mysql":
        # without a level of Django's the server's own holds, which is REPEATABLE READ unless somebody changed it
        return level is None or str(level).lower() in ("repeatable read", "serializable")
    return str(getattr(level, "name", level)).upper().replace(" ", "_") in ("REPEATABLE_READ", "SERIALIZABLE")


def after_commit(callback: Callable[[], None]) -> None:
    """Repeats something after the commit of every transaction that this thread has open."""
    for connection in connections.all(initialized_only=True):
        if connection.in_atomic_block:
            transaction.on_commit(callback, using=connection.alias)


def may_be_dirty() -> bool:
    """Whether any thread has changes open; asked on an event loop before looking at another thread's connections."""
    return bool(live)


def may_be_unstorable() -> bool:
    """The same for storing."""
    return bool(live) or _some_database_keeps_snapshots()


def may_be_open() -> bool:
    """Whether async code may run inside a transaction: only beneath `async_to_sync`, for Django's are sync."""
    return hasattr(AsyncToSync.executors, "current")


async def in_caller_of_async(look: Callable[[], Any]) -> Any:
    """Asks in the thread that waits in `async_to_sync` for this code: it is idle, and has the transaction, if any."""
    return await asyncio.get_running_loop().run_in_executor(AsyncToSync.executors.current, look)


_snapshots: list[bool] = []
_snapshots_lock = threading.Lock()


def _some_database_keeps_snapshots() -> bool:
    with _snapshots_lock:
        if not _snapshots:
            _snapshots.append(any(_is_configured_for_snapshots(settings) for settings in connections.settings.values()))
        return _snapshots[0]


def _is_configured_for_snapshots(settings: dict[str, Any]) -> bool:
    level = settings.get("OPTIONS", {}).get("isolation_level", "default")
    if level == "default":
        return False
    return level is None or str(getattr(level, "name", level)).upper().replace(" ", "_") != "READ_COMMITTED"


@receiver(setting_changed)
def _forget_snapshots(*, setting: str, **kwargs: Any) -> None:
    if setting == "DATABASES":
        with _snapshots_lock:
            _snapshots.clear()
