"""Servers and workers of a test's own: processes that it may stop, restart and kill without harm to anybody else."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 60.0
"""Seconds that a process may take to start, or to end, on a loaded machine."""


def free_port() -> int:
    """A port of this machine on which nothing listens."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        port: int = server.getsockname()[1]
        return port


def until(condition: Callable[[], Any], what: str, patience: float = PATIENCE, pause: float = 0.02) -> Any:
    """Waits for what another process does, which no event tells; its truthy answer. Looks every `pause` seconds."""
    deadline = time.monotonic() + patience
    while not (answer := condition()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"not in {patience} s: {what}")
        time.sleep(pause)
    return answer


class PrivatePostgres:
    """A PostgreSQL server on a free port, run by its own user where the tests are root's."""

    def __init__(self) -> None:
        # not below pytest's folders, which are closed to the server's user
        self.folder = Path(tempfile.mkdtemp(prefix="restflow-postgres-"))
        self.port = free_port()
        self._user = "postgres" if os.geteuid() == 0 else None

    @staticmethod
    def programs() -> Path | None:
        """Where the server's programs are."""
        found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
        program = shutil.which("initdb")
        return found[-1].parent if found else Path(program).parent if program else None

    def start(self) -> None:
        """Starts it; the first time makes its database `test` before."""
        if (self.folder / "data").exists():
            self._control("start")
            return
        if self._user is not None:
            shutil.chown(self.folder, self._user)
        self._run("initdb", "--auth=trust", "--username=postgres", "--no-sync", "--pgdata", self.folder / "data")
        self._control("start")
        self._run("createdb", "--host=127.0.0.1", f"--port={self.port}", "--username=postgres", "test")

    def close(self) -> None:
        """Ends it for good, and removes what it has written."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def stop(self) -> None:
        """Ends it; connections are closed at once."""
        if (self.folder / "data" / "postmaster.pid").exists():
            self._control("stop", "--mode=fast")

    def _control(self, verb: str, *options: str) -> None:
        flags = f"-p {self.port} -h 127.0.0.1 -k {self.folder}"
        start = ["-o", flags, "-l", str(self.folder / "log")] if verb == "start" else []
        self._run("pg_ctl", verb, "--wait", "--pgdata", self.folder / "data", *start, *options)

    def _run(self, program: str, *arguments: Any) -> None:
        folder = self.programs()
        assert folder is not None
        command = [str(folder / program), *map(str, arguments)]
        subprocess.run(command, check=True, user=self._user, cwd="/", stdout=subprocess.DEVNULL, timeout=PATIENCE)

    def database(self) -> dict[str, Any]:
        """Its entry of `DATABASES`."""
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": "test",
            "USER": "postgres",
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
        }


class Worker:
    """A worker's process with all its children. Where it ends by itself it is started again, as a supervisor would."""

    def __init__(self, command: list[str], settings: str, path: Path, log: Path, **site: Any) -> None:
        self._command = [sys.executable, "-m", "django", *command]
        keep = {key: value for key, value in os.environ.items() if key != "PYTHONWARNINGS"}
        self._environment = keep | {
            "DJANGO_SETTINGS_MODULE": settings,
            "PYTHONPATH": os.pathsep.join([str(ROOT), str(path)]),
            "RESTFLOW_WORKER_SITE": json.dumps(site),
        }
        self.log = log
        self._output: IO[bytes] | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._wanted = False
        self._lock = threading.Lock()

    def start(self) -> None:
        """Starts it, and somebody who looks after it."""
        self._output = self._output or self.log.open("ab")
        self._wanted = True
        self._spawn()
        threading.Thread(target=self._supervise, daemon=True).start()

    def _spawn(self) -> None:
        self._process = subprocess.Popen(
            self._command, env=self._environment, stdout=self._output, stderr=subprocess.STDOUT, start_new_session=True
        )

    def _supervise(self) -> None:
        while self._wanted:
            process = self._process
            if process is not None and process.poll() is not None:
                with self._lock:
                    if self._wanted and self._process is process:
                        self._spawn()
            time.sleep(0.2)

    def kill(self) -> None:
        """Kills it and its children, all at once, as a machine that loses power does."""
        with self._lock:
            self._wanted = False
            if self._process is not None:
                self._signal(signal.SIGKILL)
                self._process.wait(PATIENCE)
                self._process = None

    def close(self) -> None:
        """Kills it, and closes its log."""
        self.kill()
        if self._output is not None:
            self._output.close()
            self._output = None

    @contextmanager
    def running(self) -> Iterator[None]:
        """It runs while this is open, and stands still otherwise: cheaper than a new process for each test."""
        if self._process is None:
            self.start()
        self._signal(signal.SIGCONT)
        try:
            yield
        finally:
            self._signal(signal.SIGSTOP)

    def _signal(self, number: int) -> None:
        process = self._process
        if process is None:
            return
        pids = [process.pid]
        for pid in pids:
            pids += _children(pid)
        for pid in pids:
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                continue


def _children(pid: int) -> list[int]:
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        return [int(child) for task in tasks for child in (task / "children").read_text().split()]
    except OSError:  # it has ended meanwhile
        return []
