"""The site under test: the real command line as a process of its own, over one data folder that is loaded once."""

import os
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser

from demo.tests.running import NO_LIMITS, SOON, Site, command, environment, logged_in
from demo.tests.tabs import Open, browsers, tabs


@pytest.fixture(scope="session")
def run() -> Callable[..., "subprocess.CompletedProcess[str]"]:
    """`run("--port", 0)` runs the demo to its end."""

    def to_its_end(*options: object, **kwargs: Any) -> "subprocess.CompletedProcess[str]":
        kwargs = {"stdin": subprocess.DEVNULL, "env": environment(), **kwargs}
        return subprocess.run(command(*options), capture_output=True, text=True, timeout=SOON, **kwargs)

    return to_its_end


@pytest.fixture(scope="session")
def launch() -> Iterator[Callable[..., "subprocess.Popen[str]"]]:
    """`launch("--data", folder)` starts the demo and waits for nothing."""
    processes: list[subprocess.Popen[str]] = []

    def launched(*options: object, env: Mapping[str, str] = NO_LIMITS, **kwargs: Any) -> "subprocess.Popen[str]":
        kwargs = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, **kwargs}
        process = subprocess.Popen(command(*options), env=environment() | env, text=True, **kwargs)
        processes.append(process)
        return process

    yield launched
    for process in processes:
        with process:
            process.kill()


@pytest.fixture(scope="session")
def start(launch: Any) -> Callable[..., Site]:
    """`start("--data", folder)` starts the demo and waits for its banner."""

    def started(*options: object, **kwargs: Any) -> Site:
        process = launch(*options, **kwargs)
        printed = ""
        for line in process.stdout:
            printed += line
            if "Ctrl-C stops" in line:
                break
        found = re.search(r"API +(http://\S+/)api/", printed)
        assert found, printed
        return Site(process, found[1], printed)

    return started


@pytest.fixture(scope="session")
def first(start: Callable[..., Site], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The site that nobody writes to. Workers of one run share its folder: the first loads it, the others wait."""
    root = tmp_path_factory.getbasetemp()
    folder = (root.parent if "PYTEST_XDIST_WORKER" in os.environ else root) / "demo-data"
    site = start("--data", folder, "--port", 0)
    site.folder = folder
    yield site
    assert site.interrupt() == (0, "")  # and nothing was logged on the way


@pytest.fixture(scope="session")
def loaded(first: Site) -> Path:
    """The folder that the first start has loaded."""
    return first.folder


@pytest.fixture(scope="session")
def api(first: Site) -> Iterator[httpx.Client]:
    """A client of the site that nobody writes to."""
    with httpx.Client(base_url=f"{first.url}api/", timeout=SOON) as client:
        yield client


@pytest.fixture
def copy(loaded: Path, tmp_path: Path) -> Path:
    """A data folder of the test's own, with the data loaded."""
    folder = tmp_path / "copy"
    shutil.copytree(loaded, folder)
    return folder


@pytest.fixture(scope="session")
def writable(start: Callable[..., Site], loaded: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The site that tests may write to, over a folder of its own: a second start, after Tokyo was renamed to Edo."""
    folder = tmp_path_factory.mktemp("writable") / "data"
    shutil.copytree(loaded, folder)
    with closing(sqlite3.connect(folder / "world.sqlite3")) as database, database:
        database.execute("UPDATE world_city SET name = 'Edo' WHERE name = 'Tokyo'")
    site = start("--data", folder, "--port", 0)
    site.folder = folder
    yield site
    assert site.interrupt()[0] == 0


@pytest.fixture(scope="session")
def editable(writable: Site) -> Iterator[httpx.Client]:
    """An editor of the site that tests may write to."""
    with logged_in(writable, "editor") as client:
        yield client


@pytest.fixture(scope="session")
def admin(writable: Site) -> Iterator[httpx.Client]:
    """An administrator of the site that tests may write to."""
    with logged_in(writable, "admin") as client:
        yield client


@pytest.fixture(scope="session")
def editor(first: Site) -> Iterator[httpx.Client]:
    """An editor of the site that nobody writes to: for what is refused."""
    with logged_in(first, "editor") as client:
        yield client


@pytest.fixture(scope="module")  # its event loop would be in the way of other modules' async tests
def browser() -> Iterator[Browser]:
    """A headless Chromium."""
    yield from browsers()


@pytest.fixture
def visit(browser: Browser) -> Iterator[Open]:
    """`visit(site, "?country=DE")` opens the page in a tab."""
    yield from tabs(browser)
