"""A tag is released only when version, changelog and pins agree with it."""

import importlib.util
import shutil
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def release() -> ModuleType:
    spec = importlib.util.spec_from_file_location("release", ROOT / ".ci" / "release.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """The metadata of the packages, with a changelog that is ready for 0.1.0."""
    for package in ROOT.glob("packages/*"):
        if (package / "pyproject.toml").exists():
            folder = tmp_path / "packages" / package.name
            folder.mkdir(parents=True)
            shutil.copy(package / "pyproject.toml", folder)
            text = (package / "CHANGELOG.md").read_text()
            (folder / "CHANGELOG.md").write_text(text.replace("## [Unreleased]", "## [0.1.0] - 2026-12-01"))
    return tmp_path


def test_a_tag_that_agrees_has_no_problems(release: ModuleType, workspace: Path) -> None:
    for package in sorted((workspace / "packages").iterdir()):
        assert release.problems(f"{package.name}-v0.1.0", workspace) == []


@pytest.mark.parametrize(
    ("tag", "text"),
    [
        ("v0.1.0", "a release tag is"),
        ("restflow-filters-0.1.0", "a release tag is"),
        ("restflow-filter-v0.1.0", "no distribution restflow-filter. There are restflow, "),
        ("restflow-filters-v0.1.1", "restflow-filters/pyproject.toml says version 0.1.0"),
        ("restflow-filters-v0.1.1", "no section '## [0.1.1] - <date>'"),
        ("restflow-core-v0.2.0", "restflow-filters: restflow-core<0.2,>=0.1.0 does not admit 0.2.0"),
    ],
)
def test_what_is_wrong_is_told(release: ModuleType, workspace: Path, tag: str, text: str) -> None:
    said = "\n".join(release.problems(tag, workspace)).replace("restflow-core>=0.1.0,<0.2", "restflow-core<0.2,>=0.1.0")
    assert text in said
