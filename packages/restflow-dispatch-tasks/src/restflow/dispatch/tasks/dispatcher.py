"""The dispatcher: one task a dispatch, on a backend of `TASKS`."""

from collections.abc import Iterator
from typing import Any, ClassVar

from django.core.checks import CheckMessage, Error, Warning

from restflow.caching.dispatchers.base import Dispatcher, off_the_loop
from restflow.dispatch.tasks import _in_place
from restflow.dispatch.tasks._framework import framework


class DjangoTasksDispatcher(Dispatcher):
    """Enqueues a task of Django's tasks framework.

    Options, each also a key of `DISPATCHER_SETTINGS["django_tasks"]` in capitals: `backend`, an alias of `TASKS`
    (`"default"`); `queue`, a queue of it (`"default"`); `priority`, -100 to 100 (0), where the backend knows
    priorities. Two keys of the block have no option: `RETRIES` (5), how often a failed task is enqueued again, and
    `RETRY_AFTER` (60), the seconds after which a task is taken to be abandoned by a worker that was killed (database
    backend). A backend that runs tasks at once does the work in place.
    """

    name = "django_tasks"
    durable = True
    options = ("backend", "queue", "priority")
    defaults: ClassVar[dict[str, Any]] = {
        "BACKEND": "default",
        "QUEUE": "default",
        "PRIORITY": 0,
        "RETRIES": 5,
        "RETRY_AFTER": 60,
        "RAISE_EXCEPTION": True,
    }

    def validate_config(self) -> None:
        """Refuses what no name and no priority can be; raises `TypeError` or `ValueError`."""
        for option, value in self.config.items():
            _VALID[option](f"DjangoTasksDispatcher: {option}", value)

    def dispatch(self, *, rule_ids: list[str], rule_kwargs: dict[str, list[dict[str, Any]]], **context: Any) -> None:
        """Enqueues the task; raises where the backend is not configured or does not accept it."""

        def enqueue() -> None:
            from restflow.dispatch.tasks import _recovery

            task = self._task()
            _recovery.prepare_connection(task.get_backend())
            with _in_place.enqueueing() as caller:
                task.enqueue(rule_ids, rule_kwargs, context)
            if caller.error is not None:
                raise caller.error
            _recovery.watch(task)

        off_the_loop(enqueue)

    def batch_key(self) -> tuple[Any, ...]:
        """The class, the backend, the queue and the priority."""
        return (type(self), *self._options().values())

    def check(self) -> Iterator[CheckMessage]:
        """`restflow.E308`: no framework, backend or queue; `restflow.W308`: the backend runs nothing."""
        options = self._options()
        alias = options["backend"]
        problem = hint = ""
        backends: Any = None
        try:
            backends = framework().task_backends
            if alias not in backends.settings:
                problem = f"TASKS has no backend {alias!r}"
                hint = (
                    f"Add TASKS = {{{alias!r}: {{'BACKEND': 'django_tasks_db.DatabaseBackend'}}}} to the settings, or "
                    f"name another backend in dispatcher_config or DISPATCHER_SETTINGS['django_tasks']."
                )
            else:
                self._task()
        except ModuleNotFoundError as error:
            problem, hint = str(error).rstrip("."), "pip install django-tasks"
        except Exception as error:
            problem = f"{type(error).__name__}: {error}".rstrip(".")
            hint = (
                f"Repair TASKS[{alias!r}] (its QUEUES have to name {options['queue']!r}), or name another queue in "
                f"dispatcher_config or DISPATCHER_SETTINGS['django_tasks']."
            )
        if problem:
            message = f"The dispatcher 'django_tasks' cannot enqueue on the backend {alias!r}: {problem}."
            yield Error(message, hint=hint, obj=type(self), id="restflow.E308")
        elif type(backends[alias]).__name__ == "DummyBackend":
            yield Warning(
                f"The dispatcher 'django_tasks' enqueues on the backend {alias!r}, which runs nothing: what rules "
                f"should invalidate stays stale.",
                hint="Name a backend with a worker, such as django_tasks_db.DatabaseBackend, or the ImmediateBackend.",
                obj=type(self),
                id="restflow.W308",
            )

    def _options(self) -> dict[str, Any]:
        block = self.settings()
        resolved = {option: self.config.get(option, block[option.upper()]) for option in self.options}
        for option, value in resolved.items():
            _VALID[option](f"DISPATCHER_SETTINGS['django_tasks'][{option.upper()!r}]", value)
        return resolved

    def _task(self) -> Any:
        from restflow.dispatch.tasks import worker

        options = self._options()
        return worker.run_cache_rules.using(
            backend=options["backend"], queue_name=options["queue"], priority=options["priority"]
        )


def _text(what: str, value: Any) -> None:
    if not isinstance(value, str) or not value:
        raise TypeError(f"{what} must be a name, got {value!r}.")


def _priority(what: str, value: Any) -> None:
    if type(value) is not int or not -100 <= value <= 100:
        raise ValueError(f"{what} must be an int from -100 to 100, got {value!r}.")


_VALID = {"backend": _text, "queue": _text, "priority": _priority}
