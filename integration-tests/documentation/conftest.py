"""The site, built once, and tabs of a headless Chromium that visit it."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from playwright.sync_api import Browser

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from demo.tests.tabs import Open, browsers, tabs
from documentation import plain

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(scope="session")
def of_the_code() -> Callable[[str], Any]:
    """`of_the_code("pages()")`: what a function of `reference.py` makes, in a process with settings of its own."""

    def made(call: str) -> Any:
        code = f"import json, documentation.reference as made; print(json.dumps(made.{call}))"
        environment = {
            "PATH": "/usr/bin:/bin",
            "PYTHONPATH": str(ROOT / "integration-tests"),
            "PYTHONWARNINGS": "error",
        }
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return made


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the built site."""
    pytest.importorskip("zensical")
    folder = tmp_path_factory.mktemp("site")
    shutil.copytree(ROOT / "docs", folder / "docs")
    (folder / "packages").symlink_to(ROOT / "packages")
    shutil.copy(ROOT / "mkdocs.yml", folder)
    command = [sys.executable, "-m", "zensical", "build", "--strict", "--clean", "--config-file", "mkdocs.yml"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "No issues found" in done.stdout + done.stderr
    plain.main(folder / "site")
    return folder / "site"


@pytest.fixture(scope="session")
def on_disk(site: Path) -> SimpleNamespace:
    """The site as files of this machine, at its `url`: what works so works by HTTP too."""
    return SimpleNamespace(url=f"{site.as_uri()}/")


@pytest.fixture(scope="module")  # its event loop would be in the way of other modules' async tests
def browser() -> Iterator[Browser]:
    """A headless Chromium."""
    yield from browsers()


@pytest.fixture
def visit(browser: Browser) -> Iterator[Open]:
    """`visit(on_disk, "quickstart.html")` opens a page in a tab that must complain of nothing, and ask no host."""
    yield from tabs(browser)
