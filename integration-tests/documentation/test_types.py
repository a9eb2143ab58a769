"""What pages say of types is what mypy and pyright say: blocks below `<!-- types -->`, and what `reveal_type` shows."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from documentation.blocks import blocks

ROOT = Path(__file__).resolve().parent.parent.parent
REVEALED = re.compile(r"^reveal_type\(.*\)  # (.+)$")
Revealed = dict[tuple[str, int], str]
"""File and line, and the type there."""


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a module for each page that shows types."""
    folder = tmp_path_factory.mktemp("pages")
    for page in sorted((ROOT / "docs").rglob("*.md")):
        source = "".join(block.source for block in blocks(page) if block.typed)
        if source:
            (folder / f"{page.stem.replace('-', '_')}_page.py").write_text(source)
    return folder


@pytest.fixture(scope="module")
def shown(pages: Path) -> Revealed:
    """What the pages say."""
    lines = [(path.name, *line) for path in pages.glob("*.py") for line in enumerate(path.read_text().splitlines(), 1)]
    found = {(name, number): said[1] for name, number, line in lines if (said := REVEALED.match(line))}
    assert len(found) >= 6
    return found


def plain(said: str) -> str:
    """A type as people write it, of what a type checker prints."""
    said = re.sub(r"\b(builtins|typing|decimal)\.|\?", "", said)
    return said.replace("] | Literal[", ", ")


def test_the_types_that_pages_show_are_those_of_mypy(pages: Path, shown: Revealed, tmp_path: Path) -> None:
    pytest.importorskip("mypy")
    options = ["--config-file", str(ROOT / "pyproject.toml"), "--cache-dir", str(tmp_path), "--no-pretty"]
    command = [sys.executable, "-m", "mypy", *options, *map(str, pages.glob("*.py"))]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    notes = re.findall(r'^(.+?):(\d+): note: Revealed type is "(.+)"$', done.stdout, re.MULTILINE)
    assert {(Path(file).name, int(number)): plain(said) for file, number, said in notes} == shown


def test_the_types_that_pages_show_are_those_of_pyright(pages: Path, shown: Revealed) -> None:
    pytest.importorskip("basedpyright")
    sources = [str(path) for path in ROOT.glob("packages/*/src")]
    assert revealed_by_pyright(pages, Path(sys.executable), sources) == shown


def test_types_are_the_same_without_the_stubs_of_django_and_the_rest_framework(
    pages: Path, shown: Revealed, make_environment: Callable[..., Any]
) -> None:
    """In an environment of a user who has not installed them, over the wheels."""
    pytest.importorskip("basedpyright")
    environment = make_environment("restflow[serializers,caching]", "annotated-types")
    assert not {name for name in environment.installed() if name.endswith("-stubs")}
    assert revealed_by_pyright(pages, environment.python, []) == shown


def revealed_by_pyright(pages: Path, python: Path, sources: list[str]) -> Revealed:
    """What pyright says of the pages with the packages of an interpreter; fails where it finds a mistake."""
    settings = {"typeCheckingMode": "standard", "extraPaths": sources}
    (pages / "pyrightconfig.json").write_text(json.dumps(settings))
    command = [sys.executable, "-m", "basedpyright", "--outputjson", "--pythonpath", str(python), "-p", str(pages)]
    done = subprocess.run(command, cwd=pages, capture_output=True, text=True)
    found = json.loads(done.stdout)["generalDiagnostics"]
    assert [one for one in found if one["severity"] == "error"] == []
    notes = [(one, re.fullmatch(r'Type of ".+" is "(.+)"', one["message"])) for one in found]
    return {(Path(one["file"]).name, one["range"]["start"]["line"] + 1): plain(note[1]) for one, note in notes if note}
