"""A package's README needs no more than that package, what it requires, and what the README says to install."""

import shlex
import sys
from collections.abc import Callable
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

sys.path.insert(0, str(Path(__file__).resolve().parent))

from documentation.blocks import Block, blocks, commands, needed

ROOT = Path(__file__).resolve().parent.parent
RUNNER = ROOT / "integration-tests" / "documentation" / "page.py"
READMES = {path.parent.name: path for path in sorted(ROOT.glob("packages/*/README.md"))}


def asked_for(readme: Path) -> set[str]:
    """What the README says to install before it shows the first line of Python."""
    page = blocks(readme)
    code = next((number for number, block in enumerate(page) if _is_shown_python(block)), len(page))
    lines = [command for block in page[:code] if block.language == "console" for command, _ in commands(block.source)]
    words = [shlex.split(line, comments=True) for line in lines]
    return {word for line in words if line[:2] == ["pip", "install"] for word in line[2:]}


def _is_shown_python(block: Block) -> bool:
    return block.language == "python" and not block.hidden


def ours(requirement: Requirement) -> set[str]:
    """The distribution and those of ours that it requires, with the extras that it is asked for."""
    found = {requirement.name}
    for other in map(Requirement, distribution(requirement.name).requires or ()):
        wanted = not other.marker or any(other.marker.evaluate({"extra": extra}) for extra in requirement.extras)
        if wanted and other.name.startswith("restflow"):
            found |= ours(other)
    return found


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.needs(*needed(path))) for name, path in READMES.items()]
)
def test_its_samples_run_with_what_it_says_to_install(
    make_environment: Callable[..., Any], run: Callable[..., str], name: str
) -> None:
    wanted = asked_for(READMES[name])
    own = [requirement for requirement in map(Requirement, wanted) if requirement.name.startswith("restflow")]
    assert {requirement.name for requirement in own} == {name}, "it says how to install itself first"
    environment = make_environment(*sorted(wanted), "sybil")  # which reads the page, and requires nothing
    assert {one for one in environment.installed() if one.startswith("restflow")} == set().union(*map(ours, own))
    run(environment.python, RUNNER, READMES[name], "python")
