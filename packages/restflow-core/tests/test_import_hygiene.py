"""What an import of core brings with it, and what it does not need."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import restflow.core

SOURCE = Path(restflow.core.__file__).parent
MODULES = sorted(f"restflow.core.{path.stem}" for path in SOURCE.glob("*.py") if path.stem != "__init__")


def python(code: str) -> str:
    """The output of a fresh interpreter, without the settings of the tests."""
    environment = {key: value for key, value in os.environ.items() if key != "DJANGO_SETTINGS_MODULE"}
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_core_imports_without_settings_without_setup_and_without_the_rest_framework():
    code = """
import json, sys
import restflow.core
from django.apps import apps
from django.conf import settings
print(json.dumps([settings.configured, apps.ready, "rest_framework" in sys.modules]))
"""
    assert json.loads(python(code)) == [False, False, False]


@pytest.mark.parametrize("name", MODULES)
def test_every_module_imports_first_and_alone(name):
    code = f"import importlib, sys; importlib.import_module({name!r}); print('rest_framework' in sys.modules)"

    assert python(code).strip() == "False"


def test_importing_core_loads_no_plugin():
    code = """
import sys, restflow.core
from importlib.metadata import entry_points
groups = ("restflow.subsystems", "restflow.settings", "restflow.dispatchers")
modules = {entry.module for group in groups for entry in entry_points(group=group)}
print(sorted(modules & set(sys.modules)))
"""
    assert python(code).strip() == "[]"


def test_the_namespace_is_no_module_of_ours():
    assert not (SOURCE.parent / "__init__.py").exists()
    assert [path.name for path in SOURCE.parent.iterdir() if path.is_file()] == []
    import restflow

    assert getattr(restflow, "__file__", None) is None


def test_core_is_typed():
    assert (SOURCE / "py.typed").exists()
