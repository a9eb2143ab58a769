"""What the package promises to export, and that it costs nothing until a rule uses it."""

import importlib
import subprocess
import sys

import restflow.caching
import restflow.dispatch.tasks

ENGINE = ("django_tasks",)

UNUSED = """
import django
from django.conf import settings

settings.configure(INSTALLED_APPS=["django.contrib.contenttypes", "restflow.caching"], USE_TZ=True)
django.setup()
from restflow.caching import registered_dispatcher_names

assert "django_tasks" in registered_dispatcher_names()
import sys

print([name for name in sys.modules if name.startswith(("restflow.dispatch", *ENGINE))])
"""


def test_the_package_exports_its_dispatcher() -> None:
    assert restflow.dispatch.tasks.__all__ == ["DjangoTasksDispatcher"]
    assert restflow.caching.DjangoTasksDispatcher is restflow.dispatch.tasks.DjangoTasksDispatcher


def test_nothing_of_it_is_imported_at_start_up() -> None:
    assert imported(UNUSED) == "[]"


def test_its_import_brings_nothing_of_the_engine() -> None:
    code = "import sys, restflow.dispatch.tasks; print([name for name in sys.modules if name.startswith(ENGINE)])"
    assert imported(code) == "[]"
    assert importlib.util.find_spec("django_tasks") is not None or importlib.util.find_spec("django.tasks") is not None


def imported(code: str) -> str:
    engine = f"ENGINE = {ENGINE!r}\n"
    command = [sys.executable, "-W", "error", "-c", engine + code]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=120).stdout.strip()
