"""The dispatcher: one task a dispatch, by dotted path, on the broker of `Q_CLUSTER`."""

import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar

from django.core.checks import CheckMessage

from restflow.caching.dispatchers.base import DEFAULT_FUNCTION_PATH, Dispatcher, call_in_place, off_the_loop
from restflow.dispatch.q import _cluster

if TYPE_CHECKING:
    from django_q.brokers import Broker


class DjangoQDispatcher(Dispatcher):
    """Queues a task of django-q2.

    Options, each also a key of `DISPATCHER_SETTINGS["django_q"]` in capitals: `cluster`, the name of a cluster of
    `ALT_CLUSTERS` (`None`: the cluster of `Q_CLUSTER`); `group`, the tasks' group (`None`); `function_path`, what the
    worker calls. `Q_CLUSTER = {"sync": True}` does the work in place.
    """

    name = "django_q"
    durable = True
    options = ("cluster", "group", "function_path")
    defaults: ClassVar[dict[str, Any]] = {
        "CLUSTER": None,
        "GROUP": None,
        "FUNCTION_PATH": DEFAULT_FUNCTION_PATH,
        "RAISE_EXCEPTION": True,
    }

    def validate_config(self) -> None:
        """Refuses what no name and no path can be; raises `TypeError` or `ValueError`."""
        for option, value in self.config.items():
            _validate(f"DjangoQDispatcher: {option}", option, value)
        self._brokers: dict[str | None, tuple[dict[str, Any], Broker]] = {}
        self._lock = threading.Lock()

    def dispatch(self, *, rule_ids: list[str], rule_kwargs: dict[str, list[dict[str, Any]]], **context: Any) -> None:
        """Queues the task; raises where there is no cluster, or its broker does not accept it."""
        options = self._options()
        if _cluster.runs_in_place():
            call_in_place(options["function_path"], self.name, rule_ids, rule_kwargs, context)
            return

        def queue() -> None:
            from django_q.tasks import async_task

            _cluster.prepare_connection()
            # a failed task stays on the queue, whatever the project wants for its own: it would be lost otherwise
            q_options = {"broker": self._broker(options["cluster"]), "ack_failure": False}
            q_options |= {name: options[name] for name in ("cluster", "group") if options[name] is not None}
            async_task(
                options["function_path"],
                rule_ids,
                rule_kwargs,
                dispatcher_name=self.name,
                context=context,
                q_options=q_options,
            )

        off_the_loop(queue)

    def batch_key(self) -> tuple[Any, ...]:
        """The class and where the task goes."""
        return (type(self), *self._options().values())

    def check(self) -> Iterator[CheckMessage]:
        """`restflow.E308`: no cluster; `restflow.W308`: its broker forgets what a killed worker held."""
        yield from _cluster.problems(self._options()["cluster"])

    def _options(self) -> dict[str, Any]:
        block = self.settings()
        resolved = {option: self.config.get(option, block[option.upper()]) for option in self.options}
        for option, value in resolved.items():
            _validate(f"DISPATCHER_SETTINGS['django_q'][{option.upper()!r}]", option, value)
        return resolved

    def _broker(self, cluster: str | None) -> "Broker":
        """The broker, kept with its connections while `Q_CLUSTER` stays as it is: django-q2 opens one for each task."""
        conf = _cluster.configuration()
        with self._lock:
            kept = self._brokers.get(cluster)
            if kept is None or kept[0] != conf:
                kept = self._brokers[cluster] = (dict(conf), _cluster.open_broker(cluster))
            return kept[1]


def _validate(what: str, option: str, value: Any) -> None:
    if value is None and option != "function_path":
        return
    if not isinstance(value, str) or not value:
        raise TypeError(f"{what} must be a name, got {value!r}.")
    if option == "function_path" and "." not in value:
        raise ValueError(f"{what} must be the dotted path of a function, got {value!r}.")
