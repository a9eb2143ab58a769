"""The servers that these tests talk to, and names of their own on them."""

import os
import signal
import socket
import subprocess
import time

import pytest

from testsite import services

RUN = os.environ.get("RESTFLOW_TEST_RUN", "caching") + str(os.getpid())
"""Tells what this process writes apart from what others do."""


def need(service: str) -> None:
    """Skips the test where the server is missing, or fails it where servers are required."""
    if not services.available(service):
        (pytest.fail if services.required() else pytest.skip)(services.missing_reason(service))


SERVERS = {"postgres": "django.db.backends.postgresql", "mariadb": "django.db.backends.mysql"}


def database(service, name):
    """The entry of `DATABASES` for a database of the server."""
    parts = services.urlsplit(services.url(service))
    return {
        "ENGINE": SERVERS[service],
        "NAME": name,
        "USER": parts.username or "",
        "PASSWORD": parts.password or "",
        "HOST": parts.hostname or "127.0.0.1",
        "PORT": str(parts.port),
    }


def install_driver(service):
    if service == "mariadb":
        pytest.importorskip("pymysql").install_as_MySQLdb()
    else:
        pytest.importorskip("psycopg")


class OwnRedis:
    """A Redis server of the test's own, to be killed and started again."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.socket = f"{folder}/redis.sock"  # no port that another process might take meanwhile
        self.url = f"unix://{self.socket}"

    def start(self, *options: str) -> None:
        command = ["redis-server", "--port", "0", "--unixsocket", self.socket, "--save", "", "--dir", self.folder]
        self.process = subprocess.Popen([*command, "--appendonly", "no", *options], stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 60
        while True:
            with socket.socket(socket.AF_UNIX) as probe:
                if probe.connect_ex(self.socket) == 0:
                    return
            assert self.process.poll() is None, "redis-server did not start"
            assert time.monotonic() < deadline, "redis-server did not start in a minute"
            time.sleep(0.02)

    def kill(self) -> None:
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()
