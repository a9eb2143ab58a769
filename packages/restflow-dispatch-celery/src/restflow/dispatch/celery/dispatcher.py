"""The dispatcher `celery`: invalidation work becomes a message to Celery workers."""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, ClassVar

from celery import current_app
from django.core.checks import CheckMessage, Error, Warning

from restflow.caching import Dispatcher
from restflow.caching.dispatchers.base import InPlaceError
from restflow.dispatch.celery._publishing import publish
from restflow.dispatch.celery.tasks import TASK_NAME

RESERVED = {
    "args": "the message is restflow's",
    "kwargs": "the message is restflow's",
    "task_id": "every message has an id of its own",
    "serializer": "messages are JSON",
    "queue": "it is an option of its own, queue=",
    "producer": "restflow keeps connections of its own",
    "connection": "restflow keeps connections of its own",
}
"""Arguments of `apply_async` that `options` must not hold, and why."""


class CeleryDispatcher(Dispatcher):
    """Runs rules in Celery workers.

    Options, in a rule's `dispatcher_config` or in capitals in `DISPATCHER_SETTINGS["celery"]`: `task_name`, the task
    that workers run; `queue`, where Celery's routing is not to decide; `options`, more arguments of `apply_async`
    such as `priority`, `countdown` or `expires`.
    """

    name = "celery"
    durable = True
    options = ("task_name", "queue", "options")
    defaults: ClassVar[dict[str, Any]] = {"TASK_NAME": TASK_NAME, "QUEUE": None, "OPTIONS": {}, "RAISE_EXCEPTION": True}

    def validate_config(self) -> None:
        """Raises `TypeError` for an option of the wrong type, `ValueError` for one that is not the caller's to set."""
        check_routing({name.upper(): value for name, value in self.config.items()}, type(self).__name__, str.lower)

    def routing(self) -> tuple[str, str | None, dict[str, Any]]:
        """Task name, queue and `apply_async` options: the rule's own, else the settings block's.

        Raises `TypeError` or `ValueError` for a settings block that makes no sense.
        """
        block = self.settings()
        check_routing(block, f"DISPATCHER_SETTINGS[{self.name!r}]", str)
        resolved = {**block, **{name.upper(): value for name, value in self.config.items()}}
        return resolved["TASK_NAME"], resolved["QUEUE"], dict(resolved["OPTIONS"])

    def batch_key(self) -> tuple[Any, ...]:
        """The class and where messages go, so that different queues never mix."""
        task_name, queue, options = self.routing()
        return (type(self), task_name, queue, tuple(sorted((name, repr(value)) for name, value in options.items())))

    def check(self) -> Iterator[CheckMessage]:
        """`restflow.E308`: the Celery app of this process has no broker; `restflow.W308`: its transport may lose
        messages."""
        conf = current_app.conf
        if conf.task_always_eager:
            return
        if not (conf.broker_write_url or conf.broker_url):
            yield Error(
                "no Celery broker is configured.",
                hint="Set CELERY_BROKER_URL (or the broker_url of your Celery app), and import the module with the app "
                "in the __init__.py of the project, so that every process has it.",
                obj=type(self),
                id="restflow.E308",
            )
            return
        transport = current_app.connection_for_read().get_transport_cls()
        if transport.__module__ == "kombu.transport.redis":
            yield Warning(
                "Celery's Redis transport loses the message that a worker is about to note when it is killed, or when "
                "Redis is restarted, and so the invalidation.",
                hint=f"Set CELERY_BROKER_TRANSPORT = 'restflow.dispatch.celery.redis:{transport.__name__}'.",
                obj=type(self),
                id="restflow.W308",
            )

    def dispatch(self, *, rule_ids: list[str], rule_kwargs: dict[str, list[dict[str, Any]]], **context: Any) -> None:
        """Publishes one message, and returns when the broker has it; raises what Celery or its client raise.

        A task that this process does not know is sent by its name. With `task_always_eager` the task runs here.
        """
        app = current_app._get_current_object()
        task_name, queue, options = self.routing()
        message = {
            "rule_ids": rule_ids,
            "rule_kwargs": rule_kwargs,
            "dispatcher_name": self.name,
            "context": context,
        }
        # no retries here: an unreachable broker costs one failed connection, and the work is done in place instead
        options = {"retry": False, "ignore_result": True, **options, "serializer": "json"}
        if queue is not None:
            options["queue"] = queue
        task = app.tasks.get(task_name)
        if task is None:
            publish(app, partial(app.send_task, task_name, kwargs=message, **options))
        elif app.conf.task_always_eager:
            try:
                task.apply_async(kwargs=message, **options)
            except Exception as error:
                raise InPlaceError(error) from error  # the rule failed, the broker did not
        else:
            publish(app, partial(task.apply_async, kwargs=message, **options))


def check_routing(given: Mapping[str, Any], where: str, spelling: Any) -> None:
    """Raises `TypeError` or `ValueError` for routing options that make no sense; `spelling` writes their names."""
    task_name, queue, options = given.get("TASK_NAME", TASK_NAME), given.get("QUEUE"), given.get("OPTIONS", {})
    if not isinstance(task_name, str) or not task_name:
        raise TypeError(f"{where}: {spelling('TASK_NAME')} must be the name of a task, got {task_name!r}.")
    if queue is not None and (not isinstance(queue, str) or not queue):
        raise TypeError(f"{where}: {spelling('QUEUE')} must be the name of a queue or None, got {queue!r}.")
    if not isinstance(options, Mapping) or not all(isinstance(name, str) for name in options):
        raise TypeError(f"{where}: {spelling('OPTIONS')} must be a dict of apply_async options, got {options!r}.")
    for name in sorted(RESERVED.keys() & options.keys()):
        raise ValueError(f"{where}: {spelling('OPTIONS')} must not hold {name!r}: {RESERVED[name]}.")
