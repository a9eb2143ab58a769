"""Wheels of the workspace, built once a process, and fresh environments to install them into."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent


def run(*command: str | Path, cwd: Path | None = None, status: int | None = 0, **variables: str) -> str:
    """Runs a command without the test project's settings; its output, after its exit status was checked."""
    hidden = {"DJANGO_SETTINGS_MODULE", "PYTHONPATH", "VIRTUAL_ENV"}
    environment = {key: value for key, value in os.environ.items() if key not in hidden} | variables
    words = [str(word) for word in command]
    result = subprocess.run(words, capture_output=True, text=True, cwd=cwd or ROOT.parent, env=environment)
    if status is not None:
        assert result.returncode == status, f"{words}\n{result.stdout}\n{result.stderr}"
    return result.stdout


def uv(*arguments: str | Path) -> str:
    return run(sys.executable, "-m", "uv", *arguments)


class Environment:
    """A virtual environment with nothing in it but what a test installs."""

    def __init__(self, folder: Path, wheels: Path) -> None:
        self.folder = folder
        self.wheels = wheels
        self.python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
        uv("venv", "--quiet", "--python", sys.executable, folder)

    def install(self, *requirements: str | Path) -> None:
        # a wheel of ours keeps its version while it changes: uv's cache must not answer for it
        fresh = [f"--refresh-package={path.name.split('-')[0].replace('_', '-')}" for path in self.wheels.glob("*.whl")]
        uv("pip", "install", "--quiet", "--python", self.python, "--find-links", self.wheels, *fresh, *requirements)

    def uninstall(self, *names: str) -> None:
        uv("pip", "uninstall", "--quiet", "--python", self.python, *names)

    def installed(self) -> set[str]:
        """The names of the distributions."""
        listed = json.loads(uv("pip", "list", "--format=json", "--python", self.python))
        return {entry["name"] for entry in listed}

    def run(self, code: str, status: int | None = 0, **variables: str) -> str:
        """Runs code; its standard output."""
        return run(self.python, "-W", "error", "-c", code, status=status, cwd=self.folder, **variables)

    def doctor(self, *options: str, status: int = 0, **variables: str) -> Any:
        """The report of the console script `restflow`."""
        command = self.python.parent / "restflow"
        return json.loads(run(command, "--json", *options, status=status, cwd=self.folder, **variables))


@pytest.fixture(scope="session", name="run")
def run_fixture() -> Callable[..., str]:
    return run


@pytest.fixture(scope="session", name="uv")
def uv_fixture() -> Callable[..., str]:
    return uv


@pytest.fixture(scope="session")
def wheelhouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist of every package and the wheel that was built from it."""
    folder = tmp_path_factory.mktemp("wheelhouse")
    for package in sorted(ROOT.glob("packages/*/pyproject.toml")):
        uv("build", "--quiet", "--out-dir", folder, package.parent)
    return folder


@pytest.fixture(scope="session")
def new_environment(wheelhouse: Path) -> Callable[[Path], Environment]:
    """Makes an environment in a folder, for those that outlive a test."""
    return lambda folder: Environment(folder, wheelhouse)


@pytest.fixture
def make_environment(tmp_path: Path, wheelhouse: Path) -> Callable[..., Environment]:
    """Builds a fresh environment with the given requirements installed from the wheelhouse."""

    def make(*requirements: str | Path) -> Environment:
        environment = Environment(tmp_path / f"environment-{len(list(tmp_path.iterdir()))}", wheelhouse)
        if requirements:
            environment.install(*requirements)
        return environment

    return make


@pytest.fixture
def build_wheel(tmp_path: Path) -> Callable[..., Path]:
    """Builds a third party's wheel from the text of its modules and entry points."""

    def build(
        name: str, modules: dict[str, str], entry_points: dict[str, dict[str, str]], version: str = "1.0"
    ) -> Path:
        project = tmp_path / "projects" / name
        for path, text in modules.items():
            target = project / "src" / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text)
        tables = "".join(
            f'\n[project.entry-points."{group}"]\n' + "".join(f'{key} = "{value}"\n' for key, value in table.items())
            for group, table in entry_points.items()
        )
        top = sorted({Path(path).parts[0] for path in modules})
        only = ", ".join(f'"src/{part}"' for part in top)
        (project / "pyproject.toml").write_text(
            '[build-system]\nrequires = ["hatchling>=1.27"]\nbuild-backend = "hatchling.build"\n\n'
            f'[project]\nname = "{name}"\nversion = "{version}"\n'
            f'dependencies = ["restflow-core>=0.1.0,<0.2"]\n{tables}\n'
            f'[tool.hatch.build.targets.wheel]\nonly-include = [{only}]\nsources = ["src"]\n'
        )
        uv("build", "--quiet", "--wheel", "--out-dir", project / "dist", project)
        (wheel,) = (project / "dist").glob("*.whl")
        return wheel

    return build
