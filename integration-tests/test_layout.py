"""The workspace is what it says: fourteen distributions, pure namespaces, true metadata, pins that admit neighbours."""

import importlib
import importlib.metadata
import os
import re
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = sorted(path.parent for path in ROOT.glob("packages/*/pyproject.toml"))
NAMESPACES = ("restflow", "restflow/dispatch")
STALE = "The installed metadata is older than the workspace: run `hatch env prune`, then start again."

# Each distribution and the import packages that it owns.
OWNERS = {
    "restflow": [],
    "restflow-core": ["restflow.core"],
    "restflow-serializers": ["restflow.serializers"],
    "restflow-filters": ["restflow.filters"],
    "restflow-caching": ["restflow.caching"],
    "restflow-views": [
        "restflow.exceptions",
        "restflow.pagination",
        "restflow.permissions",
        "restflow.responses",
        "restflow.throttling",
        "restflow.views",
    ],
    "restflow-auth": ["restflow.authentication"],
    "restflow-spectacular": ["restflow.spectacular"],
    "restflow-test": ["restflow.test"],
    "restflow-dispatch-celery": ["restflow.dispatch.celery"],
    "restflow-dispatch-rq": ["restflow.dispatch.rq"],
    "restflow-dispatch-q": ["restflow.dispatch.q"],
    "restflow-dispatch-dramatiq": ["restflow.dispatch.dramatiq"],
    "restflow-dispatch-tasks": ["restflow.dispatch.tasks"],
}
LIBRARY_EXTRAS = {"redis", "postgres"}  # libraries that users may want, on which no code of ours depends


@cache
def pyproject(name: str) -> dict[str, Any]:
    return tomllib.loads((ROOT / "packages" / name / "pyproject.toml").read_text())["project"]


def portions(package: Path) -> list[str]:
    """The import packages that a distribution's sources hold: folders with an `__init__.py` below the namespaces."""
    source = package / "src"
    found = [path.parent for path in source.glob("restflow/*/__init__.py")]
    found += [path.parent for path in source.glob("restflow/dispatch/*/__init__.py")]
    return sorted(".".join(path.relative_to(source).parts) for path in found)


def requirements(texts: list[str]) -> set[str]:
    """Requirements in one spelling, so that sources and metadata compare."""
    return {re.sub(r"\s*;\s*extra == .*| and extra == .*", "", str(Requirement(text))) for text in texts}


def test_the_fourteen_distributions_are_here_and_own_their_packages() -> None:
    assert {package.name: portions(package) for package in PACKAGES} == OWNERS


@pytest.mark.parametrize("package", PACKAGES, ids=lambda path: path.name)
def test_a_package_has_what_a_release_needs(package: Path) -> None:
    for name in ("README.md", "CHANGELOG.md", "LICENSE", "tests"):
        assert (package / name).exists(), f"{package.name} lacks {name}"
    metadata = pyproject(package.name)
    assert metadata["name"] == package.name
    assert metadata["requires-python"] == ">=3.11"
    assert metadata["license"] == "MIT"
    assert Version(metadata["version"])
    assert "dynamic" not in metadata
    assert (package / "LICENSE").read_text() == (ROOT / "LICENSE").read_text()
    assert "## [Unreleased]" in (package / "CHANGELOG.md").read_text()


@pytest.mark.parametrize("package", PACKAGES, ids=lambda path: path.name)
def test_the_namespaces_stay_pure_and_the_portions_typed(package: Path) -> None:
    source = package / "src"
    for namespace in NAMESPACES:
        assert not (source / namespace / "__init__.py").exists(), f"{namespace} is a namespace: no __init__.py"
        stray = [path.name for path in (source / namespace).glob("*") if path.is_file()]
        assert stray == [], f"{package.name} puts files into the namespace {namespace}: {stray}"
        folders = {path.name for path in (source / namespace).glob("*") if path.is_dir()} - {"dispatch"}
        owned = {name.rpartition(".")[2] for name in portions(package)}
        assert folders <= owned, f"{package.name} has folders in {namespace} that are no package: {folders - owned}"
    for portion in portions(package):
        assert (source / portion.replace(".", "/") / "py.typed").exists(), f"{portion} lacks py.typed"


