"""Which transactions an action runs in: those of `ATOMIC_REQUESTS`, and the one that `atomic = True` asks for.

Django refuses `ATOMIC_REQUESTS` for async views, since a transaction cannot span awaits. restflow's async views tell it
that no alias concerns them (`TakenOver`) and open the transactions themselves, around the one crossing of an action.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import Any

from django.db import connections, router, transaction
from django.db.models import Manager, QuerySet

from restflow.core import finish
from restflow.responses._work import SyncWork

UNSAFE_METHODS = frozenset({"POST", "PUT", "PATCH", "DELETE"})


class TakenOver(set[str]):
    """`view._non_atomic_requests`: to Django every alias is in it; its elements are those that the user has named."""

    def __contains__(self, alias: object) -> bool:
        return True

    def names(self, alias: str) -> bool:
        """Whether `transaction.non_atomic_requests` was applied for this alias."""
        return super().__contains__(alias)


class Transactions:
    """The transactions of one action or sync handler: a context for its crossing, and the refusal of async steps."""

    def __init__(self, view: Any, requested: list[str], declared: bool) -> None:
        self.view = view
        self.requested = requested
        self.declared = declared

    def __call__(self) -> AbstractContextManager[None]:
        return self._transactions()

    @contextmanager
    def _transactions(self) -> Iterator[None]:
        aliases = list(self.requested)
        if self.declared and (alias := write_alias(self.view)) not in aliases:
            aliases.append(alias)
        with ExitStack() as stack:
            for alias in aliases:
                stack.enter_context(transaction.atomic(using=alias))
            yield

    def refuse(self, step: str) -> RuntimeError:
        """The error for an async step: what, where, under which database's transaction, and the ways out."""
        why = f"ATOMIC_REQUESTS of the database {', '.join(map(repr, self.requested))}" if self.requested else "atomic"
        view = type(self.view).__qualname__
        action = getattr(self.view, "action", None)
        return RuntimeError(
            f"{view}{f' ({action})' if action else ''}: {step} is async and cannot run in the transaction that {why} "
            f"asks for, since a transaction cannot span awaits. Set atomic = False, or make it a sync method."
        )


def transactions(view: Any) -> Transactions | None:
    """The transactions that the current request's action is to run in; `None` for none."""
    if view.atomic is False:
        return None
    taken: TakenOver | None = view._transactions_taken_over
    requested = []
    if taken is not None:
        requested = [
            alias
            for alias, database in connections.settings.items()
            if database["ATOMIC_REQUESTS"] and not taken.names(alias)
        ]
    declared = view.atomic is True and view.request.method in UNSAFE_METHODS
    return Transactions(view, requested, declared) if requested or declared else None


def write_alias(view: Any) -> str:
    """The database that the view writes to: the one its queryset is bound to, else the router's choice.

    Asks `get_queryset()` where the attribute tells nothing, so it belongs into the thread.
    """
    queryset = getattr(view, "queryset", None)
    if not isinstance(queryset, QuerySet | Manager) and hasattr(view, "get_queryset"):
        if queryset is None and not _overrides_get_queryset(view):
            return "default"
        from restflow.views._steps import GET_QUERYSET

        queryset = finish(SyncWork("get_queryset()").hook(GET_QUERYSET, view))
    if not isinstance(queryset, QuerySet | Manager):
        return "default"
    return queryset._db or router.db_for_write(queryset.model)  # type: ignore[union-attr]


def _overrides_get_queryset(view: Any) -> bool:
    definer = next(klass for klass in type(view).__mro__ if "get_queryset" in klass.__dict__)
    return definer.__module__.partition(".")[0] not in ("restflow", "rest_framework")
