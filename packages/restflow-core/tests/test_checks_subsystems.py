"""The system check: registered by the import, bringing the subsystems' own checks along, and never raising."""

import subprocess
import sys

import pytest
from django.core.checks import run_checks
from django.core.checks.registry import registry as django_checks
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.test import override_settings

from restflow.core import _registry, restflow_settings
from restflow.core.checks import check_restflow, check_restflow_deployment
from restflow.core.subsystems import descriptors

CHECKS = """
from django.core.checks import Tags, Warning, register

@register("restflow")
def check_acme(app_configs, **kwargs):
    return [Warning("acme found something", id="acme.W001")]

@register("restflow", deploy=True)
def check_acme_deployment(app_configs, **kwargs):
    return [Warning("acme is not ready", id="acme.W002")]

@register("restflow")
def check_that_fails(app_configs, **kwargs):
    raise ZeroDivisionError("no number")

@register("restflow", Tags.database)
def check_database(app_configs, databases, **kwargs):
    return [Warning(f"acme asked {name}", id="acme.W003") for name in databases or ()]
"""
DESCRIPTORS = """
from restflow.core import Subsystem
ACME = Subsystem(name="acme", summary="s", checks="acme_checks")
PLAIN = Subsystem(name="plain", summary="s")
BAD = Subsystem(name="bad", summary="s", checks="acme_checks_bad")
EXITS = Subsystem(name="exits", summary="s", checks="acme_checks_exits")
WRONG = 3
"""


@pytest.fixture
def install(make_distribution):
    """`install("ACME", ...)` publishes those subsystems; the checks that they register are removed after the test."""
    run_checks(tags=["restflow"])  # registers those of the installed subsystems: imported once, they have to stay
    before = set(django_checks.registered_checks), set(django_checks.deployment_checks)

    def install(*names):
        make_distribution(
            "acme",
            entry_points={"restflow.subsystems": {f"acme-{name.lower()}": f"acme_sub:{name}" for name in names}},
            modules={
                "acme_sub": DESCRIPTORS,
                "acme_checks": CHECKS,
                "acme_checks_bad": "raise RuntimeError('half done')",
                "acme_checks_exits": "raise SystemExit(3)",
            },
        )
        descriptors.reset()

    yield install
    descriptors.reset()
    django_checks.registered_checks, django_checks.deployment_checks = before


def found(**options):
    return [message for message in run_checks(tags=["restflow"], **options) if "acme" in f"{message.msg}{message.obj}"]


def test_the_checks_of_a_subsystem_run_although_nothing_imported_it(install_sound):
    install_sound("ACME", "PLAIN")
    assert "acme_checks" not in sys.modules

    for _ in range(2):
        assert [message.id for message in found()].count("acme.W001") == 1


def test_a_late_check_that_fails_is_a_message(install):
    install("ACME")

    (told,) = [message for message in found() if message.id == "restflow.E009"]

    assert "check_that_fails" in told.msg
    assert "ZeroDivisionError: no number" in told.msg
    assert told.hint


@pytest.fixture
def install_sound(install, monkeypatch):
    monkeypatch.setitem(globals(), "CHECKS", CHECKS.replace('raise ZeroDivisionError("no number")', "return []"))
    return install


def test_late_checks_are_told_the_databases_and_the_apps(install_sound):
    install_sound("ACME")

    assert "acme asked default" in [message.msg for message in found(databases=["default"])]


def test_deployment_checks_run_under_deploy_alone_and_once(install_sound):
    install_sound("ACME")

    assert "acme.W002" not in [message.id for message in found()]
    for _ in range(2):
        ids = [message.id for message in run_checks(tags=["restflow"], include_deployment_checks=True)]
        assert ids.count("acme.W002") == ids.count("acme.W001") == 1


def test_deployment_checks_run_in_the_very_run_that_imports_them(install_sound):
    install_sound("ACME")

    ids = [message.id for message in found(include_deployment_checks=True)]

    assert ids.count("acme.W001") == ids.count("acme.W002") == 1


def test_what_an_earlier_run_imported_is_not_kept_for_a_later_one(install_sound):
    install_sound("ACME")
    check_restflow()
    check_restflow()

    assert check_restflow_deployment() == []


def test_a_broken_subsystem_is_a_message_and_the_others_are_checked(install_sound):
    install_sound("ACME", "BAD", "EXITS", "WRONG")

    told = found()

    broken = {message.obj: message for message in told if message.id == "restflow.E009"}
    assert sorted(broken) == ["subsystem 'acme-bad'", "subsystem 'acme-exits'", "subsystem 'acme-wrong'"]
    assert "RuntimeError: half done" in broken["subsystem 'acme-bad'"].msg
    assert "SystemExit: 3" in broken["subsystem 'acme-exits'"].msg
    assert "acme.W001" in [message.id for message in told]


def test_a_fault_in_the_check_of_the_settings_is_a_message(monkeypatch):
    def broken():
        raise KeyError("oh")

    monkeypatch.setattr(_registry.registry, "problems", broken)

    (told,) = [message for message in check_restflow() if message.obj == "RESTFLOW_SETTINGS"]

    assert told.id == "restflow.E009"
    assert "KeyError" in told.msg


def test_manage_py_check_fails_for_a_mistake_in_the_settings(capsys):
    with override_settings(RESTFLOW_SETTINGS={"NOPE": {}}), pytest.raises(SystemCheckError) as caught:
        call_command("check", tags=["restflow"])

    assert "(restflow.E002)" in str(caught.value)
    assert "NOPE" in str(caught.value)


def test_a_check_reads_nothing_beforehand_and_follows_the_settings():
    restflow_settings.reload()
    with override_settings(RESTFLOW_SETTINGS=3):
        assert "restflow.E001" in [message.id for message in check_restflow()]
    assert "restflow.E001" not in [message.id for message in check_restflow()]


@pytest.mark.parametrize("apps", [[], ["restflow.core"]], ids=["not-listed", "listed"])
def test_the_check_is_registered_by_the_import_and_the_app_is_optional(apps):
    code = f"""
from django.conf import settings
settings.configure(INSTALLED_APPS={apps!r}, RESTFLOW_SETTINGS={{"NOPE": {{}}}})
import django
if not {apps!r}:
    import restflow.core
django.setup()
from django.core.checks import run_checks, tag_exists
assert tag_exists("restflow")
print([message.id for message in run_checks(tags=["restflow"]) if message.id == "restflow.E002"])
"""
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert result.stdout.strip() == "['restflow.E002']"