def test_the_namespaces_have_no_module_of_their_own() -> None:
    for name in ("restflow", "restflow.dispatch"):
        module = importlib.import_module(name)
        assert getattr(module, "__file__", None) is None
        assert module.__spec__ is not None
        assert module.__spec__.origin is None


@pytest.mark.parametrize("name", OWNERS)
def test_the_installed_metadata_equal_the_sources(name: str) -> None:
    declared, installed = pyproject(name), importlib.metadata.distribution(name)
    assert installed.version == declared["version"], STALE
    extras = declared.get("optional-dependencies", {})
    # the build replaces an extra of the package itself (`restflow[all]`) by what that extra brings
    bring = [text for texts in extras.values() for text in texts if Requirement(text).name != name]
    wanted = requirements([*declared["dependencies"], *bring])
    assert requirements(installed.requires or []) == wanted, STALE
    assert set(installed.metadata.get_all("Provides-Extra") or []) == set(extras), STALE
    entry_points = {(point.group, point.name, point.value) for point in installed.entry_points}
    groups = declared.get("entry-points", {}) | {"console_scripts": declared.get("scripts", {})}
    assert entry_points == {(group, key, value) for group, table in groups.items() for key, value in table.items()}, (
        STALE
    )


@pytest.mark.parametrize("name", OWNERS)
def test_pins_are_ranges_that_admit_the_neighbours(name: str) -> None:
    declared = pyproject(name)
    texts = [*declared["dependencies"], *(t for e in declared.get("optional-dependencies", {}).values() for t in e)]
    siblings = [r for r in map(Requirement, texts) if r.name.startswith("restflow-")]
    assert siblings or name == "restflow-core"
    for requirement in siblings:
        assert {spec.operator for spec in requirement.specifier} == {">=", "<"}, f"{requirement} is no range"
        assert requirement.specifier.contains(pyproject(requirement.name)["version"], prereleases=True), (
            f"{name} does not admit its neighbour: {requirement}"
        )


def test_every_declared_entry_point_leads_to_an_object() -> None:
    for name in OWNERS:
        for point in importlib.metadata.distribution(name).entry_points:
            assert point.load() is not None


def test_the_meta_package_covers_every_distribution() -> None:
    meta = pyproject("restflow")
    extras = meta["optional-dependencies"]
    assert {Requirement(text).name for text in meta["dependencies"]} == {"restflow-core"}
    covered = {Requirement(text).name for texts in extras.values() for text in texts}
    assert covered >= OWNERS.keys() - {"restflow", "restflow-core"}
    for extra, texts in extras.items():
        if extra not in LIBRARY_EXTRAS | {"all"}:
            assert all(Requirement(text).name.startswith("restflow-") for text in texts), f"{extra} brings a library"


def test_the_meta_packages_extra_all_is_the_sum_of_the_others() -> None:
    extras = pyproject("restflow")["optional-dependencies"]
    (everything,) = map(Requirement, extras["all"])
    assert everything.name == "restflow"
    assert everything.extras == extras.keys() - {"all"}


@pytest.mark.parametrize("name", [portion for owned in OWNERS.values() for portion in owned])
def test_a_portion_imports_first_and_alone_and_says_what_it_exports(name: str) -> None:
    code = f"import django; django.setup(); import {name} as module; print(len(module.__all__) >= 0)"
    run_python(code, DJANGO_SETTINGS_MODULE="testsite.settings", PYTHONPATH=str(ROOT))


def test_core_imports_without_settings_and_without_the_rest_framework() -> None:
    run_python("import sys, restflow.core, restflow.core.asgi; assert 'rest_framework' not in sys.modules")


def run_python(code: str, **variables: str) -> None:
    """Runs a fresh interpreter with no settings but those given."""
    environment = {key: value for key, value in os.environ.items() if key != "DJANGO_SETTINGS_MODULE"}
    command = [sys.executable, "-W", "error", "-c", code]
    result = subprocess.run(command, capture_output=True, text=True, cwd="/", env=environment | variables)
    assert result.returncode == 0, result.stderr
