"""Tasks of the database backend whose worker was killed.

The framework has no word for them, and django-tasks-db leaves them "running" for ever. So a task that has been
running for longer than `RETRY_AFTER` seconds is put back on the queue: running it twice is harmless. Workers look for
such tasks while they work; and since the killed worker may have held the last one, a task that does nothing but look
is enqueued for later, one in a while, for as long as there is work.
"""

import logging
import threading
import time
from datetime import timedelta
from typing import Any

from django.apps import apps
from django.db import router, transaction
from django.utils import timezone

from restflow.dispatch.tasks._framework import framework, is_database

logger = logging.getLogger("restflow.caching.dispatch")

_last: dict[tuple[str, ...], float] = {}
_lock = threading.Lock()


def retry_after() -> float:
    """Seconds after which a running task is taken to be abandoned."""
    from restflow.dispatch.tasks.dispatcher import DjangoTasksDispatcher

    return float(DjangoTasksDispatcher.settings()["RETRY_AFTER"])


def prepare_connection(backend: Any) -> None:
    """Where tasks go to a database: a connection that its restart has broken is opened anew.

    Raises `RuntimeError` where it is in a transaction: a rollback would take the task with it.
    """
    if not is_database(backend):
        return
    using = router.db_for_write(_model())
    connection = transaction.get_connection(using)
    if connection.in_atomic_block:
        raise RuntimeError(
            f"The database of the tasks, {using!r}, is in a transaction that may be rolled back, and the change of the "
            f"other database is committed already."
        )
    if connection.errors_occurred and not connection.is_usable():
        connection.close()


def watch(task: Any) -> None:
    """After a task was enqueued: somebody will look whether it was abandoned."""
    if is_database(task.get_backend()) and _is_time("watch", task.backend, task.queue_name, every=retry_after() / 2):
        try:
            _look_later(task)
        except Exception:  # the work itself is accepted
            logger.exception("No task could be enqueued that looks for abandoned ones.")


def sweep(result: Any, *, at_once: bool = False) -> None:
    """In a worker: puts abandoned tasks back, and sees that somebody looks again while there is work."""
    task = result.task
    if not is_database(task.get_backend()):
        return
    if not _is_time("sweep", task.backend, every=retry_after() / 4) and not at_once:
        return
    try:
        _sweep(result)
    except Exception:  # whatever the database says, the rules of this task are to be run
        logger.exception("Abandoned tasks could not be looked for.")


def _sweep(result: Any) -> None:
    from restflow.dispatch.tasks import worker

    model, task = _model(), result.task
    work, looks = worker.run_cache_rules.module_path, worker.look_after.module_path
    status = framework().TaskResultStatus
    ours = model._base_manager.using(router.db_for_write(model)).filter(
        backend_name=task.backend, task_path__in=(work, looks)
    )
    late = timezone.now() - timedelta(seconds=retry_after())
    found = ours.filter(status=status.RUNNING, started_at__lt=late).exclude(pk=result.id).update(status=status.READY)
    if found:
        logger.warning("%d invalidation tasks were abandoned by their workers, and are run again.", found)
    unfinished = ours.filter(task_path=work, status__in=(status.READY, status.RUNNING)).exclude(pk=result.id)
    if unfinished.exists() and not ours.filter(task_path=looks, status=status.READY).exists():
        _look_later(task)


def _look_later(task: Any) -> None:
    from restflow.dispatch.tasks import worker

    later = timezone.now() + timedelta(seconds=retry_after() + 1)
    worker.look_after.using(backend=task.backend, queue_name=task.queue_name, run_after=later).enqueue()


def _is_time(*what: str, every: float) -> bool:
    now = time.monotonic()
    with _lock:
        last = _last.get(what)
        if last is not None and now - last < every:
            return False
        _last[what] = now
        return True


def _model() -> Any:
    label = "django_tasks_database"  # of a package that only some projects have
    return apps.get_model(label, "DBTaskResult")
