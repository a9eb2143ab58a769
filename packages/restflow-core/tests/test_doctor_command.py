"""The command `restflow`: what it prints, what it exits with, and that it never answers a mistake with a traceback."""

import importlib.metadata
import json
import os
import platform
import subprocess
import sys

import pytest

from restflow.core.__main__ import main

CORE = importlib.metadata.version("restflow-core")
DJANGO = importlib.metadata.version("django")
ASGIREF = importlib.metadata.version("asgiref")
SUMMARY = "settings, plug-ins, the sync/async bridge, annotations, checks and the doctor"
SECTION = '''
from datetime import timedelta
from restflow.core import SettingsSection, Subsystem, option

class Reports(SettingsSection):
    """Options of the report exporter."""

    FORMAT: str = "csv"
    KEEP_FOR: timedelta = timedelta(days=7)
    API_TOKEN: str | None = option(None, secret=True)
    STORES: dict[str, str] = option(factory=dict)

SUBSYSTEM = Subsystem(name="reports", summary="exports reports", settings=("REPORTS",))
'''
SETTINGS = """
RESTFLOW_SETTINGS = {
    "REPORTS": {
        "FORMAT": "xlsx",
        "API_TOKEN": "hush-hush",
        "STORES": {"main": "redis://:pa55word@cache/0", "ACCESS_KEY_ID": "AKIA77"},
    }
}
"""
SECRETS = ("hush-hush", "pa55word", "AKIA77")


@pytest.fixture
def reports(make_distribution):
    make_distribution(
        "acme-reports",
        entry_points={
            "restflow.settings": {"REPORTS": "acme_reports:Reports"},
            "restflow.subsystems": {"reports": "acme_reports:SUBSYSTEM"},
        },
        modules={"acme_reports": SECTION},
        requires=["restflow-core>=0.1.0,<0.2"],
    )


def test_without_settings_it_reports_what_is_installed_and_no_problem(doctor):
    done = doctor("--strict")

    assert done.stderr == ""
    assert (
        done.stdout
        == f"""\
Versions
  Python                 {platform.python_version()}
  Django                 {DJANGO}
  Django REST Framework  not installed
  asgiref                {ASGIREF}

Subsystems
  core  {SUMMARY}

Distributions
  restflow-core  {CORE}

Plug-ins
  restflow.subsystems
    core  restflow.core._subsystem:SUBSYSTEM  restflow-core {CORE}  ok

Settings
  not configured: name a settings module with --settings or DJANGO_SETTINGS_MODULE

Problems
  none
"""
    )


def test_the_text_of_a_project_shows_every_key_with_its_source_and_no_secret(doctor, reports):
    done = doctor(settings=SETTINGS)

    assert (
        """
Subsystems
  core     settings, plug-ins, the sync/async bridge, annotations, checks and the doctor
  reports  exports reports
"""
        in done.stdout
    )
    assert (
        """
Settings
  REPORTS
    FORMAT     set      'xlsx'
    KEEP_FOR   default  datetime.timedelta(days=7)
    API_TOKEN  set      '********'
    STORES     set      {'main': 'redis://********@cache/0', 'ACCESS_KEY_ID': '********'}

Problems
  none
"""
        in done.stdout
    )


def test_the_json_document_has_the_documented_shape(doctor, reports):
    done = doctor("--json", settings=SETTINGS)

    def plugin(group, name, value, distribution, version):
        row = {"group": group, "name": name, "value": value, "distribution": distribution, "version": version}
        return row | {"ok": True, "error": None}

    assert json.loads(done.stdout) == {
        "versions": {
            "python": platform.python_version(),
            "django": DJANGO,
            "djangorestframework": None,
            "asgiref": ASGIREF,
        },
        "distributions": [{"name": "restflow-core", "version": CORE}],
        "plugins": [
            plugin("restflow.settings", "REPORTS", "acme_reports:Reports", "acme-reports", "1.0"),
            plugin("restflow.subsystems", "core", "restflow.core._subsystem:SUBSYSTEM", "restflow-core", CORE),
            plugin("restflow.subsystems", "reports", "acme_reports:SUBSYSTEM", "acme-reports", "1.0"),
        ],
        "settings": {
            "REPORTS": {
                "FORMAT": {"value": "xlsx", "source": "set"},
                "KEEP_FOR": {"value": "datetime.timedelta(days=7)", "source": "default"},
                "API_TOKEN": {"value": "********", "source": "set"},
                "STORES": {
                    "value": {"main": "redis://********@cache/0", "ACCESS_KEY_ID": "********"},
                    "source": "set",
                },
            }
        },
        "problems": [],
    }


