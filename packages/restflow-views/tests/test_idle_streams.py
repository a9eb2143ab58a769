"""A thousand event streams that wait, on a real server: none holds a database connection, and none a thread."""

import asyncio
import os
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from testsite import services

httpx = pytest.importorskip("httpx")
psycopg = pytest.importorskip("psycopg")
pytest.importorskip("uvicorn")
pytestmark = pytest.mark.needs("postgres")

APPS = Path(__file__).parent / "apps"
ROOT = Path(services.__file__).parent.parent
STREAMS = 1_000
AT_ONCE = 50
"""How many streams are being opened at the same time: PostgreSQL takes a hundred connections."""
FEW = 12
"""Threads that the server may have: its own, and those that answer requests."""
PATIENCE = 120


@pytest.fixture(params=["stock", "persistent"])
def server(request: Any) -> Iterator[tuple[int, int, str]]:
    """Port, process and database client name of a uvicorn with the application."""
    name = f"idle-{os.environ.get('RESTFLOW_TEST_RUN', '')}-{uuid.uuid4().hex[:8]}"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "uvicorn", f"views_testapp.idle_asgi:{request.param}"]
    command += ["--port", str(port), "--log-level", "error", "--timeout-graceful-shutdown", "1"]
    process = subprocess.Popen(
        command,
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(APPS), str(ROOT)]),
            "RESTFLOW_STREAM_DATABASE_CLIENT": name,
        },
        stderr=subprocess.DEVNULL,
    )
    try:
        soon(lambda: process.poll() is not None or _answers(port), "the server does not answer")
        assert process.poll() is None, "the server has ended"
        yield port, process.pid, name
    finally:
        process.kill()
        process.wait(30)


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def soon(holds: Callable[[], bool], otherwise: str) -> None:
    """Waits until it holds."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, otherwise
        time.sleep(0.1)


async def opened(port: int, gate: asyncio.Semaphore) -> asyncio.StreamWriter:
    """A stream whose first bytes have come."""
    async with gate, asyncio.timeout(PATIENCE):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /waiting HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\n\r\n")
        head = await reader.readuntil(b"retry: 1\n\n")
        assert head.startswith(b"HTTP/1.1 200")
        return writer


def test_a_thousand_idle_streams_hold_no_connection_and_no_thread(server: tuple[int, int, str]) -> None:
    port, pid, name = server
    database = services.postgres_database()
    link = psycopg.connect(
        host=database["HOST"],
        port=database["PORT"],
        user=database["USER"],
        password=database["PASSWORD"],
        dbname=database["NAME"],
        autocommit=True,
    )

    def connections() -> int:
        found = link.execute("SELECT count(*) FROM pg_stat_activity WHERE application_name = %s", [name]).fetchone()
        assert found is not None
        return int(found[0])

    def threads() -> int:
        return len(os.listdir(f"/proc/{pid}/task"))

    async def main() -> None:
        gate = asyncio.Semaphore(AT_ONCE)
        writers = await asyncio.gather(*(opened(port, gate) for _ in range(STREAMS)))
        assert len(writers) == STREAMS
        await asyncio.to_thread(soon, lambda: connections() == 0, "idle streams hold connections")
        if sys.platform == "linux":
            await asyncio.to_thread(soon, lambda: threads() <= FEW, "idle streams hold threads")
        # a request finds a thread and a connection besides them
        async with httpx.AsyncClient(timeout=PATIENCE, trust_env=False) as client:
            answer = await client.get(f"http://127.0.0.1:{port}/asking")
        assert answer.json() == 1
        for writer in writers:
            writer.close()

    with closing(link):
        asyncio.run(main())
