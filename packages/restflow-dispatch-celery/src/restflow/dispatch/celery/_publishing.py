"""Publishing: a message is either with the broker, or an error is raised within seconds."""

from collections.abc import Callable
from typing import Any

from kombu import pools
from kombu.exceptions import OperationalError

PATIENCE = 5
"""Seconds that a broker may take to answer; a dispatch stands in the way of a request."""

# One attempt to connect: kombu's own default goes on for as long as the broker is away.
ONE_ATTEMPT: dict[str, Any] = {"max_retries": 0, "interval_start": 0}
BY_DRIVER: dict[str, dict[str, Any]] = {
    # Without confirms an AMQP client has only written to a socket, and a broker that dies right then has nothing.
    "amqp": {"confirm_publish": True, "read_timeout": PATIENCE, "write_timeout": PATIENCE},
    "redis": {"socket_timeout": PATIENCE, "socket_connect_timeout": PATIENCE},
}
"""Transport options by the kind of broker; those of the project's `broker_transport_options` win."""


def connection_to(app: Any) -> Any:
    """A connection, not yet open, of the app's broker as dispatching wants it."""
    plain = app.connection_for_write()
    wanted = {
        **ONE_ATTEMPT,
        # every broker of a failover list gets its attempt
        "max_retries": max(0, len(plain.alt) - 1),
        **BY_DRIVER.get(plain.get_transport_cls().driver_type, {}),
        **app.conf.broker_transport_options,
    }
    return app.connection_for_write(transport_options=wanted)


def publish(app: Any, send: Callable[..., Any]) -> None:
    """Calls `send(producer=...)` with a pooled connection.

    A connection that was open may be dead, because the broker was restarted since: then a fresh one is tried once.
    Raises `kombu.exceptions.OperationalError` where the broker does not answer.
    """
    _ = app.pool  # gives kombu's pools the app's limit, and sees that a forked child has connections of its own
    connection = connection_to(app)
    with pools.producers[connection].acquire(block=True, timeout=PATIENCE) as producer:
        pooled = producer.connection
        was_open = pooled.connected
        try:
            send(producer=producer)
        except OperationalError:
            pooled.collect()  # the next one to take it from the pool connects anew
            if not was_open:
                raise
        else:
            return
    with connection as fresh:
        send(producer=app.amqp.Producer(fresh, auto_declare=False))
