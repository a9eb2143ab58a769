"""The reference says what the code says: generated pages are as it makes them, every check is explained."""

import ast
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDER = ROOT / "docs" / "reference"


def test_generated_pages_are_what_the_code_makes(of_the_code: Callable[[str], Any]) -> None:
    for name, text in of_the_code("pages()").items():
        if name == "commands.md" and sys.version_info >= (3, 13):
            continue  # argparse writes help in another form there
        assert (FOLDER / name).read_text() == text, f"{name}: run integration-tests/documentation/reference.py"


def check_ids() -> set[str]:
    """Each id that the sources can report: written out, or a number handed to a helper that makes the id of it."""
    found: set[str] = set()
    for path in ROOT.glob("packages/*/src/**/*.py"):
        tree = ast.parse(path.read_text())
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found |= set(re.findall(r"^restflow\.([EW]\d{3})$", node.value))
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                letter = {"_warning": "W", "_error": "E"}.get(node.func.id)
                if letter and isinstance(node.args[0], ast.Constant):
                    found.add(f"{letter}{node.args[0].value}")
    return found


def test_every_check_is_explained_and_none_that_does_not_exist() -> None:
    explained = set(re.findall(r"^### restflow\.([EW]\d{3})$", (FOLDER / "checks.md").read_text(), re.M))
    assert explained == check_ids()


@pytest.mark.parametrize(
    "code", ["not_found", "validation_error", "throttled", "repeated", "max_depth", "token_expired"]
)
def test_a_pasted_code_finds_its_heading(code: str) -> None:
    assert f"### {code}\n" in (FOLDER / "errors.md").read_text()


def test_each_protocol_stands_in_the_sources_of_both_sides() -> None:
    rows = [
        line.strip("|").split("|")
        for line in (FOLDER / "protocols.md").read_text().splitlines()
        if "`restflow-" in line
    ]
    assert len(rows) > 20
    sources = {
        path.name: "".join(source.read_text() for source in path.glob("src/**/*.py"))
        for path in ROOT.glob("packages/*")
    }
    missing = [
        f"{name} in {package}"
        for names, *_, offered, asked in rows
        for name in re.findall(r"`(\w+)`", names)
        for package in re.findall(r"`(restflow-[\w-]+)`", offered + asked)
        if not re.search(rf"\b{name}\b", sources[package])
    ]
    assert missing == []


def test_the_glossary_has_the_words_of_these_pages() -> None:
    words = re.findall(r"^### (.+)$", (FOLDER / "glossary.md").read_text(), re.MULTILINE)
    assert words == sorted(words, key=str.lower)
    assert {"Crossing", "Face", "Wipe", "Generation", "Session"} <= set(words)
