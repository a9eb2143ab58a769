"""The queues of `RQ_QUEUES`, opened so that a broker that is down is told at once."""

from typing import TYPE_CHECKING, Any

from django.conf import settings

if TYPE_CHECKING:
    from rq import Queue

PATIENCE = 5.0
"""Seconds that connecting to Redis, and its answer, may take where the project's settings do not say."""


def configured_queues() -> dict[str, dict[str, Any]]:
    """`RQ_QUEUES`; empty where the project has none."""
    return getattr(settings, "RQ_QUEUES", None) or {}


def open_queue(name: str) -> "Queue":
    """A queue with connections of its own; raises `LookupError` for one that `RQ_QUEUES` does not have."""
    import django_rq

    config = configured_queues().get(name)
    if config is None:
        raise LookupError(f"RQ_QUEUES has no queue {name!r}; it has {', '.join(configured_queues()) or 'none'}.")
    connection = django_rq.get_connection(name)
    if "USE_REDIS_CACHE" not in config:  # those connections are the cache's
        _impatient(connection)
    # "auto": the change is committed. Other modes would wait for a transaction of another database, or for the end of
    # the request, and lose the work with it.
    return django_rq.get_queue(name, connection=connection, commit_mode="auto")


def _impatient(connection: Any) -> None:
    """One second try at once, for a connection that a restarted server has closed, and no waiting."""
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    connection.set_retry(Retry(NoBackoff(), 1))
    options = connection.connection_pool.connection_kwargs
    for option in ("socket_connect_timeout", "socket_timeout"):
        if options.get(option) is None:
            options[option] = PATIENCE
