"""The system checks of the dispatcher `dramatiq`; importing the dispatcher registers them."""

import sys
from collections.abc import Iterator
from typing import Any

from django.core.checks import CheckMessage, Error, Warning, register
from dramatiq import broker as dramatiq_broker

from restflow.caching import CacheRegister


@register("restflow")
def check_dramatiq(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """`restflow.E306`, `E308`, `W308`: where a rule uses Dramatiq, its settings make sense and its broker keeps
    what it accepts."""
    from restflow.dispatch.dramatiq.dispatcher import DramatiqDispatcher

    used = CacheRegister.dispatchers_of(DramatiqDispatcher)
    if not used:
        return []
    problems = {problem for dispatcher in used.values() if (problem := _problem(dispatcher))}
    return [
        *(Error(problem, obj=DramatiqDispatcher, id="restflow.E306") for problem in sorted(problems)),
        *_broker(DramatiqDispatcher, ", ".join(sorted(used))),
    ]


def _problem(dispatcher: Any) -> str:
    try:
        dispatcher.routing()
    except (TypeError, ValueError) as error:
        return str(error)
    return ""


def _broker(obj: type, used: str) -> Iterator[CheckMessage]:
    # not get_broker(): that would make one up
    broker = dramatiq_broker.global_broker
    if broker is None:
        yield Error(
            f"No Dramatiq broker is configured, and rules are dispatched to one: {used}.",
            hint="Call dramatiq.set_broker(...) in a module that every process imports, such as the __init__.py of the "
            "project, or use django-dramatiq.",
            obj=obj,
            id="restflow.E308",
        )
        return
    rabbitmq: Any = sys.modules.get("dramatiq.brokers.rabbitmq")
    if rabbitmq is not None and isinstance(broker, rabbitmq.RabbitmqBroker) and not broker.confirm_delivery:
        yield Warning(
            "Dramatiq's RabbitMQ broker does not wait for the server to confirm messages: what is sent while the "
            "server dies is lost without an error, and so is the invalidation.",
            hint="Make it with confirm_delivery=True.",
            obj=obj,
            id="restflow.W308",
        )
