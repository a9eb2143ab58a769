"""`dev.py` on machines that have a hatch, an old one, or none."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

DEV = Path(__file__).resolve().parent.parent / "dev.py"

# The command that runs hatch, where `.tools/` is another folder.
ASK = """
import runpy, sys
from pathlib import Path

hatch = runpy.run_path(sys.argv[1], run_name="dev")["hatch"]
hatch.__globals__["TOOLS"] = Path(sys.argv[2])
print(hatch()[0])
"""


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    return tmp_path / "tools"


def ask(tools: Path, **variables: str) -> "subprocess.CompletedProcess[str]":
    """Asks with nothing on PATH but a folder of the test's own."""
    command = [sys.executable, "-c", ASK, str(DEV), str(tools)]
    environment = os.environ | {"PATH": str(tools.parent)} | variables
    return subprocess.run(command, capture_output=True, text=True, env=environment)


def program(file: Path, says: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"#!/bin/sh\necho {says}\n")
    file.chmod(0o755)
    return file


@pytest.mark.skipif(os.name == "nt", reason="the stand-in for hatch is a shell script")
@pytest.mark.parametrize("version", ["1.18.0", "1.25.3"])
def test_a_hatch_that_is_new_enough_is_used(tools: Path, version: str) -> None:
    program(tools.parent / "hatch", f"Hatch, version {version}")
    assert ask(tools).stdout.strip() == "hatch"


@pytest.mark.skipif(os.name == "nt", reason="the stand-in for hatch is a shell script")
@pytest.mark.parametrize("says", ["Hatch, version 1.17.9", "Hatch, version 2.0.0", "nonsense", ""])
def test_any_other_hatch_gives_way_to_one_of_our_own(tools: Path, says: str) -> None:
    program(tools.parent / "hatch", says)
    uv = program(tools / "bin" / "uv", "uv")
    assert ask(tools).stdout.strip() == str(uv)


def test_where_uv_cannot_be_had_one_line_says_so(tools: Path) -> None:
    nothing = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(tools), "PIP_CONFIG_FILE": os.devnull}
    result = ask(tools, **nothing)
    assert result.returncode == 1
    assert result.stderr.splitlines()[-1].startswith("dev.py: uv could not be installed with pip")
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(("arguments", "status"), [((), 2), (("--help",), 0), (("-h",), 0)], ids=["none", "help", "h"])
def test_without_a_command_it_says_how_it_is_used(arguments: tuple[str, ...], status: int) -> None:
    result = subprocess.run([sys.executable, str(DEV), *arguments], capture_output=True, text=True)
    assert result.returncode == status
    assert result.stdout.startswith("usage: python3 dev.py")
