"""Brokers and workers that tests may kill: private servers on free ports, and processes with all their children.

What a test restarts is never the server that other tests use (services.py names those).
"""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from testsite import services
from testsite.processes import free_port, until

RUN = f"{os.environ.get('RESTFLOW_TEST_RUN', 'dispatch')}-{os.getpid()}"
"""Begins the names of queues and keys of this process's tests."""


def need(service: str) -> None:
    """Skips the test where the usual server does not answer; fails it where servers are required."""
    if not services.available(service):
        (pytest.fail if services.required() else pytest.skip)(services.missing_reason(service))


class Program:
    """A process with its children, in a session of its own, so that a signal reaches all of them and nobody else."""

    def __init__(self, command: list[str], environment: Mapping[str, str], log: Path) -> None:
        self.command = command
        self.environment = {**os.environ, **environment}
        self.log = log
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def running(self) -> bool:
        """Whether it was started and has not ended."""
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        """Starts it, unless it runs."""
        if not self.running:
            with self.log.open("ab") as output:
                self.process = subprocess.Popen(
                    self.command, env=self.environment, stdout=output, stderr=output, start_new_session=True
                )

    def send(self, number: signal.Signals) -> None:
        """Sends a signal to all of its processes."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, number)

    def kill(self) -> None:
        """Ends it at once, as a crash does."""
        self.send(signal.SIGKILL)
        if self.process is not None:
            self.process.wait(30)

    def stop(self, patience: float = 30) -> None:
        """Asks it to end, and ends it where it does not."""
        self.send(signal.SIGCONT)
        self.send(signal.SIGTERM)
        if self.process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(patience)
        self.kill()  # also children that outlived it

    def said(self) -> str:
        """What it printed."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""


class PrivateServer:
    """A server of this test alone: `start`, `stop` and start again; what was stored before is there after."""

    executable: str
    scheme: str

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.program = Program(self.command(), self.environment(), folder / f"{self.scheme}.log")

    def command(self) -> list[str]:
        """How it is started."""
        raise NotImplementedError

    def environment(self) -> dict[str, str]:
        """What its process needs to know."""
        return {}

    @property
    def url(self) -> str:
        """Its address."""
        raise NotImplementedError

    def answers(self) -> bool:
        """Whether it takes connections."""
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError:
            return False
        return True

    def start(self) -> None:
        """Starts it and waits until it answers."""
        self.program.start()
        until(lambda: self.answers() or not self.program.running, f"{self.scheme} answers", 120)
        assert self.program.running, self.program.said()

    def stop(self) -> None:
        """Stops it as an operator does."""
        self.program.stop()

    def close(self) -> None:
        """Ends it for good."""
        self.stop()

    def restart(self) -> None:
        """Stops and starts it."""
        self.stop()
        self.start()

    @classmethod
    def installed(cls) -> str | None:
        """The path of its program."""
        return shutil.which(cls.executable)


class PrivateRedis(PrivateServer):
    """A Redis that keeps what it accepted on disk."""

    executable = "redis-server"
    scheme = "redis"

    def command(self) -> list[str]:
        """Every message is on disk before it is accepted."""
        return [
            "redis-server",
            *("--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder)),
            *("--save", "", "--appendonly", "yes", "--appendfsync", "always"),
        ]

    def answers(self) -> bool:
        """Whether it has read its file: it listens before, and says -LOADING."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as client:
                client.sendall(b"PING\r\n")
                return client.recv(64).startswith(b"+PONG")
        except OSError:
            return False

    @property
    def url(self) -> str:
        """Its address."""
        return f"redis://127.0.0.1:{self.port}/0"


class PrivateRabbitmq(PrivateServer):
    """A RabbitMQ node with a name, a port, a cookie and a database of its own."""

    executable = "rabbitmq-server"
    scheme = "rabbitmq"

    def command(self) -> list[str]:
        """The server itself."""
        # Debian's wrapper in PATH changes to the rabbitmq user, and works on that user's folders alone
        own = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
        return [str(own if own.exists() else self.installed())]

    def environment(self) -> dict[str, str]:
        """Everything that two nodes of one machine must not share."""
        for name in ("mnesia", "log"):
            (self.folder / name).mkdir(exist_ok=True)
        (self.folder / "plugins").write_text("[].")
        return {
            "HOME": str(self.folder),
            "RABBITMQ_NODENAME": f"restflow-{self.port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(free_port()),
            "RABBITMQ_MNESIA_BASE": str(self.folder / "mnesia"),
            "RABBITMQ_LOG_BASE": str(self.folder / "log"),
            "RABBITMQ_PID_FILE": str(self.folder / "pid"),
            "RABBITMQ_CONFIG_FILE": str(self.folder / "none"),
            "RABBITMQ_CONF_ENV_FILE": str(self.folder / "none"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.folder / "plugins"),
        }

    @property
    def url(self) -> str:
        """Its address."""
        return f"amqp://guest:guest@127.0.0.1:{self.port}/"


PRIVATE: dict[str, type[PrivateServer]] = {"redis": PrivateRedis, "rabbitmq": PrivateRabbitmq}


def private(service: str, folder: Path) -> PrivateServer:
    """A private server, not yet started; skips or fails the test where its program is not installed."""
    kind = PRIVATE[service]
    if kind.installed() is None:
        (pytest.fail if services.required() else pytest.skip)(f"no {kind.executable} on PATH")
    folder.mkdir(exist_ok=True)
    return kind(folder)


class Deaf:
    """A server that takes connections and never says a word."""

    def __enter__(self) -> int:
        self.socket = socket.create_server(("127.0.0.1", 0))
        port: int = self.socket.getsockname()[1]
        return port

    def __exit__(self, *exc_info: object) -> None:
        self.socket.close()


class Conversation(Program):
    """A process that reads lines and answers each with lines of JSON, the last of which holds `"end"`."""

    def start(self) -> None:
        """Starts it, unless it runs."""
        if not self.running:
            with self.log.open("ab") as errors:
                self.process = subprocess.Popen(
                    self.command,
                    env=self.environment,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=errors,
                    start_new_session=True,
                )

    def ask(self, *words: object) -> Iterator[dict[str, Any]]:
        """Sends a line at once; the answers, as they come."""
        self.start()
        assert self.process is not None
        assert self.process.stdin is not None
        self.process.stdin.write((" ".join(map(str, words)) + "\n").encode())
        self.process.stdin.flush()
        return self._answers()

    def _answers(self) -> Iterator[dict[str, Any]]:
        assert self.process is not None
        for line in self.process.stdout or ():
            answer: dict[str, Any] = json.loads(line)
            yield answer
            if "end" in answer:
                return
        pytest.fail(f"{self.command} ended: {self.said()[-4000:]}")

    def tell(self, *words: object) -> dict[str, Any]:
        """Sends a line; the last answer."""
        *_, last = self.ask(*words)
        return last

    def stop(self, patience: float = 30) -> None:
        """Ends it, and closes what it was spoken to through."""
        super().stop(patience)
        if self.process is not None:
            for pipe in (self.process.stdin, self.process.stdout):
                if pipe is not None:
                    pipe.close()
