"""Backends that run a task while it is enqueued: the task then knows that it is on its caller's thread."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from restflow.caching.dispatchers.base import InPlaceError, run_in_place


class Caller:
    """Somebody who is enqueueing, and the error of what was run meanwhile."""

    def __init__(self) -> None:
        self._thread = threading.get_ident()
        self.error: InPlaceError | None = None

    @property
    def is_here(self) -> bool:
        """Whether this is its thread: a thread that a backend starts may have inherited its context."""
        return self._thread == threading.get_ident()

    def run(self, name: str, rule_ids: list[str], rule_kwargs: Any, context: dict[str, Any]) -> None:
        """Runs rules for it, and keeps its connections open."""
        try:
            run_in_place(name, rule_ids, rule_kwargs, context)
        except InPlaceError as error:
            self.error = error  # the backend keeps the result to itself
            raise


_caller: ContextVar[Caller | None] = ContextVar("restflow_tasks_caller", default=None)


@contextmanager
def enqueueing() -> Iterator[Caller]:
    """While this is open, a task that runs on this thread runs in place of its caller."""
    caller = Caller()
    token = _caller.set(caller)
    try:
        yield caller
    finally:
        _caller.reset(token)


def caller() -> Caller | None:
    """Who is enqueueing on this thread."""
    found = _caller.get()
    return found if found is not None and found.is_here else None
