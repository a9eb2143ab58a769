"""`PersistentThreads` under uvicorn, around Django's own handler, with PostgreSQL: threads, connections, streams."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.request import urlopen
from uuid import uuid4

import pytest

from testsite import services
from testsite.processes import until

SERVER = Path(__file__).with_name("asgi_site.py")
Get = Callable[[str], Any]

pytestmark = pytest.mark.needs("postgres")


@pytest.fixture(params=["keep", "close"])
def max_age(request: pytest.FixtureRequest) -> str:
    return str(request.param)


class Site:
    """The server's process and its address."""

    def __init__(self, process: "subprocess.Popen[str]", address: str) -> None:
        self.process = process
        self.address = address

    def stop(self) -> str:
        """Ends the server as a supervisor does; what it printed after it had shut down."""
        self.process.terminate()
        return self.process.communicate(timeout=30)[0]


@pytest.fixture
def site(max_age: str) -> Iterator[Site]:
    pytest.importorskip("uvicorn")
    pytest.importorskip("psycopg")
    environment = os.environ | {
        "SITE_DATABASE": json.dumps(services.postgres_database()),
        "SITE_NAME": f"restflow-{uuid4().hex[:12]}",
        "SITE_MAX_AGE": max_age,
    }
    command = [sys.executable, str(SERVER)]
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, env=environment, **pipes) as process:
        assert process.stderr is not None
        seen = []
        for line in process.stderr:
            seen.append(line)
            if found := re.search(r"running on (http://\S+)", line):
                break
        else:
            pytest.fail("".join(seen))
        site = Site(process, found[1])
        try:
            yield site
        finally:
            if process.returncode is None:
                site.stop()


@pytest.fixture
def address(site: Site) -> str:
    return site.address


@pytest.fixture
def get(address: str) -> Get:
    def get(path: str) -> Any:
        with urlopen(f"{address}/{path}", timeout=30) as response:
            return json.load(response)

    return get


def test_no_thread_is_started_after_warm_up_and_connections_are_bounded(get: Get, max_age: str) -> None:
    with ThreadPoolExecutor(16) as clients:
        list(clients.map(get, ["database"] * 64))
        warm = get("state")
        answers = list(clients.map(get, ["database"] * 200))
    # the server's side of a connection that was closed ends a moment later
    after = until(lambda: (now := get("state"))["connections"] <= 2 and now, "no more connections than threads")
    assert after["started"] == warm["started"]
    assert len({answer["thread"] for answer in answers}) <= 2
    backends = {answer["backend"] for answer in answers}
    if max_age == "keep":
        assert len(backends) <= 2
        assert after["connections"] >= 1
    else:  # each request closes its connection, on the thread that opened it
        assert len(backends) == 200


def test_the_signals_and_the_view_of_a_request_share_one_thread(get: Get) -> None:
    assert get("database")["same_thread"] is True


def test_database_requests_are_answered_while_streams_idle(address: str, get: Get) -> None:
    streams = [urlopen(f"{address}/stream", timeout=30) for _ in range(20)]
    try:
        assert {stream.readline() for stream in streams} == {b"first\n"}
        assert get("database")["same_thread"] is True
        assert get("state")["leased"] == 1  # the request that asks
    finally:
        for stream in streams:
            stream.close()
    assert get("database")["same_thread"] is True


def test_the_connections_are_closed_when_the_server_shuts_down(site: Site, get: Get) -> None:
    with ThreadPoolExecutor(4) as clients:
        list(clients.map(get, ["database"] * 20))
    assert site.stop() == "left open: 0\n"
    assert site.process.returncode == 0
