"""The problems that the doctor finds: broken settings, plug-ins, requirements, checks; the rest is reported still."""

import json

import pytest

SECRET = "correct-horse-battery"


def problems(done):
    return [(problem["id"], problem["level"]) for problem in json.loads(done.stdout)["problems"]]


def message(done, identifier):
    (found,) = [problem for problem in json.loads(done.stdout)["problems"] if problem["id"] == identifier]
    return found["message"]


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("import a_module_that_is_nowhere", "ModuleNotFoundError: No module named 'a_module_that_is_nowhere' ("),
        ("import os\nKEY = os.environ['NO_SUCH_VARIABLE']", "KeyError: 'NO_SUCH_VARIABLE' ("),
        ("DEBUG = = True", "SyntaxError: invalid syntax (project_settings.py, line 1)"),
        ("import sys\nsys.exit('no licence')", "SystemExit ("),
        ("INSTALLED_APPS = 'one'", "ImproperlyConfigured: The INSTALLED_APPS setting must be a list or a tuple."),
        (
            "class Own(BaseException): ...\ntry:\n    1 / 0\nexcept Exception as e:\n    raise ValueError from e",
            "ValueE",
        ),
    ],
    ids=["import", "environment", "syntax", "exit", "django's own", "chained"],
)
def test_a_settings_module_that_fails_to_import_is_a_problem_and_the_rest_is_reported(doctor, source, says):
    done = doctor("--json", settings=source, status=1)

    report = json.loads(done.stdout)
    assert problems(done) == [("restflow.E010", "error")]
    assert message(done, "restflow.E010").startswith("The settings module project_settings cannot be imported: ")
    assert says in message(done, "restflow.E010")
    assert "--settings" in report["problems"][0]["hint"]
    assert report["settings"] is None
    assert report["plugins"]
    assert report["distributions"]


def test_a_settings_module_that_is_nowhere_is_a_problem(doctor):
    done = doctor("--settings", "no_such_settings", status=1)

    assert (
        "error: (restflow.E010) The settings module no_such_settings cannot be imported: "
        "ModuleNotFoundError: No module named 'no_such_settings'.\n" in done.stdout
    )
    assert "Settings\n  not readable: see the problems\n" in done.stdout


def test_the_place_of_the_mistake_is_named(doctor):
    done = doctor("--json", settings="\n\nTIMEOUT = int('ten')\n", status=1)

    text = message(done, "restflow.E010")
    assert text.endswith("project_settings.py, line 3).")
    assert "ValueError" in text


@pytest.mark.parametrize(
    "source",
    [
        f"TIMEOUT = int('{SECRET}')",
        f"raise RuntimeError('cannot log in with {SECRET}')",
        f"raise ImportError('cannot load redis://user:{SECRET}@cache/0')",
    ],
)
def test_what_an_error_says_does_not_give_a_secret_away(doctor, source):
    for options in ((), ("--json",)):
        done = doctor(*options, settings=source, status=1)
        assert SECRET not in done.stdout + done.stderr


def test_an_app_that_does_not_load_is_a_problem_and_the_settings_are_shown(doctor):
    done = doctor("--json", settings="INSTALLED_APPS = ['no_such_app']\nRESTFLOW_SETTINGS = {}\n", status=1)

    assert problems(done) == [("restflow.E011", "error")]
    assert "No module named 'no_such_app'" in message(done, "restflow.E011")
    assert json.loads(done.stdout)["settings"] == {}


BROKEN = {
    "raises": ("acme_raises:X", "raise RuntimeError('no licence file')", "no licence file"),
    "exits": ("acme_exits:X", "import sys; sys.exit(3)", "SystemExit"),
    "lacks": ("acme_lacks:X", "", "has no attribute 'X'"),
}


@pytest.mark.parametrize("configured", [True, False])
@pytest.mark.parametrize("kind", BROKEN)
@pytest.mark.parametrize(
    ("group", "identifier"),
    [
        ("restflow.settings", "restflow.E008"),
        ("restflow.subsystems", "restflow.E009"),
        ("restflow.acme_engines", "restflow.E012"),
    ],
)
def test_a_plugin_that_does_not_load_is_one_problem(make_distribution, doctor, group, identifier, kind, configured):
    value, source, says = BROKEN[kind]
    make_distribution("acme-broken", "2.5", entry_points={group: {"bad": value}}, modules={value[:-2]: source})

    done = doctor("--json", settings="" if configured else None, status=1)

    assert problems(done) == [(identifier, "error")]
    for part in ("acme-broken 2.5", group, "'bad'", value, says):
        assert part in message(done, identifier)
    (row,) = [row for row in json.loads(done.stdout)["plugins"] if row["name"] == "bad"]
    assert row["ok"] is False
    assert says in row["error"]
    assert (row["group"], row["distribution"], row["version"], row["value"]) == (group, "acme-broken", "2.5", value)


def test_the_text_marks_a_plugin_that_does_not_load(make_distribution, doctor):
    make_distribution("acme", entry_points={"restflow.acme_engines": {"bad": "nowhere_at_all:X"}})

    assert "bad  nowhere_at_all:X  acme 1.0  does not load: see the problems" in doctor(status=1).stdout