def test_the_json_document_without_settings_has_null_for_them(doctor):
    report = json.loads(doctor("--json").stdout)

    assert list(report) == ["versions", "distributions", "plugins", "settings", "problems"]
    assert report["settings"] is None
    assert report["problems"] == []


@pytest.mark.parametrize("options", [(), ("--json",)], ids=["text", "json"])
def test_no_secret_is_in_the_output(doctor, reports, options):
    done = doctor(*options, settings=SETTINGS)

    assert not [literal for literal in SECRETS if literal in done.stdout + done.stderr]


@pytest.mark.parametrize("options", [(), ("--json",)], ids=["text", "json"])
def test_no_secret_is_in_what_is_said_of_mistakes(doctor, reports, options):
    mistaken = SETTINGS.replace('"hush-hush"', 'b"hush-hush"').replace('"FORMAT"', '"FROMAT"')
    done = doctor(*options, settings=mistaken, status=1)

    assert "restflow.E004" in done.stdout
    assert "restflow.E005" in done.stdout
    assert not [literal for literal in SECRETS if literal in done.stdout + done.stderr]


def test_the_options_name_the_settings_module_and_the_folder_it_is_in_needs_no_path(doctor, reports):
    modules = {"config.live": SETTINGS, "config.__init__": ""}
    report = json.loads(doctor("--json", "--settings", "config.live", modules=modules, PYTHONSAFEPATH="1").stdout)

    assert report["settings"]["REPORTS"]["FORMAT"] == {"value": "xlsx", "source": "set"}


def test_what_the_project_prints_is_no_part_of_the_document(doctor):
    done = doctor("--json", settings="print('Loading ...')\nRESTFLOW_SETTINGS = {}\n")

    assert json.loads(done.stdout)["settings"] == {}
    assert done.stderr == "Loading ...\n"


def test_a_mistake_in_the_settings_is_an_error(doctor, reports):
    done = doctor(settings='RESTFLOW_SETTINGS = {"REPORTS": {"FROMAT": "xlsx"}}', status=1)

    assert "  error: (restflow.E004) REPORTS.FROMAT" in done.stdout
    assert "'FORMAT'" in done.stdout
    assert "FORMAT     default  'csv'" in done.stdout


def test_warnings_fail_only_where_it_is_strict(doctor):
    settings = 'RESTFLOW_SETTINGS = {"JWT": {}}'

    assert "  warning: (restflow.W002) " in doctor(settings=settings).stdout
    assert "pip install restflow-auth" in doctor("--strict", settings=settings, status=1).stdout


def test_a_check_that_the_project_silences_is_left_out(doctor):
    settings = 'RESTFLOW_SETTINGS = {"JWT": {}}\nSILENCED_SYSTEM_CHECKS = ["restflow.W002"]\n'

    assert "Problems\n  none\n" in doctor("--strict", settings=settings).stdout


@pytest.mark.parametrize("options", [["--unknown"], ["stray"], ["--settings"], ["--js"]])
def test_bad_usage_exits_with_two(doctor, options):
    assert doctor(*options, status=2).stderr.startswith("usage: restflow [-h] [--settings MODULE] [--json] [--strict]")


def test_help_tells_the_exit_statuses(doctor):
    assert "Exit status: 0 no errors, 1 errors found" in " ".join(doctor("--help").stdout.split())


def test_a_reader_that_goes_away_is_no_error():
    command = [sys.executable, "-m", "restflow.core", "--json"]
    environment = {key: value for key, value in os.environ.items() if key != "DJANGO_SETTINGS_MODULE"}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, env=environment, **pipes) as process:
        process.stdout.close()
        assert process.stderr.read() == ""


def test_letters_that_the_terminal_lacks_are_escaped(doctor, reports):
    settings = 'RESTFLOW_SETTINGS = {"REPORTS": {"FORMAT": "\N{SNOWMAN}"}}'

    assert r"'\u2603'" in doctor(settings=settings, PYTHONIOENCODING="ascii").stdout


def test_the_function_returns_the_status_in_a_process_that_is_set_up(capsys):
    status = main(["--json"])

    report = json.loads(capsys.readouterr().out)
    assert status == (1 if any(problem["level"] == "error" for problem in report["problems"]) else 0)
    assert report["settings"] is not None
