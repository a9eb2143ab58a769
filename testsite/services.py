"""The servers that tests talk to: where each is, and whether it answers.

A server is looked for where `RESTFLOW_TEST_<SERVICE>_URL` says, else at its usual local port. A test that needs one is
marked `@pytest.mark.needs("postgres")`: without the server it is skipped with the reason, and with
`RESTFLOW_REQUIRE_SERVICES=1` it fails.
"""

import os
import socket
from functools import cache
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

DEFAULTS = {
    "postgres": "postgresql://postgres@127.0.0.1:5432/test",
    "redis": "redis://127.0.0.1:6379/15",
    "rabbitmq": "amqp://guest:guest@127.0.0.1:5672/",
    "mariadb": "mysql://root@127.0.0.1:3306/test",
    "memcached": "memcached://127.0.0.1:11211",
}


def url(service: str) -> str:
    """Where the tests look for a service."""
    return os.environ.get(f"RESTFLOW_TEST_{service.upper()}_URL", DEFAULTS[service])


@cache
def available(service: str) -> bool:
    """Whether something listens there; asked once per process."""
    parts = urlsplit(url(service))
    try:
        socket.create_connection((parts.hostname or "127.0.0.1", parts.port or 0), timeout=2).close()
    except OSError:
        return False
    return True


def required() -> bool:
    """Whether a missing server is a failure rather than a reason to skip."""
    return os.environ.get("RESTFLOW_REQUIRE_SERVICES", "") not in ("", "0")


def missing_reason(service: str) -> str:
    """What to tell about a server that does not answer: without the credentials of its address."""
    parts = urlsplit(url(service))
    return f"no {service} at {parts.hostname}:{parts.port} (RESTFLOW_TEST_{service.upper()}_URL names another)"


def postgres_database() -> dict[str, object]:
    """The entry of `DATABASES` for the PostgreSQL server."""
    parts = urlsplit(url("postgres"))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/") or "postgres",
        "USER": parts.username or "postgres",
        "PASSWORD": parts.password or "",
        "HOST": parts.hostname or "127.0.0.1",
        "PORT": str(parts.port or 5432),
    }


def mariadb_database(name: str | None = None) -> dict[str, object]:
    """The entry of `DATABASES` for the MariaDB server; its driver is PyMySQL, under the name that Django looks for."""
    driver: Any = import_module("pymysql")
    driver.version_info = (2, 2, 7, "final", 0)  # what Django asks of the driver that it stands in for
    driver.install_as_MySQLdb()
    parts = urlsplit(url("mariadb"))
    return {
        "ENGINE": "django.db.backends.mysql",
        "NAME": name or parts.path.lstrip("/") or "test",
        "USER": parts.username or "root",
        "PASSWORD": parts.password or "",
        "HOST": parts.hostname or "127.0.0.1",
        "PORT": str(parts.port or 3306),
        "OPTIONS": {"charset": "utf8mb4"},
    }
