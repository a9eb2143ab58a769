"""Threads of this process for work that nobody waits for."""

import atexit
import logging
import os
import queue
import threading
import time
from collections.abc import Callable

from django.db import connections

from restflow.caching.settings import CacheSettings

Work = Callable[[], None]


class Workers:
    """A pool of daemon threads that start on demand.

    Database connections are closed after each piece of work; at interpreter exit what is accepted gets
    `SHUTDOWN_TIMEOUT` seconds, and what comes after is refused.
    """

    def __init__(self, name: str, size: int, logger: logging.Logger) -> None:
        self.name = name
        self.size = size
        self._logger = logger
        self._queue: queue.SimpleQueue[Work] = queue.SimpleQueue()
        self._changed = threading.Condition()
        self._unfinished = 0
        self._threads = 0
        self._closed = False
        atexit.register(self._at_exit)

    def submit(self, work: Work) -> bool:
        """Accepts work; `False` once the interpreter is going down."""
        with self._changed:
            if self._closed:
                return False
            self._unfinished += 1
            start = self._threads < min(self.size, self._unfinished)
            if start:
                self._threads += 1
            number = self._threads
        self._queue.put(work)
        if start:
            threading.Thread(target=self._run, name=f"{self.name}-{number}", daemon=True).start()
        return True

    def flush(self, timeout: float) -> bool:
        """Waits until all accepted work is done; `False` where it takes longer than `timeout` seconds."""
        deadline = time.monotonic() + timeout
        with self._changed:
            while self._unfinished:
                left = deadline - time.monotonic()
                if left <= 0 or not self._changed.wait(left):
                    return not self._unfinished
        return True

    def _run(self) -> None:
        while True:
            work = self._queue.get()
            try:
                work()
            except Exception:
                self._logger.exception("Work in the background failed.")
            finally:
                connections.close_all()
                with self._changed:
                    self._unfinished -= 1
                    self._changed.notify_all()

    def _at_exit(self) -> None:
        with self._changed:
            self._closed = True
        self.flush(CacheSettings.current().SHUTDOWN_TIMEOUT)


_pool: list[Workers] = []
_pool_lock = threading.Lock()

RECOMPUTERS = 4


def recomputers() -> Workers:
    """The pool that recomputes stale values of sync functions."""
    with _pool_lock:
        if not _pool:
            _pool.append(Workers("restflow-recompute", RECOMPUTERS, logging.getLogger("restflow.caching")))
        return _pool[0]


# threads do not survive a fork: the child starts its own
os.register_at_fork(after_in_child=_pool.clear)
