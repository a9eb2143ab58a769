"""`--services`: the same code on PostgreSQL, Redis and Celery; which servers those are, and whether they answer."""

import os
import socket
from urllib.parse import urlsplit

from demo.launch.failures import StartError

DEFAULTS = {
    "DEMO_DATABASE_URL": "postgresql://postgres@127.0.0.1:5432/restflow_demo",
    "DEMO_CACHE_URL": "redis://127.0.0.1:6379/5",
    "DEMO_BROKER_URL": "redis://127.0.0.1:6379/6",
    "DEMO_DISPATCHER": "celery",
    "DEMO_WORKERS": "2",
}
NAMES = {"postgresql": "PostgreSQL", "postgres": "PostgreSQL", "redis": "Redis", "amqp": "RabbitMQ"}
PORTS = {"postgresql": 5432, "postgres": 5432, "redis": 6379, "amqp": 5672}


def choose() -> None:
    """Sets the environment variables that settings.py reads, but for those that are set. `StartError` without a server.

    Where a server is not on its usual port, its variable names its address.
    """
    for variable, value in DEFAULTS.items():
        os.environ.setdefault(variable, value)
    for variable in ("DEMO_DATABASE_URL", "DEMO_CACHE_URL", "DEMO_BROKER_URL"):
        _ask(variable, os.environ[variable])


def _ask(variable: str, address: str) -> None:
    parts = urlsplit(address)
    if parts.scheme not in PORTS:
        return  # a file, memory: nothing to reach
    host, port = parts.hostname or "127.0.0.1", parts.port or PORTS[parts.scheme]
    try:
        socket.create_connection((host, port), timeout=3).close()
    except OSError as error:
        raise StartError(
            f"--services needs {NAMES[parts.scheme]} at {host}:{port}, and nothing answers there "
            f"({error.strerror or error}). Start it (docker compose -f demo/compose.yaml up -d), "
            f"or name another address in {variable}."
        ) from error
