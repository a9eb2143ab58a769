"""The dispatcher `dramatiq`: invalidation work becomes a message to Dramatiq workers."""

import re
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar

import dramatiq
from django.core.checks import CheckMessage, Error, Warning
from dramatiq import broker as dramatiq_broker
from dramatiq.errors import QueueNotFound

from restflow.caching import Dispatcher

ACTOR_NAME = "restflow.task_run_cache_rules"

_QUEUE = re.compile(r"[a-zA-Z_][a-zA-Z0-9._-]*")
"""Dramatiq's own rule, which it applies to actors alone."""


class DramatiqDispatcher(Dispatcher):
    """Runs rules in Dramatiq workers.

    Options, in a rule's `dispatcher_config` or in capitals in `DISPATCHER_SETTINGS["dramatiq"]`: `queue`; `actor_name`,
    the actor that workers run; `max_retries`, how often a failing message is tried again.
    """

    name = "dramatiq"
    durable = True
    options = ("queue", "actor_name", "max_retries")
    defaults: ClassVar[dict[str, Any]] = {
        "QUEUE": "default",
        "ACTOR_NAME": ACTOR_NAME,
        "MAX_RETRIES": 5,
        "RAISE_EXCEPTION": True,
    }

    def validate_config(self) -> None:
        """Raises `TypeError` or `ValueError` for an option that makes no sense."""
        check_routing({name.upper(): value for name, value in self.config.items()}, type(self).__name__, str.lower)

    def routing(self) -> tuple[str, str, int]:
        """Queue, actor name and number of retries: the rule's own, else the settings block's.

        Raises `TypeError` or `ValueError` for a settings block that makes no sense.
        """
        block = self.settings()
        check_routing(block, f"DISPATCHER_SETTINGS[{self.name!r}]", str)
        resolved = {**block, **{name.upper(): value for name, value in self.config.items()}}
        return resolved["QUEUE"], resolved["ACTOR_NAME"], resolved["MAX_RETRIES"]

    def batch_key(self) -> tuple[Any, ...]:
        """The class and where messages go, so that different queues never mix."""
        return (type(self), *self.routing())

    def check(self) -> Iterator[CheckMessage]:
        """`restflow.E308`: no broker is set; `restflow.W308`: it does not keep what it accepts."""
        # not get_broker(): that would make one up
        broker = dramatiq_broker.global_broker
        if broker is None:
            yield Error(
                "no Dramatiq broker is configured.",
                hint="Call dramatiq.set_broker(...) in a module that every process imports, such as the __init__.py of "
                "the project, or use django-dramatiq.",
                obj=type(self),
                id="restflow.E308",
            )
            return
        rabbitmq: Any = sys.modules.get("dramatiq.brokers.rabbitmq")
        if rabbitmq is not None and isinstance(broker, rabbitmq.RabbitmqBroker) and not broker.confirm_delivery:
            yield Warning(
                "Dramatiq's RabbitMQ broker does not wait for the server to confirm messages: what is sent while the "
                "server dies is lost without an error, and so is the invalidation.",
                hint="Make it with confirm_delivery=True.",
                obj=type(self),
                id="restflow.W308",
            )

    def dispatch(self, *, rule_ids: list[str], rule_kwargs: dict[str, list[dict[str, Any]]], **context: Any) -> None:
        """Enqueues one message on what `dramatiq.get_broker()` says now; raises what the broker raises.

        The actor need not be known to this process: it is named.
        """
        queue, actor_name, max_retries = self.routing()
        message: dramatiq.Message[None] = dramatiq.Message(
            queue_name=queue,
            actor_name=actor_name,
            args=(),
            kwargs={
                "rule_ids": rule_ids,
                "rule_kwargs": rule_kwargs,
                "dispatcher_name": self.name,
                "context": context,
            },
            options={"max_retries": max_retries},
        )
        broker = dramatiq.get_broker()
        try:
            broker.enqueue(message)
        except QueueNotFound:
            # Dramatiq's broker for tests wants queues declared; the real ones declare them or need not
            broker.declare_queue(queue)
            broker.enqueue(message)


def check_routing(given: Mapping[str, Any], where: str, spelling: Callable[[str], str]) -> None:
    """Raises `TypeError` or `ValueError` for routing options that make no sense; `spelling` writes their names."""
    for option in ("QUEUE", "ACTOR_NAME"):
        value = given.get(option, "default")
        if not isinstance(value, str) or not value:
            raise TypeError(f"{where}: {spelling(option)} must be a name, got {value!r}.")
    if not _QUEUE.fullmatch(given.get("QUEUE", "default")):
        raise ValueError(
            f"{where}: {spelling('QUEUE')} must begin with a letter or an underscore and hold nothing but letters, "
            f"digits, dots, dashes and underscores, got {given['QUEUE']!r}."
        )
    retries = given.get("MAX_RETRIES", 0)
    if type(retries) is not int or retries < 0:
        raise ValueError(f"{where}: {spelling('MAX_RETRIES')} must be a number from 0 on, got {retries!r}.")
