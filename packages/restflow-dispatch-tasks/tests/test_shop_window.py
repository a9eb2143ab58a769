"""What the package promises to export, and that it costs nothing until a rule uses it."""

import subprocess
import sys
from pathlib import Path

import restflow.caching
import restflow.dispatch.tasks
from testsite.dispatched import rules

ENGINE = ("django_tasks",)


def test_the_package_exports_its_dispatcher() -> None:
    assert restflow.dispatch.tasks.__all__ == ["DjangoTasksDispatcher"]
    assert restflow.caching.DjangoTasksDispatcher is restflow.dispatch.tasks.DjangoTasksDispatcher


def test_an_installed_plugin_that_nobody_uses_is_not_imported(tmp_path: Path) -> None:
    assert rules.imported(tmp_path, "django_tasks", *ENGINE) == []


def test_its_import_brings_nothing_of_the_engine() -> None:
    code = f"import sys, restflow.dispatch.tasks; print([name for name in sys.modules if name.startswith({ENGINE!r})])"
    command = [sys.executable, "-W", "error", "-c", code]
    assert subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip() == "[]"
