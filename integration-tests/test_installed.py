"""The built wheels, installed as users install them: each extra brings what it says, and no more."""

import hashlib
import json
import re
import sys
import tomllib
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
DISTRIBUTIONS = {path.parent.name for path in ROOT.glob("packages/*/pyproject.toml")}
DJANGO = {"django", "asgiref", "sqlparse"}

FILTERING = """
import django
from django.conf import settings

settings.configure(
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "rest_framework"],
    USE_TZ=True,
)
django.setup()
from django.contrib.auth.models import Group
from django.core.management import call_command
from restflow.filters import FilterSet, StringField

call_command("migrate", verbosity=0)
for name in ("ann", "bea", "cleo"):
    Group.objects.create(name=name)


class GroupFilterSet(FilterSet):
    name = StringField(lookups=["startswith"])

    class Meta:
        model = Group


groups = GroupFilterSet({"name__startswith!": "b"}).filter_queryset(Group.objects.order_by("name"))
print([group.name for group in groups])
"""

# The extras of the dispatchers: engine, dispatcher, and settings with which the engine does its work in place.
ENGINES = {
    "celery": ("celery", "celery", None),
    "rq": ("django-rq", "django_rq", {"RQ_QUEUES": {"default": {"URL": "redis://127.0.0.1:1/0", "ASYNC": False}}}),
    "q": ("django-q2", "django_q", {"Q_CLUSTER": {"sync": True}}),
    "dramatiq": ("dramatiq", "dramatiq", None),
    "tasks": (
        "django-tasks",
        "django_tasks",
        {"TASKS": {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}},
    ),
}
INSTALLED = """
import django, json, sys
from django.conf import settings

settings.configure(INSTALLED_APPS=["django.contrib.contenttypes", "restflow.caching"], USE_TZ=True)
django.setup()
from restflow.caching import registered_dispatcher_names
from restflow.caching.dispatchers import resolve
from restflow.core import PluginError

names = registered_dispatcher_names()
imported = [module for module in sys.modules if module.startswith("restflow.dispatch")]
hints = {}
for name in ("celery", "django_rq", "django_q", "dramatiq", "django_tasks"):
    try:
        assert resolve(name).name == name
    except PluginError as error:
        hints[name] = error.hint
print(json.dumps({"names": names, "imported": imported, "hints": hints}))
"""
INVALIDATING = """
import django
from django.conf import settings

settings.configure(
    DATABASES={{"default": {{"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}}},
    INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "restflow.caching"],
    RESTFLOW_SETTINGS={{"CACHE_SETTINGS": {{"DEFAULT_DISPATCHER": {dispatcher!r}, "ON_DISPATCH_ERROR": "raise"}}}},
    USE_TZ=True,
    **{settings!r},
)
django.setup()
from django.contrib.auth.models import Group
from django.core.management import call_command
from restflow.caching import CACHE_MISSING, ArgsKeyField, InvalidationRule, cache_result

call_command("migrate", verbosity=0)


@cache_result(
    key_constructor={{"pk": ArgsKeyField("pk", partition=True)}},
    invalidates_on=[InvalidationRule(model=Group, field_mapping={{"pk": "pk"}})],
)
def name_of(pk):
    return Group.objects.get(pk=pk).name


group = Group.objects.create(name="one")
name_of(group.pk)
group.name = "two"
group.save()
print("wiped" if name_of.get_cache_only(group.pk) is CACHE_MISSING else "stale")
"""


def test_every_sdist_builds_the_wheel_that_the_sources_build(
    wheelhouse: Path, tmp_path: Path, uv: Callable[..., str]
) -> None:
    for name in sorted(DISTRIBUTIONS):
        uv("build", "--quiet", "--wheel", "--out-dir", tmp_path, ROOT / "packages" / name)
    built = {wheel.name: hashlib.sha256(wheel.read_bytes()).hexdigest() for wheel in tmp_path.glob("*.whl")}
    assert built == {wheel.name: hashlib.sha256(wheel.read_bytes()).hexdigest() for wheel in wheelhouse.glob("*.whl")}
    assert len(built) == len(DISTRIBUTIONS)


