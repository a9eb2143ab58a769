"""What is imported at start-up: the named modules of installed apps, and nothing else."""

import os
import subprocess
import sys

import pytest

SETTINGS = """
SECRET_KEY = "x"
USE_TZ = True
INSTALLED_APPS = ["django.contrib.contenttypes", "shop", "restflow.caching"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
"""
CACHES = """
from restflow.caching import InvalidationRule, cache_result

@cache_result(invalidates_on=[InvalidationRule(model="contenttypes.ContentType", invalidate_all=True)])
def found(n):
    return n
"""


@pytest.fixture
def project(tmp_path):
    (tmp_path / "shop").mkdir()
    files = {"__init__.py": "", "caches.py": CACHES, "services.py": CACHES.replace("found", "missed")}
    for name, source in files.items():
        (tmp_path / "shop" / name).write_text(source)

    def manage(*words, settings="", code=None):
        (tmp_path / "project_settings.py").write_text(SETTINGS + settings)
        environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "project_settings", "PYTHONPATH": str(tmp_path)}
        command = ["-c", f"import django; django.setup()\n{code}"] if code else ["-m", "django", *words]
        return subprocess.run(
            [sys.executable, *command], env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=60
        )

    manage.folder = tmp_path
    return manage


def test_the_named_modules_are_imported_and_no_others(project):
    listed = project("restflow_cache", "list")
    assert listed.returncode == 0, listed.stderr
    assert "shop.caches.found" in listed.stdout
    assert "contenttypes.ContentType -> shop.caches:found#0 (default)" in listed.stdout
    assert "missed" not in listed.stdout
    more = "RESTFLOW_SETTINGS = {'CACHE_SETTINGS': {'AUTODISCOVER_MODULES': ('caches', 'shop.services')}}\n"
    assert "shop.services.missed" in project("restflow_cache", "list", settings=more).stdout


def test_discovery_is_done_once_and_tells_its_state(project):
    code = (
        "from restflow.caching import CacheRegister as c\n"
        "c.auto_discover()\n"
        "print(c.is_discovered, c.pending_count, c.model_count, c.get_status()['models'])"
    )
    printed = project(code=code).stdout
    expected = "[{'function': 'shop.caches.found', 'id': 'shop.caches:found#0'}]"
    assert printed == f"True 0 1 {{'contenttypes.ContentType': {expected}}}\n"


def test_an_import_error_inside_such_a_module_is_not_swallowed(project):
    (project.folder / "shop" / "caches.py").write_text("import no_such_module")
    failed = project("check")
    assert failed.returncode != 0
    assert "no_such_module" in failed.stderr


def test_manage_check_tells_rules_that_are_not_reached(project):
    (project.folder / "urls.py").write_text("import shop.services\nurlpatterns = []\n")
    told = project("check", settings="ROOT_URLCONF = 'urls'\n")
    assert "restflow.W301" in told.stderr
    assert "shop.services.missed" in told.stderr
    assert "found" not in told.stderr


PLUGIN = """
from restflow.caching import Dispatcher

class Acme(Dispatcher):
    name = "acme"
    options = ("queue",)

    def dispatch(self, **kwargs): ...
"""


@pytest.fixture
def plugin(project):
    """A third party's distribution, installed in the project's folder."""
    metadata = project.folder / "acme-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: acme\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text("[restflow.dispatchers]\nacme = acme:Acme\n")
    (project.folder / "acme.py").write_text(PLUGIN)

    def loaded(rule="", settings=""):
        (project.folder / "shop" / "caches.py").write_text(
            CACHES.replace("invalidate_all=True", f"invalidate_all=True{rule}")
        )
        code = (
            "import sys\n"
            "from restflow.caching import CacheRegister, Dispatcher\n"
            "print('acme' in sys.modules)\n"
            "print({rule: d.name for rule, d in CacheRegister.dispatchers_of(Dispatcher).items()})"
        )
        done = project(code=code, settings=settings)
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()

    return loaded


def test_a_plugin_is_imported_at_startup_where_a_rule_or_the_default_names_it(plugin):
    default = "RESTFLOW_SETTINGS = {'CACHE_SETTINGS': {'DEFAULT_DISPATCHER': 'acme'}}\n"
    assert plugin() == ["False", "{'shop.caches:found#0': 'inline'}"]
    assert plugin(rule=", dispatcher='acme'") == ["True", "{'shop.caches:found#0': 'acme'}"]
    assert plugin(settings=default) == ["True", "{'shop.caches:found#0': 'acme'}"]


def test_a_plugin_that_is_missing_or_refuses_its_options_keeps_nobody_from_starting(plugin):
    assert plugin(rule=", dispatcher='acmee'") == ["False", "{}"]
    assert plugin(rule=", dispatcher='acme', dispatcher_config={'que': 1}") == ["True", "{}"]
