"""Somebody else's wheel publishes a settings section and a subsystem: core finds both, or says what is wrong."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

SECTION = '''
from datetime import timedelta
from restflow.core import SettingsSection, Subsystem, option

class ReportSettings(SettingsSection):
    """Options of the report exporter."""

    FORMAT: str = "csv"
    KEEP_FOR: timedelta = timedelta(days=7)
    API_TOKEN: str | None = option(None, secret=True)

SUBSYSTEM = Subsystem(name="reports", summary="exports reports", settings=("REPORTS",))
'''
ENTRY_POINTS = {
    "restflow.settings": {"REPORTS": "acme_reports:ReportSettings"},
    "restflow.subsystems": {"reports": "acme_reports:SUBSYSTEM"},
}
CONFIGURE = """
from django.conf import settings
settings.configure(RESTFLOW_SETTINGS={"REPORTS": {"FORMAT": "xlsx", "API_TOKEN": "hush-hush"}})
from restflow.core import ConfigError, restflow_settings, subsystems
"""


@pytest.fixture
def environment(make_environment: Callable[..., Any], build_wheel: Callable[..., Path]) -> Any:
    """A fresh environment with core and the third party's wheel."""
    return make_environment("restflow-core", build_wheel("acme-reports", {"acme_reports.py": SECTION}, ENTRY_POINTS))


def test_its_section_and_subsystem_are_found_and_work(environment: Any) -> None:
    code = """
import json
print(json.dumps({
    "sections": restflow_settings.sections(),
    "format": restflow_settings.REPORTS.FORMAT,
    "days": restflow_settings.REPORTS.KEEP_FOR.days,
    "subsystems": [subsystem.name for subsystem in subsystems()],
}))
"""
    assert json.loads(environment.run(CONFIGURE + code)) == {
        "sections": ["REPORTS"],
        "format": "xlsx",
        "days": 7,
        "subsystems": ["core", "reports"],
    }


def test_the_doctor_lists_it_without_its_secret(environment: Any) -> None:
    (environment.folder / "project_settings.py").write_text(
        'RESTFLOW_SETTINGS = {"REPORTS": {"FORMAT": "xlsx", "API_TOKEN": "hush-hush"}}\n'
    )
    report = environment.doctor("--settings", "project_settings", PYTHONPATH=str(environment.folder))
    assert report["settings"]["REPORTS"]["FORMAT"] == {"value": "xlsx", "source": "set"}
    assert report["settings"]["REPORTS"]["API_TOKEN"] == {"value": "********", "source": "set"}
    assert "hush-hush" not in json.dumps(report)
    published = {(row["group"], row["name"]): row for row in report["plugins"]}
    row = published["restflow.settings", "REPORTS"]
    assert (row["distribution"], row["version"], row["ok"], row["error"]) == ("acme-reports", "1.0", True, None)
    assert ("restflow.subsystems", "reports") in published


def test_a_misspelt_key_of_its_section_is_refused_by_name(environment: Any) -> None:
    code = """
from django.test import override_settings
with override_settings(RESTFLOW_SETTINGS={"REPORTS": {"FORMATT": "csv"}}):
    try:
        restflow_settings.REPORTS.FORMAT
    except ConfigError as error:
        print(error)
"""
    said = environment.run(CONFIGURE + code)
    assert "REPORTS.FORMATT" in said
    assert "'FORMAT'" in said


def test_two_wheels_that_claim_one_section_are_both_named(environment: Any, build_wheel: Callable[..., Path]) -> None:
    rival = build_wheel(
        "acme-rival",
        {"acme_rival.py": SECTION},
        {"restflow.settings": {"REPORTS": "acme_rival:ReportSettings"}},
        version="2.5",
    )
    environment.install(rival)
    code = """
try:
    restflow_settings.REPORTS.FORMAT
except ConfigError as error:
    print(error)
"""
    said = environment.run(CONFIGURE + code)
    assert "acme-reports" in said
    assert "acme-rival" in said
    assert "REPORTS" in said
    report = environment.doctor(status=1)
    problems = [problem for problem in report["problems"] if problem["level"] == "error"]
    assert any("acme-reports" in problem["message"] and "acme-rival" in problem["message"] for problem in problems)


def test_a_wheel_that_fails_to_import_hurts_nobody_but_its_asker(
    environment: Any, build_wheel: Callable[..., Path]
) -> None:
    broken = build_wheel(
        "acme-broken",
        {"acme_broken.py": "raise RuntimeError('no licence file')"},
        {"restflow.settings": {"BROKEN": "acme_broken:Settings"}},
    )
    environment.install(broken)
    code = """
print(restflow_settings.REPORTS.FORMAT)
try:
    restflow_settings.BROKEN.ANY
except ConfigError as error:
    print(error)
"""
    first, *rest = environment.run(CONFIGURE + code).splitlines()
    assert first == "xlsx"
    said = " ".join(rest)
    for word in ("acme-broken", "1.0", "restflow.settings", "BROKEN", "acme_broken:Settings", "no licence file"):
        assert word in said


def test_without_the_wheel_the_section_is_unknown(environment: Any) -> None:
    environment.uninstall("acme-reports")
    code = """
try:
    print(restflow_settings.REPORTS)
except AttributeError as error:
    print("refused:", error)
"""
    assert environment.run(CONFIGURE + code).startswith("refused:")
    assert environment.doctor()["problems"] == []


def test_a_section_of_a_missing_restflow_distribution_is_answered_with_the_install_line(environment: Any) -> None:
    code = """
try:
    restflow_settings.JWT
except AttributeError as error:
    print(error)
"""
    assert "pip install restflow-auth" in environment.run(CONFIGURE + code)
