"""What type checkers see of serializers: the files of `typing_tests`, strict, for every supported Python."""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
FILES = ROOT / "packages" / "restflow-serializers" / "typing_tests"
VERSIONS = ["3.11", "3.12", "3.13", "3.14"]

pytestmark = pytest.mark.skipif(
    find_spec("basedpyright") is None or find_spec("mypy_drf_plugin") is None,
    reason="basedpyright or the stubs are not installed",
)


def told(*command: str) -> str:
    done = subprocess.run([sys.executable, "-m", *command], capture_output=True, text=True, cwd=ROOT)
    return "" if done.returncode == 0 else done.stdout + done.stderr


@pytest.mark.parametrize("version", VERSIONS)
def test_pyright(version: str) -> None:
    options = ["--project", str(FILES), "--pythonpath", sys.executable, "--pythonversion", version]
    assert told("basedpyright", *options) == ""


@pytest.mark.parametrize("version", [VERSIONS[0], VERSIONS[-1]])
def test_mypy(version: str, tmp_path: Path) -> None:
    options = ["--config-file", "pyproject.toml", "--cache-dir", str(tmp_path), "--python-version", version]
    assert told("mypy", *options, str(FILES / "validated_data.py")) == ""


def test_a_wrong_type_is_told(tmp_path: Path) -> None:
    text = (FILES / "validated_data.py").read_text()
    wrong = text.replace("assert_type(data.name, str)", "assert_type(data.name, int)")
    assert wrong != text
    (tmp_path / "validated_data.py").write_text(wrong)
    sources = ", ".join(f'"{source}"' for source in ROOT.glob("packages/restflow-[cs]*/src"))
    (tmp_path / "pyrightconfig.json").write_text(f'{{"typeCheckingMode": "strict", "extraPaths": [{sources}]}}')
    options = ["--project", str(tmp_path), "--pythonpath", sys.executable]
    assert "reportAssertTypeFailure" in told("basedpyright", *options)