def test_a_name_that_two_distributions_claim_is_one_problem_and_two_rows(make_distribution, doctor):
    for name in ("acme", "rival"):
        make_distribution(name, entry_points={"restflow.acme_engines": {"steam": f"collections:{name}"}})

    done = doctor("--json", status=1)

    assert problems(done) == [("restflow.E012", "error")]
    assert "acme 1.0" in message(done, "restflow.E012")
    assert "rival 1.0" in message(done, "restflow.E012")
    rows = [row for row in json.loads(done.stdout)["plugins"] if row["name"] == "steam"]
    assert [(row["distribution"], row["ok"]) for row in rows] == [("acme", False), ("rival", False)]


@pytest.mark.parametrize("configured", [True, False])
def test_a_plugin_that_its_registry_would_refuse_is_a_problem(make_distribution, doctor, configured):
    make_distribution(
        "acme",
        entry_points={"restflow.acme_engines": {"a": "collections:OrderedDict", "z": "acme_engines:Steam"}},
        modules={
            "acme_engines": "from restflow.core import Plugins\n"
            "class Engine: ...\n"
            "class Steam(Engine): ...\n"
            "engines = Plugins('restflow.acme_engines', base=Engine, kind='engine')\n"
        },
    )

    done = doctor("--json", settings="" if configured else None, status=1)

    assert problems(done) == [("restflow.E012", "error")]
    assert "the engine 'a'" in message(done, "restflow.E012")
    assert "expected a subclass or an instance of acme_engines.Engine" in message(done, "restflow.E012")


NEEDS_SETTINGS = "from django.conf import settings\nThing = settings.INSTALLED_APPS\n"
NEEDS_MODELS = "from django.contrib.contenttypes.models import ContentType as Thing\n"


@pytest.mark.parametrize("source", [NEEDS_SETTINGS, NEEDS_MODELS])
@pytest.mark.parametrize("settings", [None, "1 / 0"], ids=["no settings", "broken settings"])
def test_a_plugin_that_needs_settings_is_not_blamed_for_their_absence(make_distribution, doctor, source, settings):
    make_distribution(
        "acme", entry_points={"restflow.acme_engines": {"e": "acme_needs:Thing"}}, modules={"acme_needs": source}
    )

    done = doctor("--json", settings=settings, status=0 if settings is None else 1)

    assert [identifier for identifier, _ in problems(done)] == ([] if settings is None else ["restflow.E010"])
    (row,) = [row for row in json.loads(done.stdout)["plugins"] if row["name"] == "e"]
    assert row["ok"] is False
    text = doctor(settings=settings, status=0 if settings is None else 1).stdout
    assert "e  acme_needs:Thing  acme 1.0  does not load without settings" in text


def test_a_requirement_that_is_not_met_is_a_problem(make_distribution, doctor):
    make_distribution("restflow-acme", "3.0", requires=["restflow-core>=99,<100"])

    done = doctor("--json", status=1)

    assert problems(done) == [("restflow.E013", "error")]
    assert message(done, "restflow.E013").startswith("restflow-acme 3.0 requires restflow-core>=99,<100, but")
    assert {"name": "restflow-acme", "version": "3.0"} in json.loads(done.stdout)["distributions"]


def test_entry_points_that_cannot_be_read_are_a_warning(make_distribution, doctor):
    folder = make_distribution("garbled")
    (folder / "garbled-1.0.dist-info" / "entry_points.txt").write_text("[restflow.settings]\nno equals sign\n")

    for settings in (None, ""):
        done = doctor("--json", settings=settings)
        assert problems(done) == [("restflow.W010", "warning")]
        assert "garbled" in message(done, "restflow.W010")
        assert done.stderr == ""


CHECKS = """
from django.core.checks import Critical, Info, Warning, register

@register("restflow")
def check_acme(**kwargs):
    {body}

@register("other")
def check_other(**kwargs):
    return [Critical("not ours", id="other.E001")]
"""


def test_checks_of_the_project_with_our_tag_are_reported_with_level_object_and_hint(doctor):
    body = """
    class Named:
        def __str__(self):
            return "shop.Product"
    return [
        Info("could be better", hint="Try harder.", id="acme.I001"),
        Warning("is slow", obj=Named(), id="acme.W001"),
        Critical("is on fire", obj=dict, id="acme.E001"),
    ]"""
    modules = {"acme_checks": CHECKS.format(body=body)}
    done = doctor("--json", settings="import acme_checks\n", modules=modules, status=1)

    assert json.loads(done.stdout)["problems"] == [
        {"id": "acme.I001", "level": "info", "message": "could be better", "hint": "Try harder."},
        {"id": "acme.W001", "level": "warning", "message": "shop.Product: is slow", "hint": None},
        {"id": "acme.E001", "level": "critical", "message": "builtins.dict: is on fire", "hint": None},
    ]


def test_a_check_that_raises_is_a_problem(doctor):
    modules = {"acme_checks": CHECKS.format(body=f"raise RuntimeError('{SECRET}')")}
    done = doctor("--json", settings="import acme_checks\n", modules=modules, status=1)

    assert problems(done) == [("restflow.E014", "error")]
    assert "RuntimeError" in message(done, "restflow.E014")
    assert "acme_checks.py, line 6" in message(done, "restflow.E014")
    assert SECRET not in done.stdout
