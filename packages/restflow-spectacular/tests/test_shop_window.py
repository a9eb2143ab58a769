"""The package exports what its guide documents, and its subsystem and settings are published."""

import importlib
import subprocess
import sys

from restflow.core import restflow_settings, subsystems


def test_exports_the_documented_names() -> None:
    package = importlib.import_module("restflow.spectacular")
    assert set(package.__all__) == {
        "RestflowAutoSchema",
        "raises",
        "add_filterset_parameters",
        "build_filterset_parameters",
        "resolve_filterset_class",
    }
    assert all(hasattr(package, name) for name in package.__all__)


def test_is_a_subsystem_with_its_settings() -> None:
    (found,) = [subsystem for subsystem in subsystems() if subsystem.name == "spectacular"]
    assert found.settings == ("SCHEMA",)
    assert restflow_settings.SCHEMA.FILTER_METHODS == ("GET",)


def test_app_can_be_installed_and_named_in_the_settings() -> None:
    code = """
import django
from django.conf import settings
settings.configure(
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "restflow.spectacular", "rest_framework",
                    "drf_spectacular"],
    REST_FRAMEWORK={"DEFAULT_SCHEMA_CLASS": "restflow.spectacular.RestflowAutoSchema"},
)
django.setup()
from django.apps import apps
print(apps.get_app_config("restflow_spectacular").name)
import sys
print([name for name in ("restflow.views", "restflow.serializers", "restflow.filters") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[:2] == ["restflow.spectacular", "[]"]
