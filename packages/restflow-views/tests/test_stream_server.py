"""Streams over a real server: an aborted body looks aborted, and a client that goes away is noticed."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

httpx = pytest.importorskip("httpx")
pytest.importorskip("uvicorn")

APPS = Path(__file__).parent / "apps"


@pytest.fixture(scope="module")
def log(tmp_path_factory: Any) -> Path:
    return tmp_path_factory.mktemp("streams")


@pytest.fixture(scope="module")
def server(log: Path) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "uvicorn",
            "views_testapp.asgi:application",
            "--port",
            str(port),
            "--log-level",
            "error",
        ],
        env={**os.environ, "PYTHONPATH": str(APPS), "RESTFLOW_STREAM_LOG": str(log)},
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(1_200):  # a busy machine takes its time to import Django
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                assert process.poll() is None, "the server has ended"
                time.sleep(0.05)
        else:
            pytest.fail("the server does not answer")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture
def closed(log: Path) -> Path:
    """The file that tells of a closed source."""
    path = log / "closed"
    path.unlink(missing_ok=True)
    return path


kinds = pytest.mark.parametrize("kind", ["array", "ndjson", "sse"])


@kinds
def test_a_whole_stream_arrives(kind: str, server: str, closed: Path) -> None:
    response = httpx.get(f"{server}/{kind}/whole")
    assert response.status_code == 200
    assert response.content.count(b"[") >= 3
    assert closed.exists()


@kinds
@pytest.mark.parametrize("what", ["fail", "syncfail"])
def test_a_failed_stream_is_an_incomplete_body(kind: str, what: str, server: str) -> None:
    with pytest.raises(httpx.RemoteProtocolError, match="incomplete"):
        httpx.get(f"{server}/{kind}/{what}")


@kinds
def test_a_client_that_goes_away_closes_the_source(kind: str, server: str, closed: Path) -> None:
    with httpx.stream("GET", f"{server}/{kind}/endless") as response:
        pieces = response.iter_raw()
        for _ in range(3):
            next(pieces)
        assert not closed.exists()
    deadline = time.monotonic() + 20
    while not closed.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert closed.exists()


def test_head_is_answered_without_the_stream(server: str, closed: Path) -> None:
    response = httpx.head(f"{server}/ndjson/endless")
    assert response.status_code == 200
    assert response.content == b""
