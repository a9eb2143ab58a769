"""Other servers than uvicorn: granian, hypercorn and daphne under ASGI, and Django's own handler under WSGI."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from demo.tests.running import SOON, environment

ROOT = Path(__file__).resolve().parents[2]
APPLICATION = "demo.asgi:application"
SERVERS: dict[str, Callable[[int], list[str]]] = {
    "granian": lambda port: ["--interface", "asgi", "--port", str(port), APPLICATION],
    "hypercorn": lambda port: ["--bind", f"127.0.0.1:{port}", APPLICATION],
    "daphne": lambda port: ["--bind", "127.0.0.1", "--port", str(port), APPLICATION],
}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.parametrize("name", SERVERS)
def test_the_list_an_export_and_events_are_served(name: str, loaded: Path, tmp_path: Path) -> None:
    port = free_port()
    env = environment() | {"DJANGO_SETTINGS_MODULE": "demo.settings", "RESTFLOW_DEMO_DATA": str(loaded)}
    program = shutil.which(name, path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    assert program
    log = (tmp_path / "log").open("w+")
    process = subprocess.Popen([program, *SERVERS[name](port)], cwd=ROOT, env=env, stdout=log, stderr=log)
    try:
        api = f"http://127.0.0.1:{port}/api/"
        transport = httpx.HTTPTransport(retries=0)
        with httpx.Client(base_url=api, timeout=SOON, transport=transport) as client:
            rows = _patiently(lambda: client.get("cities/?country=LI"), process)
            assert [row["name"] for row in rows.json()["results"]] == ["Vaduz"]
            with client.stream("GET", "cities/export/?country=IS") as answer:
                assert all(json.loads(line)["country"] == "IS" for line in answer.iter_lines())
            with client.stream("GET", "events/?after=0") as answer:
                lines = answer.iter_lines()
                assert next(lines) == "retry: 1000"
                assert "event: change" in (next(lines), next(lines), next(lines))
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        log.close()


def _patiently(ask: Callable[[], httpx.Response], process: "subprocess.Popen[bytes]") -> httpx.Response:
    """Asks until the server listens."""
    end = time.monotonic() + SOON
    while True:
        try:
            return ask()
        except httpx.TransportError:
            assert process.poll() is None, "the server has ended"
            assert time.monotonic() < end
            time.sleep(0.1)


def test_wsgi_serves_the_list(loaded: Path) -> None:
    script = """
import json, sys
from io import BytesIO
from demo.wsgi import application
environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/api/cities/", "QUERY_STRING": "country=LI"}
environ |= {"SERVER_NAME": "localhost", "SERVER_PORT": "80", "wsgi.url_scheme": "http"}
environ |= {"wsgi.input": BytesIO(), "wsgi.errors": sys.stderr}
told = []
body = b"".join(application(environ, lambda status, headers: told.append(status)))
print(json.dumps([told[0], json.loads(body)["results"][0]["name"]]))
"""
    env = environment() | {"RESTFLOW_DEMO_DATA": str(loaded)}
    finished = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=env, capture_output=True, text=True, timeout=SOON
    )
    assert finished.stdout.strip() == '["200 OK", "Vaduz"]', finished.stderr
