"""The dispatcher: one job a dispatch, by dotted path, on a queue of `RQ_QUEUES`."""

import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar

from django.core.checks import CheckMessage, Error

from restflow.caching.dispatchers.base import DEFAULT_FUNCTION_PATH, Dispatcher, call_in_place
from restflow.dispatch.rq._queues import configured_queues, open_queue

if TYPE_CHECKING:
    from rq import Queue


class DjangoRqDispatcher(Dispatcher):
    """Enqueues a job of django-rq.

    Options, each also a key of `DISPATCHER_SETTINGS["django_rq"]` in capitals: `queue`, a name of `RQ_QUEUES`
    (`"default"`); `function_path`, what the worker calls; `retries`, how often a failed or abandoned job is run again
    (5); `job_timeout`, seconds that a job may take (60). A queue with `ASYNC = False` does the work in place.
    """

    name = "django_rq"
    durable = True
    options = ("queue", "function_path", "retries", "job_timeout")
    defaults: ClassVar[dict[str, Any]] = {
        "QUEUE": "default",
        "FUNCTION_PATH": DEFAULT_FUNCTION_PATH,
        "RETRIES": 5,
        "JOB_TIMEOUT": 60,
        "RAISE_EXCEPTION": True,
    }

    def validate_config(self) -> None:
        """Refuses what no queue, path, count or time can be; raises `TypeError` or `ValueError`."""
        for option, value in self.config.items():
            _VALID[option](f"DjangoRqDispatcher: {option}", value)
        self._queues: dict[str, tuple[dict[str, Any], Queue]] = {}
        self._lock = threading.Lock()

    def dispatch(self, *, rule_ids: list[str], rule_kwargs: dict[str, list[dict[str, Any]]], **context: Any) -> None:
        """Enqueues the job; raises where the queue is not configured or Redis does not accept it."""
        from rq import Retry

        options = self._options()
        queue = self._queue(options["queue"])
        if not queue.is_async:
            call_in_place(options["function_path"], self.name, rule_ids, rule_kwargs, context)
            return
        retries = options["retries"]
        queue.enqueue_call(
            options["function_path"],
            args=(rule_ids, rule_kwargs),
            kwargs={"dispatcher_name": self.name, "context": context},
            timeout=options["job_timeout"],
            result_ttl=0,  # there is no result to keep for 500 s, and RQ's maintenance reads all that is kept
            retry=Retry(max=retries) if retries else None,
            # RQ would print the arguments, which are somebody's data
            description=f"invalidation by {', '.join(rule_ids)}",
        )

    def batch_key(self) -> tuple[Any, ...]:
        """The class and where, how often and how long a job runs."""
        return (type(self), *self._options().values())

    def check(self) -> Iterator[CheckMessage]:
        """`restflow.E308`: the queue is not in `RQ_QUEUES`."""
        name, known = self._options()["queue"], configured_queues()
        if name not in known:
            yield Error(
                f"The dispatcher 'django_rq' sends to the RQ queue {name!r}, which RQ_QUEUES does not have "
                f"({', '.join(map(repr, known)) or 'it has none'}).",
                hint=f"Add RQ_QUEUES = {{{name!r}: {{'URL': 'redis://localhost:6379/0'}}}} to the settings, or name "
                f"another queue in dispatcher_config or DISPATCHER_SETTINGS['django_rq'].",
                obj=type(self),
                id="restflow.E308",
            )

    def _options(self) -> dict[str, Any]:
        block = self.settings()
        resolved = {option: self.config.get(option, block[option.upper()]) for option in self.options}
        for option, value in resolved.items():
            _VALID[option](f"DISPATCHER_SETTINGS['django_rq'][{option.upper()!r}]", value)
        return resolved

    def _queue(self, name: str) -> "Queue":
        """The queue, kept with its connections for as long as its settings stay as they are."""
        config = configured_queues().get(name)
        with self._lock:
            kept = self._queues.get(name)
            if kept is not None and kept[0] == config:
                return kept[1]
        queue = open_queue(name)
        with self._lock:
            self._queues[name] = (dict(config or {}), queue)
        return queue


def _text(what: str, value: Any) -> None:
    if not isinstance(value, str) or not value:
        raise TypeError(f"{what} must be a name, got {value!r}.")


def _path(what: str, value: Any) -> None:
    _text(what, value)
    if "." not in value:
        raise ValueError(f"{what} must be the dotted path of a function, got {value!r}.")


def _count(what: str, value: Any) -> None:
    if type(value) is not int or value < 0:
        raise ValueError(f"{what} must be an int of 0 or more, got {value!r}.")


def _seconds(what: str, value: Any) -> None:
    if type(value) is not int or value < 1:
        raise ValueError(f"{what} must be a positive number of whole seconds, got {value!r}.")


_VALID = {"queue": _text, "function_path": _path, "retries": _count, "job_timeout": _seconds}
