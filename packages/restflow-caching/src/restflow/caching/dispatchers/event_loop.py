"""The dispatcher that does the work as tasks of an event loop."""

import asyncio
import contextvars
import logging
import os
import threading
import time
from collections.abc import Coroutine
from typing import Any

from asgiref.sync import SyncToAsync

from restflow.caching.dispatchers.base import Dispatcher, run_in_place

logger = logging.getLogger("restflow.caching.dispatch")

_running: set[object] = set()
_changed = threading.Condition()


class AsyncIODispatcher(Dispatcher):
    """Runs rules as a task of the event loop of this thread, or of the loop that this thread works for.

    The second is where `asave()` and its commit hooks run: a task starts on that loop, and nobody waits for it.
    Without a loop, or where it is closing, the rules run in place.
    """

    name = "asyncio"
    supports_batching = False
    options = ()

    def dispatch(self, *, rule_ids: list[str], rule_kwargs: dict[str, list[dict[str, Any]]], **context: Any) -> None:
        """Starts the task, or runs the rules."""
        loop = _loop_of_this_work()
        if loop is None or loop.is_closed() or not loop.is_running():
            run_in_place(self.name, rule_ids, rule_kwargs, context)
            return
        marker = object()
        with _changed:
            _running.add(marker)
        try:
            if _running_loop() is loop:
                _start(loop, marker, rule_ids, rule_kwargs, context)
            else:
                loop.call_soon_threadsafe(_start, loop, marker, rule_ids, rule_kwargs, context)
        except RuntimeError:  # the loop was closed between the question and the call
            _done(marker)
            run_in_place(self.name, rule_ids, rule_kwargs, context)

    def flush(self, timeout: float) -> bool:
        """Waits for the tasks; on their own loop's thread that would wait for itself, so there it only tells."""
        deadline = time.monotonic() + timeout
        with _changed:
            while _running and _running_loop() is None:
                left = deadline - time.monotonic()
                if left <= 0 or not _changed.wait(left):
                    break
            return not _running


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def _loop_of_this_work() -> asyncio.AbstractEventLoop | None:
    running = _running_loop()
    if running is not None:
        return running
    # asgiref notes, for the thread that `sync_to_async` uses, which loop it works for
    if getattr(SyncToAsync.threadlocal, "main_event_loop_pid", None) != os.getpid():
        return None
    loop: asyncio.AbstractEventLoop | None = getattr(SyncToAsync.threadlocal, "main_event_loop", None)
    return loop


def _start(loop: asyncio.AbstractEventLoop, marker: object, *arguments: Any) -> None:
    # a context of its own: the change's may hold a transaction's or a request's state
    task = contextvars.Context().run(loop.create_task, _run(*arguments))
    _tasks.add(task)
    task.add_done_callback(_tasks.discard)
    task.add_done_callback(lambda _: _done(marker))


_tasks: set["asyncio.Task[None]"] = set()


def _run(rule_ids: list[str], rule_kwargs: Any, context: dict[str, Any]) -> Coroutine[Any, Any, None]:
    from restflow.caching.rules._run import arun_rules

    async def work() -> None:
        try:
            await arun_rules(rule_ids, rule_kwargs, dispatcher_name=AsyncIODispatcher.name, context=context)
        except Exception:
            logger.exception("Invalidation on the event loop failed.")

    return work()


def _done(marker: object) -> None:
    with _changed:
        _running.discard(marker)
        _changed.notify_all()
