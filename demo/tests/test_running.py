"""A running demo: its check, its memory, how it stops, and what it does beyond the machine."""

import re
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from demo.tests.running import environment


@pytest.mark.parametrize("code", ["create_connection(('192.0.2.1', 80))", "getaddrinfo('example.org', 80)"])
def test_a_demo_that_is_tested_has_no_network_but_this_machine(code: str) -> None:
    """So all that the other tests show works without one; what asks for one prints it, which they would see."""
    command = [sys.executable, "-c", f"import socket; socket.{code}"]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True)
    assert done.returncode == 1
    assert "outside of this machine" in done.stderr.splitlines()[0]


def test_check_tries_the_site_and_reports(run: Any, copy: Path) -> None:
    finished = run("--data", copy, "--check", "--quiet")
    assert finished.returncode == 0, finished.stdout + finished.stderr
    lines = finished.stdout.splitlines()
    assert len(lines) > 40
    assert all(line.startswith("ok ") for line in lines)


def test_ctrl_c_ends_within_five_seconds_with_connections_open(start: Any, copy: Path) -> None:
    site = start("--data", copy, "--port", 0, "--quiet")
    assert site.banner.lstrip().startswith("restflow demo")
    url = httpx.URL(site.url)
    idle = [socket.create_connection((url.host, url.port)) for _ in range(3)]
    idle[0].sendall(b"POST /api/cities/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n")  # and waits
    httpx.get(f"{site.url}api/cities/").raise_for_status()
    begun = time.monotonic()
    assert site.interrupt() == (0, "")
    assert time.monotonic() - begun < 5
    for connection in idle:
        connection.close()
    assert sorted(file.name for file in copy.glob("world*")) == [
        "world.sqlite3"
    ]  # its threads closed their connections


def test_ctrl_c_while_loading_leaves_nothing_behind(launch: Any, tmp_path: Path) -> None:
    process = launch("--data", tmp_path / "data", "--port", 0)
    for line in process.stdout:
        if line.startswith("languages"):
            break
    process.send_signal(2)
    rest = process.communicate(timeout=30)[0]
    assert (process.returncode, rest) == (0, "")
    assert sorted(file.name for file in (tmp_path / "data").iterdir()) == [
        "preparing.lock",
        "secret.key",
        "serving.lock",
        "tokens.key",
    ]


def test_beyond_loopback_the_passwords_are_random_and_told_once(start: Any, copy: Path) -> None:
    site = start("--data", copy, "--port", 0, "--host", "0.0.0.0")
    assert "Other machines may reach this address" in site.banner
    found = re.search(r"editor / (\S+)", site.banner)
    assert found
    assert found[1] != "editor-demo"
    for password, status in ((found[1], 200), ("editor-demo", 401)):
        answer = httpx.post(f"{site.url}api/token/", json={"username": "editor", "password": password})
        assert answer.status_code == status
        assert "Secure" not in answer.headers.get("set-cookie", "")
    assert site.interrupt()[0] == 0
    again = start("--data", copy, "--port", 0, "--host", "0.0.0.0")
    assert "editor / " not in again.banner
    assert "with the passwords that the first start has printed" in again.banner
    assert again.interrupt()[0] == 0
    at_home = start("--data", copy, "--port", 0)
    assert "editor / editor-demo" in at_home.banner
    assert at_home.interrupt()[0] == 0


def test_a_host_name_that_leads_here_from_elsewhere_is_refused(editable: httpx.Client) -> None:
    assert editable.get("cities/", headers={"Host": "rebound.example"}).status_code == 400


def peak_memory(process: Any) -> int:
    """Bytes, as Linux counts them."""
    status = Path(f"/proc/{process.pid}/status")
    if not status.exists():
        pytest.skip("memory is read from /proc")
    found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text())
    assert found
    return int(found[1]) * 1024


def test_loading_and_serving_stay_within_their_memory(first: Any, api: httpx.Client) -> None:
    for _ in range(3):
        api.get("cities/?q=m&page_size=100").raise_for_status()
    assert peak_memory(first.process) < 300 * 10**6
