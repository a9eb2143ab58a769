"""Leases of persistent threads: the executor of one request's sync work, the pool, and its worker threads."""

import logging
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Executor, Future
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Any, ParamSpec, TypeAlias, TypeVar

from django.db import connections

P = ParamSpec("P")
T = TypeVar("T")
Work: TypeAlias = "tuple[Lease, Future[Any], Callable[[], Any]]"

logger = logging.getLogger(__name__)


class Lease(Executor):
    """One request's claim to a thread: the executor of its `ThreadSensitiveContext`.

    Its attributes are guarded by the pool's lock.
    """

    def __init__(self, pool: "ThreadPool") -> None:
        self.pool = pool
        self.thread: WorkerThread | None = None  # the last one leased, whether or not it is held now
        self.held = False
        self.shared = False  # give the thread back whenever no work is left
        self.unfinished = 0
        self.backlog: list[Work] = []  # submitted while no thread is held

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        future: Future[T] = Future()
        work: Work = (self, future, lambda: fn(*args, **kwargs))
        with self.pool.lock:
            if self.held and self.thread is not None:
                self.thread.queue.put(work)
            else:
                if not self.backlog:
                    self.pool.acquire(self)  # may raise, if the system has no thread to give
                if self.held and self.thread is not None:
                    self.thread.queue.put(work)
                else:
                    self.backlog.append(work)
                    future.add_done_callback(self._withdraw)
            self.unfinished += 1
        return future

    def finished(self) -> None:
        """One piece of work is done, or was cancelled before it began."""
        with self.pool.lock:
            self.unfinished -= 1
            self._settle()

    def share(self) -> None:
        """The response is a stream, or the request is over; running work ends first."""
        with self.pool.lock:
            self.shared = True
            self._settle()

    def _withdraw(self, future: Future[Any]) -> None:
        """Takes work out of the backlog that was cancelled there, and with the last of it the lease out of its queue.

        Called whenever such a future is done, most often because its work is.
        """
        if not future.cancelled():
            return
        with self.pool.lock:
            left = [work for work in self.backlog if work[1] is not future]
            self.unfinished -= len(self.backlog) - len(left)
            if self.backlog and not left:
                self.pool.forget(self)
            self.backlog = left

    def _settle(self) -> None:
        if self.shared and self.held and not self.unfinished:
            self.pool.release(self)


class ThreadPool:
    """At most `size` threads and the leases that wait for one. Every method but `retire` is called under `lock`."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.lock = Lock()
        self.threads: set[WorkerThread] = set()
        self.free: dict[WorkerThread, None] = {}  # the last freed is the first used: its caches are warm
        self.waiting: OrderedDict[Lease, None] = OrderedDict()

    def acquire(self, lease: Lease) -> None:
        """Gives the lease a thread, or queues it."""
        home = lease.thread
        if home is not None and home in self.threads:
            if home in self.free:
                del self.free[home]
                self._give(home, lease)
            else:
                home.returning[lease] = None
        elif self.free:
            self._give(self.free.popitem()[0], lease)
        elif len(self.threads) < self.size:
            thread = WorkerThread(f"restflow-{len(self.threads) + 1}")
            thread.start()
            self.threads.add(thread)
            self._give(thread, lease)
        else:
            self.waiting[lease] = None

    def _give(self, thread: "WorkerThread", lease: Lease) -> None:
        lease.thread, lease.held = thread, True
        for work in lease.backlog:
            thread.queue.put(work)
        lease.backlog.clear()

    def release(self, lease: Lease) -> None:
        """Takes the lease's thread back, for the next in the queue."""
        thread = lease.thread
        assert thread is not None
        lease.held = False
        if thread.returning:
            self._give(thread, thread.returning.popitem(last=False)[0])
        elif self.waiting:
            self._give(thread, self.waiting.popitem(last=False)[0])
        elif thread.retiring:
            self._stop(thread)
        else:
            self.free[thread] = None

    def forget(self, lease: Lease) -> None:
        """Takes a lease out of the queue that it waits in."""
        self.waiting.pop(lease, None)
        if lease.thread is not None:
            lease.thread.returning.pop(lease, None)

    def retire(self) -> "list[WorkerThread]":
        """Ends the free threads, which are returned, and tells the others to end when they are given back."""
        with self.lock:
            free = list(self.free)
            self.free.clear()
            for thread in free:
                self._stop(thread)
            for thread in self.threads:
                thread.retiring = True
        return free

    def _stop(self, thread: "WorkerThread") -> None:
        self.threads.discard(thread)
        thread.queue.put(None)


class WorkerThread(Thread):
    """A thread that does the work of its queue until it gets `None`; then it closes its database connections."""

    def __init__(self, name: str) -> None:
        super().__init__(name=name, daemon=True)  # a daemon: a stuck piece of work must not keep the process alive
        self.queue: SimpleQueue[Work | None] = SimpleQueue()
        self.returning: OrderedDict[Lease, None] = OrderedDict()  # streams that used it and wait for it
        self.retiring = False
        self.ended: Future[None] = Future()

    def run(self) -> None:
        while (work := self.queue.get()) is not None:
            self._do(*work)
            del work  # or an idle thread would keep the last request alive
        try:
            connections.close_all()
        except Exception:
            logger.exception("A thread of PersistentThreads could not close its database connections.")
        finally:
            self.ended.set_result(None)

    def _do(self, lease: Lease, future: Future[Any], call: Callable[[], Any]) -> None:
        if not future.set_running_or_notify_cancel():
            lease.finished()
            return
        # The thread is given back before the request hears of the result, so that it never sees its own stale lease.
        try:
            result = call()
        except BaseException as error:
            lease.finished()
            future.set_exception(error)
            del future  # the traceback refers to this frame
        else:
            lease.finished()
            future.set_result(result)
