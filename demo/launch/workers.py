"""Several processes: uvicorn's workers on one socket, and Celery's worker beside them, all of them supervised."""

import socket
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from threading import Event, Thread
from time import monotonic
from urllib.error import URLError
from urllib.request import urlopen

from demo.launch.failures import StartError
from demo.launch.server import GRACE

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60
"""Seconds that workers may take to answer at first."""
HASTY = 5
"""A process that ends within so many seconds will not do better when it is started again."""

Say = Callable[[str], object]


class Supervised:
    """A Python program as a process of its own, started again when it ends, its output prefixed."""

    def __init__(self, name: str, module: str, *options: str, say: Say, files: Sequence[int] = ()) -> None:
        self._prefix = f"{name} | "
        self._command = [sys.executable, "-m", module, *options]
        self._say = say
        self._files = files
        self._process: subprocess.Popen[str] | None = None
        self._stopping = Event()
        self._thread = Thread(target=self._supervise, name=name, daemon=True)

    def __enter__(self) -> "Supervised":
        self._thread.start()
        return self

    def __exit__(self, *raised: object) -> None:
        self.stop()
        self._thread.join(GRACE + 1)

    def stop(self) -> None:
        """Tells the process to end, which it does by itself, or is made to."""
        if self._stopping.is_set():
            return
        self._stopping.set()
        process = self._process
        if process is not None and process.poll() is None:
            process.terminate()
            Thread(target=_make_end, args=[process], daemon=True).start()

    def _supervise(self) -> None:
        while not self._stopping.is_set():
            begun = monotonic()
            self._process = process = subprocess.Popen(
                self._command,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                pass_fds=self._files,
                start_new_session=True,  # Ctrl-C in the terminal is for this process, which then stops that one
            )
            if self._stopping.is_set():
                process.terminate()
            assert process.stdout is not None
            for line in process.stdout:
                if line.strip() and not self._stopping.is_set():
                    self._say(f"{self._prefix}{line.rstrip()}")
            process.wait()
            if not self._stopping.is_set() and monotonic() - begun < HASTY:
                self._say(f"{self._prefix}ends as soon as it starts, and is not started again")
                return


def _make_end(process: "subprocess.Popen[str]") -> None:
    with suppress(subprocess.TimeoutExpired):
        process.wait(GRACE + 0.5)
    if process.poll() is None:
        process.kill()


def serve(listening: socket.socket, url: str, workers: int, say: Say, started: Callable[[], int | None]) -> int:
    """Serves until Ctrl-C, or until `started`, which is called once the workers answer, returns a status."""
    descriptor = listening.fileno()
    options = [
        *(
            "demo.asgi:application",
            "--fd",
            str(descriptor),
            "--log-level",
            "warning",
            "--no-server-header",
            "--no-proxy-headers",
        ),
        *("--ws", "none", "--timeout-graceful-shutdown", str(GRACE)),
    ]
    with ExitStack() as stack:
        running = [
            stack.enter_context(Supervised(f"worker {number}", "uvicorn", *options, say=say, files=[descriptor]))
            for number in range(1, workers + 1)
        ]
        try:
            _wait_for(f"{url}healthz")
            status = started()
            if status is not None:
                return status
            Event().wait()
        except KeyboardInterrupt:
            pass
        finally:
            for each in running:  # all at once, then each is waited for
                each.stop()
    return 0


def _wait_for(url: str) -> None:
    end = monotonic() + PATIENCE
    while True:
        try:
            with urlopen(url, timeout=5):
                return
        except (URLError, OSError) as error:
            if monotonic() > end:
                raise StartError(f"The workers do not answer ({error}). What they print stands above.") from error
            Event().wait(0.05)


def celery(say: Say) -> Supervised:
    """Celery's worker."""
    options = ["worker", "--pool", "solo", "--loglevel", "WARNING", "--without-mingle", "--without-gossip"]
    return Supervised("celery", "celery", "-A", "demo.celery:app", *options, say=say)


def require_dispatcher(name: str) -> None:
    """`StartError` where the dispatcher is not installed."""
    from restflow.caching import registered_dispatcher_names

    known = sorted(registered_dispatcher_names())
    if name not in known:
        raise StartError(
            f"The dispatcher {name!r} is not installed; {', '.join(known)} are. "
            f"Install restflow[{name}], or name another in DEMO_DISPATCHER."
        )