def test_the_archives_are_fit_for_a_package_index(wheelhouse: Path, run: Callable[..., str]) -> None:
    archives = [path for path in wheelhouse.iterdir() if path.suffix in (".whl", ".gz")]
    assert len(archives) == 2 * len(DISTRIBUTIONS)
    run(sys.executable, "-m", "twine", "check", "--strict", *archives)


def test_a_wheel_ships_typed_portions_and_no_tests_nor_a_module_of_the_namespace(wheelhouse: Path) -> None:
    for wheel in wheelhouse.glob("*.whl"):
        names = zipfile.ZipFile(wheel).namelist()
        portions = {
            match[1] for name in names if (match := re.match(r"(restflow/(?:dispatch/)?[^/]+)/__init__\.py", name))
        }
        assert {f"{portion}/py.typed" for portion in portions} <= set(names), f"{wheel.name} is not typed"
        assert not {"restflow/__init__.py", "restflow/dispatch/__init__.py"} & set(names)
        assert all(name.startswith("restflow/") or ".dist-info/" in name for name in names), names


def test_the_bare_meta_package_brings_core_alone(make_environment: Callable[..., object]) -> None:
    environment = make_environment("restflow")
    assert environment.installed() == {"restflow", "restflow-core", *DJANGO}
    report = environment.doctor()
    assert [entry["name"] for entry in report["distributions"]] == ["restflow", "restflow-core"]
    assert report["versions"]["djangorestframework"] is None
    assert report["problems"] == []


def test_filters_alone_bring_django_and_drf_and_work(make_environment: Callable[..., object]) -> None:
    environment = make_environment("restflow-filters")
    assert environment.installed() == {"restflow-core", "restflow-filters", "djangorestframework", *DJANGO}
    assert environment.run(FILTERING).strip() == "['ann', 'cleo']"


@pytest.mark.parametrize("extra", ENGINES)
def test_a_dispatcher_alone_brings_caching_and_its_engine_and_its_extra_no_more(
    make_environment: Callable[..., object], extra: str
) -> None:
    distribution, (engine, dispatcher, settings) = f"restflow-dispatch-{extra}", ENGINES[extra]
    environment = make_environment(distribution)
    alone = environment.installed()
    ours = {name for name in alone if name.startswith("restflow")}
    assert ours == {"restflow-core", "restflow-caching", distribution}
    assert engine in alone
    others = {other for other, _, _ in ENGINES.values()} - {engine}
    assert not alone & {"djangorestframework", "drf-spectacular", "uvicorn", *others}

    project = tomllib.loads((ROOT / "packages" / distribution / "pyproject.toml").read_text())["project"]
    declared = project.get("entry-points", {}).get("restflow.dispatchers", {})
    told = json.loads(environment.run(INSTALLED))
    assert set(told["names"]) - {"inline", "threadpool", "asyncio"} == declared.keys()
    assert told["imported"] == []
    for other, (_, name, _) in ENGINES.items():
        if name in declared:
            assert name not in told["hints"]
        else:
            assert f"pip install restflow-dispatch-{other}." in told["hints"][name]
    if settings:
        assert environment.run(INVALIDATING.format(dispatcher=dispatcher, settings=settings)).strip() == "wiped"

    environment.install(f"restflow[{extra}]")
    assert environment.installed() - alone == {"restflow"}


def test_the_extra_all_brings_everything_and_losing_one_portion_breaks_no_other(
    make_environment: Callable[..., object],
) -> None:
    environment = make_environment("restflow[all]")
    assert environment.installed() >= DISTRIBUTIONS | {"celery", "orjson", "redis", "psycopg", "pyjwt"}
    everything = environment.doctor("--strict")
    assert {entry["name"] for entry in everything["distributions"]} == DISTRIBUTIONS

    environment.uninstall("restflow-filters", "restflow-dispatch-celery")
    check = "import importlib.util as u, json; print(json.dumps([u.find_spec(n) is not None for n in {names}]))"
    names = ["restflow.filters", "restflow.dispatch.celery", "restflow.core", "restflow.views", "restflow.dispatch.rq"]
    assert json.loads(environment.run(check.format(names=names))) == [False, False, True, True, True]
    # the meta package now misses what its extra asked for, which is no requirement of its own
    left = environment.doctor()
    assert {entry["name"] for entry in left["distributions"]} == DISTRIBUTIONS - {
        "restflow-filters",
        "restflow-dispatch-celery",
    }
