"""The task that Celery workers run; a worker has it once this module is imported."""

from typing import Any

from celery import shared_task
from celery.exceptions import Reject
from celery.utils.time import get_exponential_backoff_interval

from restflow.caching.dispatchers.base import InPlaceError, run_in_place
from restflow.caching.tasks import run_cache_rules

TASK_NAME = "restflow.caching.tasks.task_run_cache_rules"
MAX_RETRIES = 5
LONGEST_PAUSE = 60
"""Seconds between two attempts, at most."""


def _task_run_cache_rules(
    self: Any,
    rule_ids: list[str],
    rule_kwargs: dict[str, Any],
    dispatcher_name: str = "celery",
    context: dict[str, Any] | None = None,
    **unknown: Any,
) -> None:
    """Runs invalidation rules. A failure is tried again after a pause, five times, each twice as long; not where
    Celery is eager, and the task runs in the place of its caller."""
    if self.request.is_eager:
        _run_here(dispatcher_name, rule_ids, rule_kwargs, context or {})
        return
    try:
        run_cache_rules(rule_ids, rule_kwargs, dispatcher_name=dispatcher_name, context=context)
    except Exception as error:
        pause = get_exponential_backoff_interval(1, self.request.retries, LONGEST_PAUSE, full_jitter=True)
        try:
            raise self.retry(exc=error, countdown=pause)
        except Reject as refused:
            # Celery drops a message whose next attempt cannot be published, because the broker is away just now
            raise Reject(refused.reason, requeue=True) from error


def _run_here(name: str, rule_ids: list[str], rule_kwargs: dict[str, Any], context: dict[str, Any]) -> None:
    """In the process of the change its database connections stay open."""
    try:
        run_in_place(name, rule_ids, rule_kwargs, context)
    except InPlaceError as error:
        raise error.original from None


task_run_cache_rules = shared_task(
    name=TASK_NAME,
    bind=True,
    # a message is done when its work is done, also where the process that had it was killed
    acks_late=True,
    reject_on_worker_lost=True,
    max_retries=MAX_RETRIES,
    ignore_result=True,
    serializer="json",
)(_task_run_cache_rules)
