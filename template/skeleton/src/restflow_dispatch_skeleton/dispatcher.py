"""The dispatcher `skeleton`: invalidation work becomes a message to its workers."""

from typing import Any, ClassVar

from restflow.caching import Dispatcher
from restflow_dispatch_skeleton import _spool


class SkeletonDispatcher(Dispatcher):
    """Runs rules in the processes of `python -m restflow_dispatch_skeleton.worker`.

    Options, in a rule's `dispatcher_config` or in capitals in `DISPATCHER_SETTINGS["skeleton"]`: `folder`, `queue` and
    `retries`.
    """

    name = "skeleton"
    durable = True
    options = ("folder", "queue", "retries")
    defaults: ClassVar[dict[str, Any]] = {"FOLDER": None, "QUEUE": "default", "RETRIES": 5, "RAISE_EXCEPTION": True}

    def validate_config(self) -> None:
        """Raises `TypeError` or `ValueError`; `manage.py check` tells what it says."""
        queue, retries = self.config.get("queue", "default"), self.config.get("retries", 0)
        if not isinstance(queue, str) or not queue.isidentifier():
            raise TypeError(f"{type(self).__name__}: queue must be a name, got {queue!r}.")
        if type(retries) is not int or retries < 0:
            raise ValueError(f"{type(self).__name__}: retries must be a number from 0 on, got {retries!r}.")

    def batch_key(self) -> tuple[Any, ...]:
        """Where messages go: rules that differ in it never share a message."""
        return (type(self), self.option("folder"), self.option("queue"), self.option("retries"))

    def dispatch(self, *, rule_ids: list[str], rule_kwargs: dict[str, list[dict[str, Any]]], **context: Any) -> None:
        """Returns once the message is safe, and raises where it is not: then restflow does the work in place."""
        folder = self.option("folder")
        if folder is None:
            raise ValueError("DISPATCHER_SETTINGS['skeleton']['FOLDER'] must name a folder that exists.")
        message = {
            "rule_ids": rule_ids,
            "rule_kwargs": rule_kwargs,
            "dispatcher_name": self.name,
            "context": context,
        }
        _spool.put(folder, self.option("queue"), {"call": message, "retries": self.option("retries")})
