"""The support matrix says what is declared and what is tested: metadata, `hatch.toml`, `.ci/run`, the README."""

import ast
import re
import sys
import tomllib
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from documentation import badges

ROOT = Path(__file__).resolve().parent.parent.parent
Pair = tuple[str, str]
PACKAGES = sorted(path.parent for path in ROOT.glob("packages/*/pyproject.toml"))


def table() -> dict[Pair, str]:
    """What the page says of each pair of Python and Django."""
    lines = (ROOT / "docs" / "project" / "support.md").read_text().splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    versions = [cell.removeprefix("Django ") for cell in rows[0] if cell.startswith("Django ")]
    pythons = [row for row in rows if re.fullmatch(r"3\.\d+", row[0])]
    return {(row[0], version): said for row in pythons for version, said in zip(versions, row[1:], strict=False)}


def matrix() -> set[Pair]:
    tables = tomllib.loads((ROOT / "hatch.toml").read_text())["envs"]["hatch-test"]["matrix"]
    return {(python, version) for one in tables for python in one["python"] for version in one["django"]}


def test_the_matrix_of_the_page_is_the_one_that_is_tested() -> None:
    said = table()
    assert {pair for pair, words in said.items() if words != "not supported"} == matrix()
    run = (ROOT / ".ci" / "run").read_text()
    assert {pair for pair, words in said.items() if words == "every change"} == set(
        re.findall(r"-i python=(3\.\d+) -i django=(\d\.\d)", run)
    )
    assert set(said.values()) == {"every change", "matrix", "not supported"}


@pytest.mark.parametrize("package", PACKAGES, ids=lambda path: path.name)
def test_the_packages_declare_what_the_page_says(package: Path) -> None:
    project = tomllib.loads((package / "pyproject.toml").read_text())["project"]
    classifiers = "\n".join(project["classifiers"])
    pythons, versions = ({pair[side] for pair in matrix()} for side in (0, 1))
    assert set(re.findall(r"Python :: (3\.\d+)$", classifiers, re.MULTILINE)) == pythons
    assert set(re.findall(r"Django :: (\d\.\d)$", classifiers, re.MULTILINE)) == versions


@pytest.mark.parametrize("page", ["README.md", "docs/installation.md"])
def test_other_pages_say_the_same(page: str) -> None:
    text = " ".join((ROOT / page).read_text().split())
    pythons, versions = (sorted({pair[side] for pair in matrix()}, key=release) for side in (0, 1))
    assert f"Python {pythons[0]} to {pythons[-1]}" in text
    assert re.search(rf"Django {', '.join(versions[:-1])} (and|or) {versions[-1]}", text)
    with_newer = min((python for python, version in matrix() if version[0] == versions[-1][0]), key=release)
    assert f"Django {versions[-1][0]} needs Python {with_newer}" in text


def test_every_deprecated_name_warns_names_its_successor_and_is_listed() -> None:
    """A name is deprecated by `@deprecated("... Use ...")` of PEP 702, which warns by itself, and by nothing else."""
    listed = (ROOT / "docs" / "project" / "versions.md").read_text()
    for path in ROOT.glob("packages/*/src/**/*.py"):
        source = path.read_text()
        assert not re.search(r"\bwarn\([^)]*DeprecationWarning", source), path
        for node in ast.walk(ast.parse(source)):
            for mark in getattr(node, "decorator_list", []):
                if isinstance(mark, ast.Call) and ast.unparse(mark.func).rpartition(".")[2] == "deprecated":
                    assert "Use " in ast.unparse(mark.args[0]), (path, node.name)
                    assert f"`{node.name}`" in listed, (path, node.name)


def test_the_readme_shows_every_badge_as_it_is_made() -> None:
    text = (ROOT / "README.md").read_text()
    for name, picture in badges.pictures().items():
        assert f"(docs/assets/badges/{name})" in text
        assert (badges.FOLDER / name).read_text() == picture, "run integration-tests/documentation/navigation.py"
    pythons, versions = (sorted({pair[side] for pair in matrix()}, key=release) for side in (0, 1))
    facts = badges.facts()
    assert facts["python"] == f"{pythons[0]} to {pythons[-1]}"
    assert facts["django"] == ", ".join(versions)


def release(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))
