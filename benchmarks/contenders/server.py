"""A site under uvicorn with one worker, and the load that is put on it."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
SECONDS = 4
"""How long one sample's load lasts."""
WARMING = 32
"""Connections that warm a site at least: more than `PersistentThreads` has threads, so that all of them run."""
ROWS = 10_000


class ServedSite:
    """Serves an application for one contender; calling it takes a sample."""

    def __init__(self, application: str, work: str, connections: int) -> None:
        self.connections = connections
        self.name = f"restflow_benchmark_{os.getpid()}"
        self.environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "benchmarks.site.settings",
            "PYTHONPATH": str(ROOT),
            "BENCHMARK_DATABASE": self.name,
            "BENCHMARK_APPLICATION": self.name,
        }
        os.environ.update(self.environment)
        from benchmarks.contenders import database

        self.database = database
        database.create(self.name, ROWS)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{port}"
        self.url = f"{self.address}/{work}"
        command = [sys.executable, "-m", "uvicorn", application, "--port", str(port), "--no-access-log"]
        command += ["--log-level", "critical", "--http", "httptools", "--lifespan", "auto", "--backlog", "4096"]
        self.process = subprocess.Popen(command, cwd=ROOT, env=self.environment)
        self._wait()
        # warm: connections are opened, statements seen, and every thread of a pool started. One connection alone would
        # leave threads to be started while it is counted: a request of its own may begin before the last one has ended.
        self.load(1, max(self.connections, WARMING))

    def _wait(self) -> None:
        for _ in range(200):
            try:
                urllib.request.urlopen(self.url, timeout=5).read()
            except OSError:
                time.sleep(0.05)
            else:
                return
        self.close()
        sys.exit(f"benchmarks: nothing answers at {self.url}")

    def _threads_started(self) -> int:
        answer = json.load(urllib.request.urlopen(f"{self.address}/counters", timeout=30))
        return int(answer["threads_started"])

    def __call__(self) -> dict[str, float]:
        before = self._threads_started()
        figures = self.load(SECONDS, self.connections)
        opened = self.database.connections(self.name)
        started = self._threads_started() - before
        # the two readings of the counter are requests as well, and count for the stock handler
        per_request = started / max(figures["requests"], 1)
        requests = figures.pop("requests")
        return figures | {
            "requests_per_second": requests / SECONDS,
            "threads_per_request": per_request,
            "database_connections": opened,
        }

    def load(self, seconds: int, connections: int) -> dict[str, float]:
        """Requests as fast as they are answered, for so long: how many, how many failed, and the slow ones' time."""
        wrk = shutil.which("wrk")
        if wrk is None:
            from benchmarks.contenders import load

            return load.run(self.url, connections, seconds)
        command = [wrk, "--latency", f"-c{connections}", "-t1", f"-d{seconds}s", "--timeout", "10s", self.url]
        text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        errors = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", text)
        refused = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
        requests = re.search(r"(\d+) requests in", text)
        slow = re.search(r"99%\s+([\d.]+)(us|ms|s)", text)
        failed = (int(refused[1]) if refused else 0) + (sum(map(int, errors.groups())) if errors else 0)
        scale = {"us": 1e-3, "ms": 1.0, "s": 1e3}
        return {
            "requests": float(requests[1] if requests else 0) - failed,
            "failed": failed,
            "p99_ms": float(slow[1]) * scale[slow[2]] if slow else 0.0,
        }

    def close(self) -> None:
        self.process.terminate()
        self.process.wait(timeout=30)
        self.database.drop(self.name)
