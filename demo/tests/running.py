"""What the tests use to run the demo by its command line, and to talk to it with an account."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from testsite import services

LOOPBACK = Path(__file__).with_name("loopback")
RUN = Path(__file__).resolve().parent.parent / "run.py"
SOON = 180  # seconds: a bound for what hangs, not a promise


class Site:
    """A running demo: its process, its address, its data folder."""

    folder: Path

    def __init__(self, process: "subprocess.Popen[str]", url: str, banner: str) -> None:
        self.process = process
        self.url = url
        self.banner = banner

    def interrupt(self) -> tuple[int, str]:
        """Presses Ctrl-C; the exit status and what was printed after the banner."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(SOON), self.process.communicate()[0].strip()


def command(*options: object) -> list[str]:
    return [sys.executable, str(RUN), *map(str, options)]


def environment() -> dict[str, str]:
    """Without what a developer's shell may say, and what this test run says to its own Django; and without a network.

    Every demo that is tested runs so: it and its workers reach this machine and the servers of the test run alone.
    """
    own = ("RESTFLOW_DEMO_", "DEMO_", "DJANGO_SETTINGS_MODULE")
    variables = {name: value for name, value in os.environ.items() if not name.startswith(own)}
    servers = {urlsplit(services.url(name)).hostname or "" for name in services.DEFAULTS}
    return variables | {"PYTHONPATH": str(LOOPBACK), "RESTFLOW_TEST_HOSTS": ",".join(sorted(servers))}


NO_LIMITS = {f"DEMO_{scope}_RATE": "100000/min" for scope in ("ANON", "USER", "EXPORT", "LOGIN")}
"""Tests ask more in a minute than a visitor does; throttling has tests of its own, on a site with its own limits."""


class Account(httpx.Auth):
    """Logs in, and again when the access token has expired."""

    requires_response_body = True

    def __init__(self, site: Site, name: str) -> None:
        self._url, self._name, self.token = f"{site.url}api/token/", name, ""

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response]:
        for _ in range(2):
            if not self.token:
                answer = yield httpx.Request(
                    "POST", self._url, json={"username": self._name, "password": f"{self._name}-demo"}
                )
                self.token = answer.json()["access"]
            request.headers["Authorization"] = f"Bearer {self.token}"
            if (yield request).status_code != 401:
                return
            self.token = ""


def logged_in(site: Site, name: str) -> httpx.Client:
    """A client of the site with an account."""
    return httpx.Client(base_url=f"{site.url}api/", timeout=SOON, auth=Account(site, name))


def chromium_path() -> str | None:
    """The distribution's browser."""
    named = os.environ.get("RESTFLOW_CHROMIUM")
    return named or next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
