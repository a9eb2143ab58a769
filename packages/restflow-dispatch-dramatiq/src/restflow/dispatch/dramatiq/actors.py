"""What Dramatiq workers run."""

from typing import Any

import dramatiq

from restflow.caching import CacheRegister
from restflow.caching.tasks import run_cache_rules
from restflow.dispatch.dramatiq.dispatcher import DramatiqDispatcher

# A wipe that failed is stale data: Dramatiq's own first pause of 15 seconds, growing to days, is too long for it.
SHORTEST_PAUSE = 500
LONGEST_PAUSE = 60_000
"""Milliseconds between two attempts."""


def task_run_cache_rules(
    rule_ids: list[str],
    rule_kwargs: dict[str, Any],
    dispatcher_name: str = "dramatiq",
    context: dict[str, Any] | None = None,
    **unknown: Any,
) -> None:
    """Runs invalidation rules; what they raise makes Dramatiq try the message again."""
    run_cache_rules(rule_ids, rule_kwargs, dispatcher_name=dispatcher_name, context=context)


def register_actor(*, actor_name: str | None = None, queue_name: str | None = None) -> Any:
    """Declares the actor, and every queue that rules dispatch to, on what `dramatiq.get_broker()` says now.

    For the module that workers load, after `django.setup()`; `actor_name` and `queue_name` are those of
    `DISPATCHER_SETTINGS["dramatiq"]` by default. Calling it again returns the same actor, and declares the queues of
    rules that have become known since. Raises `ValueError` where another actor has the name.
    """
    queue, name, max_retries = DramatiqDispatcher().routing()
    name, queue = actor_name or name, queue_name or queue
    broker = dramatiq.get_broker()
    actor = broker.actors.get(name)
    if actor is not None and actor.fn is not task_run_cache_rules:
        raise ValueError(f"Another actor is already registered as {name!r}: {actor.fn.__module__}.{actor.fn.__name__}.")
    if actor is None:
        wanted = {"max_retries": max_retries, "min_backoff": SHORTEST_PAUSE, "max_backoff": LONGEST_PAUSE}
        # a broker without the middleware for retries refuses its options
        options: Any = {option: value for option, value in wanted.items() if option in broker.actor_options}
        declare = dramatiq.actor(actor_name=name, queue_name=queue, broker=broker, **options)
        actor = declare(task_run_cache_rules)
    for dispatcher in CacheRegister.dispatchers_of(DramatiqDispatcher).values():
        broker.declare_queue(dispatcher.routing()[0])
    broker.declare_queue(queue)
    return actor
