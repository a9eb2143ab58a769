"""What the package promises to export, and that it costs nothing until a rule uses it."""

import importlib
import subprocess
import sys

import restflow.caching
import restflow.dispatch.rq

ENGINE = ("rq", "django_rq", "redis")

UNUSED = """
import django
from django.conf import settings

settings.configure(INSTALLED_APPS=["django.contrib.contenttypes", "restflow.caching"], USE_TZ=True)
django.setup()
from restflow.caching import registered_dispatcher_names

assert "django_rq" in registered_dispatcher_names()
import sys

print([name for name in sys.modules if name.startswith(("restflow.dispatch", *ENGINE))])
"""


def test_the_package_exports_its_dispatcher() -> None:
    assert restflow.dispatch.rq.__all__ == ["DjangoRqDispatcher"]
    assert restflow.caching.DjangoRqDispatcher is restflow.dispatch.rq.DjangoRqDispatcher


def test_nothing_of_it_is_imported_at_start_up() -> None:
    assert imported(UNUSED) == "[]"


def test_its_import_brings_nothing_of_the_engine() -> None:
    code = "import sys, restflow.dispatch.rq; print([name for name in sys.modules if name.startswith(ENGINE)])"
    assert imported(code) == "[]"
    assert importlib.util.find_spec("rq") is not None


def imported(code: str) -> str:
    engine = f"ENGINE = {ENGINE!r}\n"
    command = [sys.executable, "-W", "error", "-c", engine + code]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=120).stdout.strip()
