"""What a worker runs: the task of the rules, and the one that looks after tasks whose worker was killed.

The module makes tasks when it is imported, so the settings have to be there.
"""

import logging
from datetime import timedelta
from typing import Any

from django.utils import timezone

from restflow.caching import tasks as caching_tasks
from restflow.dispatch.tasks import _in_place, _recovery
from restflow.dispatch.tasks._framework import first_queue, framework
from restflow.dispatch.tasks.dispatcher import DjangoTasksDispatcher

logger = logging.getLogger("restflow.caching.dispatch")

NAME = DjangoTasksDispatcher.name

_tasks = framework()
_block = DjangoTasksDispatcher.settings()
# Tasks are declared on a queue that exists, and then enqueued on the one that each rule names.
_alias, _queue = first_queue(_tasks, _block["BACKEND"], _block["QUEUE"])
_declared: Any = _tasks.task(backend=_alias, queue_name=_queue, takes_context=True)


@_declared  # type: ignore[untyped-decorator]
def run_cache_rules(
    context: Any, rule_ids: list[str], rule_kwargs: dict[str, Any], message: dict[str, Any], attempt: int = 1
) -> None:
    """Runs rules. The framework does not retry, so a failed attempt enqueues the next one before it is told."""
    caller = _in_place.caller()
    if caller is not None:
        caller.run(NAME, rule_ids, rule_kwargs, message)
        return
    result = context.task_result
    _recovery.sweep(result)
    try:
        caching_tasks.run_cache_rules(rule_ids, rule_kwargs, dispatcher_name=NAME, context=message)
    except Exception:
        _try_again(result.task, rule_ids, rule_kwargs, message, attempt)
        raise


def _try_again(
    task: Any, rule_ids: list[str], rule_kwargs: dict[str, Any], message: dict[str, Any], attempt: int
) -> None:
    retries = DjangoTasksDispatcher.settings()["RETRIES"]
    if attempt > retries:
        logger.error("The invalidation by %s failed %d times, and is given up.", ", ".join(rule_ids), attempt)
        return
    if task.get_backend().supports_defer:
        task = task.using(run_after=timezone.now() + timedelta(seconds=2 ** (attempt - 1)))
    task.enqueue(rule_ids, rule_kwargs, message, attempt + 1)


@_declared  # type: ignore[untyped-decorator]
def look_after(context: Any) -> None:
    """Puts tasks back on the queue whose worker was killed."""
    _recovery.sweep(context.task_result, at_once=True)
