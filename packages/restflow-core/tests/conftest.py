"""Distributions for the tests: real `.dist-info` folders and modules in a folder on `sys.path`."""

import importlib.metadata
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

import pytest

from restflow.core import restflow_settings

MakeDistribution = Callable[..., Path]
Doctor = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def make_distribution(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MakeDistribution]:
    """`make_distribution(name, version="1.0", entry_points={group: {name: value}}, modules={dotted name: source})`
    installs a distribution into the folder `site` (or another one of the test) and returns that folder.

    `name=None` leaves the name out of the metadata. What was imported from there is forgotten after the test.
    """
    imported: set[str] = set()

    def make(
        name: str | None,
        version: str = "1.0",
        *,
        entry_points: Mapping[str, Mapping[str, str]] | None = None,
        modules: Mapping[str, str] | None = None,
        requires: Sequence[str] = (),
        site: str = "site",
    ) -> Path:
        folder = tmp_path / site
        dist_info = folder / f"{(name or 'nameless').replace('-', '_')}-{version}.dist-info"
        dist_info.mkdir(parents=True)
        metadata = ["Metadata-Version: 2.1"]
        if name is not None:
            metadata += [f"Name: {name}", f"Version: {version}"]
        metadata += [f"Requires-Dist: {requirement}" for requirement in requires]
        (dist_info / "METADATA").write_text("\n".join(metadata) + "\n")
        lines = []
        for group, claims in (entry_points or {}).items():
            lines += [f"[{group}]", *(f"{claim} = {value}" for claim, value in claims.items())]
        (dist_info / "entry_points.txt").write_text("\n".join(lines) + "\n")
        for module, source in (modules or {}).items():
            path = folder.joinpath(*module.split(".")).with_suffix(".py")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(source)
            imported.add(module)
        if str(folder) not in sys.path:
            monkeypatch.syspath_prepend(folder)
        return folder

    yield make
    for module in imported:
        sys.modules.pop(module, None)


PublishSections = Callable[..., ModuleType]


@pytest.fixture
def publish_sections(make_distribution: MakeDistribution) -> Iterator[PublishSections]:
    """`publish_sections(source, REPORTS="ReportSettings")` publishes classes of a module with that source as sections
    of a distribution `acme-reports`, and returns the module, imported."""
    count = 0

    def publish(source: str, *, distribution: str = "acme-reports", **sections: str) -> ModuleType:
        nonlocal count
        count += 1
        module = f"acme_sections_{count}"
        claims = {name: f"{module}:{cls}" for name, cls in sections.items()}
        make_distribution(distribution, entry_points={"restflow.settings": claims}, modules={module: source})
        restflow_settings.reload()
        return import_module(module)

    yield publish
    restflow_settings.reload()


@pytest.fixture
def doctor(tmp_path: Path) -> Doctor:
    """`doctor("--json", settings=source, modules={name: source}, status=1)` runs `python -m restflow.core` in a project
    of these modules, where nothing is installed but core, Django, asgiref and what `make_distribution` made.

    `settings` becomes the module `project_settings`, named by `DJANGO_SETTINGS_MODULE`. The result's exit status is
    `status`, and no traceback is in its output.
    """
    library = tmp_path / "library"
    (library / "restflow").mkdir(parents=True)
    required = {"restflow-core": "restflow/core", "django": "django", "asgiref": "asgiref", "sqlparse": "sqlparse"}
    for name, package in required.items():
        spec = find_spec(package.replace("/", "."))
        assert spec is not None
        assert spec.origin is not None
        (library / package).symlink_to(Path(spec.origin).parent)
        metadata = next(
            file for file in importlib.metadata.files(name) or [] if file.parent.suffix == ".dist-info"
        ).locate()
        (library / Path(metadata).parent.name).symlink_to(Path(metadata).parent)
    project = tmp_path / "project"
    project.mkdir()

    def run(
        *options: str,
        settings: str | None = None,
        modules: Mapping[str, str] | None = None,
        status: int = 0,
        **variables: str,
    ) -> "subprocess.CompletedProcess[str]":
        environment = {key: value for key, value in os.environ.items() if key != "DJANGO_SETTINGS_MODULE"}
        environment["PYTHONPATH"] = os.pathsep.join([str(tmp_path / "site"), str(library)])
        if settings is not None:
            environment["DJANGO_SETTINGS_MODULE"] = "project_settings"
        for name, source in {
            **(modules or {}),
            **({"project_settings": settings} if settings is not None else {}),
        }.items():
            path = project.joinpath(*name.split(".")).with_suffix(".py")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(source)
        command = [sys.executable, "-S", "-W", "error", "-m", "restflow.core", *options]
        done = subprocess.run(command, capture_output=True, text=True, cwd=project, env=environment | variables)
        assert done.returncode == status, done.stdout + done.stderr
        assert "Traceback" not in done.stdout + done.stderr
        return done

    return run
