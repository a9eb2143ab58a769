"""Every mistake in RESTFLOW_SETTINGS is told by a read and by `manage.py check`, in the same words."""

import pytest
from django.core.checks import run_checks
from django.test import override_settings

from restflow.core import ConfigError, PluginError, restflow_settings

SOURCE = """
from restflow.core import SettingsSection, option

class InnerSettings(SettingsSection):
    DEPTH: int = 1
    PATH: str = option("collections.OrderedDict", dotted=True)

    def problems(self):
        if self.DEPTH > 100:
            yield "DEPTH is too much"

class ReportSettings(SettingsSection):
    FORMAT: str = "csv"
    LIMIT: int = 10
    COLUMNS: list[int] = option(factory=list)
    API_TOKEN: str | None = option(None, secret=True)
    KEYS: dict[str, int] = option(factory=dict, secret=True)
    RENDERER: str | None | type = option(None, dotted=True)
    HIDDEN_PATH: str | None = option(None, dotted=True, secret=True)
    INNER: InnerSettings = InnerSettings()
    MAYBE: InnerSettings | None = None

    def problems(self):
        if self.FORMAT == "xlsx" and self.API_TOKEN is None:
            yield "FORMAT 'xlsx' needs API_TOKEN"
        if self.FORMAT == "crash":
            raise RuntimeError("hush-hush")

class OtherSettings(SettingsSection):
    SIZE: int = 1
"""


@pytest.fixture(autouse=True)
def acme(publish_sections):
    return publish_sections(SOURCE, REPORTS="ReportSettings", OTHER="OtherSettings")


def messages():
    """The messages about settings; those about whatever subsystems are installed (E009, E101...) are left out."""
    return [
        message for message in run_checks(tags=["restflow"]) if message.id < "restflow.E009" or "W002" in message.id
    ]


def read_error():
    with pytest.raises(ConfigError) as caught:
        _ = restflow_settings.REPORTS.FORMAT
    return caught.value


MISTAKES = {
    "not-a-mapping": (["REPORTS"], "restflow.E001", ["RESTFLOW_SETTINGS", "list", "expected a dict"]),
    "none": (None, "restflow.E001", ["None", "expected a dict"]),
    "unknown-section": (
        {"REPROTS": {}},
        "restflow.E002",
        ["'REPROTS'", "Did you mean 'REPORTS'?", "Known sections:", "OTHER"],
    ),
    "unknown-section-far": ({"ZZZZZZ": {}}, "restflow.E002", ["'ZZZZZZ'", "Known sections:", "OTHER, REPORTS"]),
    "section-name-no-string": ({7: {}}, "restflow.E002", ["a string", "int"]),
    "section-none": ({"REPORTS": None}, "restflow.E003", ["REPORTS", "None", "expected a dict"]),
    "section-list": ({"REPORTS": [1]}, "restflow.E003", ["REPORTS", "list"]),
    "unknown-key": ({"REPORTS": {"FORMATT": 1}}, "restflow.E004", ["REPORTS.FORMATT", "'FORMAT'"]),
    "unknown-key-far": ({"REPORTS": {"ZZZZZZZ": 1}}, "restflow.E004", ["REPORTS.ZZZZZZZ", "Known keys:", "LIMIT"]),
    "key-no-string": ({"REPORTS": {7: 1}}, "restflow.E004", ["REPORTS", "int"]),
    "unknown-nested-key": ({"REPORTS": {"INNER": {"DEPHT": 1}}}, "restflow.E004", ["REPORTS.INNER.DEPHT", "'DEPTH'"]),
    "wrong-type": ({"REPORTS": {"LIMIT": "5"}}, "restflow.E005", ["REPORTS.LIMIT", "str", "int"]),
    "wrong-union": ({"REPORTS": {"API_TOKEN": 5}}, "restflow.E005", ["REPORTS.API_TOKEN", "int", "str | None"]),
    "wrong-item": ({"REPORTS": {"COLUMNS": [1, "2"]}}, "restflow.E005", ["REPORTS.COLUMNS[1]", "str", "list[int]"]),
    "wrong-nested": ({"REPORTS": {"INNER": {"DEPTH": None}}}, "restflow.E005", ["REPORTS.INNER.DEPTH", "None", "int"]),
    "nested-no-dict": ({"REPORTS": {"INNER": 3}}, "restflow.E005", ["REPORTS.INNER", "int", "dict"]),
    "across": ({"REPORTS": {"FORMAT": "xlsx"}}, "restflow.E006", ["REPORTS", "FORMAT 'xlsx' needs API_TOKEN"]),
    "across-nested": ({"REPORTS": {"INNER": {"DEPTH": 101}}}, "restflow.E006", ["REPORTS.INNER", "DEPTH is too much"]),
    "across-optional": ({"REPORTS": {"MAYBE": {"DEPTH": 101}}}, "restflow.E006", ["REPORTS.MAYBE", "DEPTH is too"]),
    "unknown-optional": ({"REPORTS": {"MAYBE": {"DEPHT": 1}}}, "restflow.E004", ["REPORTS.MAYBE.DEPHT", "'DEPTH'"]),
    "secret-inside": ({"REPORTS": {"KEYS": {"a": "hush-hush"}}}, "restflow.E005", ["REPORTS.KEYS", "got dict"]),
    "across-fails": ({"REPORTS": {"FORMAT": "crash"}}, "restflow.E006", ["REPORTS", "RuntimeError"]),
}


@pytest.mark.parametrize("what", MISTAKES)
def test_a_mistake_is_told_by_a_read_and_by_the_check(what):
    given, check_id, parts = MISTAKES[what]
    with override_settings(RESTFLOW_SETTINGS=given):
        told = messages()
        error = read_error()

    assert [message.id for message in told] == [check_id]
    shown = f"{told[0].msg} {told[0].hint}"
    for part in parts:
        assert part in shown
        assert part in str(error)
    assert told[0].obj
    assert told[0].hint or "across" in what  # what a section itself says of its keys stands as its author wrote it
    assert "hush-hush" not in shown + str(error)


def test_every_problem_is_in_one_error_one_a_line():
    given = {"REPROTS": {}, "REPORTS": {"LIMIT": "5", "FORMATT": 1, "INNER": {"DEPTH": "x"}, "COLUMNS": ["a", "b"]}}
    with override_settings(RESTFLOW_SETTINGS=given):
        lines = str(read_error()).splitlines()
        told = messages()

    assert len(lines) == len(told) == 6
    for part in ("REPROTS", "REPORTS.LIMIT", "FORMATT", "INNER.DEPTH", "COLUMNS[0]", "COLUMNS[1]"):
        assert sum(part in line for line in lines) == 1


def test_every_further_read_raises_again_until_the_setting_changes(acme):
    with override_settings(RESTFLOW_SETTINGS={"REPORTS": {"LIMIT": "5"}}):
        assert str(read_error()) == str(read_error())
        with pytest.raises(ConfigError):
            acme.ReportSettings.current()
        with pytest.raises(ConfigError):
            restflow_settings.to_dict()
        with override_settings(RESTFLOW_SETTINGS={"REPORTS": {"LIMIT": 5}}):
            assert restflow_settings.REPORTS.LIMIT == 5
        read_error()


def test_a_mistake_inside_one_section_is_no_trouble_for_another():
    with override_settings(RESTFLOW_SETTINGS={"REPORTS": {"LIMIT": "5"}, "OTHER": {"SIZE": 2}}):
        assert restflow_settings.OTHER.SIZE == 2


def test_an_unknown_section_is_told_by_the_read_of_any_other():
    with override_settings(RESTFLOW_SETTINGS={"NOPE": {}}), pytest.raises(ConfigError, match="NOPE"):
        _ = restflow_settings.OTHER.SIZE


def test_a_section_whose_distribution_is_missing_is_a_warning_and_no_trouble(monkeypatch):
    from restflow.core import _registry

    monkeypatch.setitem(_registry.KNOWN_OWNERS, "GIZMO", "restflow-gizmo")
    with override_settings(RESTFLOW_SETTINGS={"GIZMO": {"A": 1}}):
        assert restflow_settings.OTHER.SIZE == 1
        (told,) = messages()
        with pytest.raises(AttributeError, match="pip install restflow-gizmo"):
            _ = restflow_settings.GIZMO

    assert (told.id, told.is_serious()) == ("restflow.W002", False)
    assert "GIZMO" in told.msg
    assert "pip install restflow-gizmo" in told.hint


def test_a_misspelt_section_of_a_missing_distribution_is_answered_with_what_to_install(monkeypatch):
    from restflow.core import _registry

    monkeypatch.setitem(_registry.KNOWN_OWNERS, "GIZMO", "restflow-gizmo")
    with override_settings(RESTFLOW_SETTINGS={"GIZMOS": {}}):
        assert "Did you mean 'GIZMO' (pip install restflow-gizmo)?" in str(read_error())


@pytest.mark.parametrize(
    ("path", "cause"),
    [
        ("acme_nowhere.Renderer", "ModuleNotFoundError"),
        ("collections.NotThere", "ImportError"),
        ("nodots", "ImportError"),
        ("acme_exits.Renderer", "SystemExit"),
        ("acme_raises.Renderer", "ZeroDivisionError"),
    ],
)
def test_a_dotted_path_that_does_not_import_is_told_by_load_and_check_alone(make_distribution, acme, path, cause):
    make_distribution("acme-bad", modules={"acme_exits": "raise SystemExit(3)", "acme_raises": "1 / 0"})
    with override_settings(RESTFLOW_SETTINGS={"REPORTS": {"RENDERER": path}}):
        assert path == restflow_settings.REPORTS.RENDERER
        with pytest.raises(ConfigError) as caught:
            acme.ReportSettings.current().load("RENDERER")
        (told,) = messages()

    assert told.id == "restflow.E007"
    for part in ("REPORTS.RENDERER", path, cause):
        assert part in str(caught.value)
        assert part in told.msg
    assert type(caught.value.__cause__).__name__ == cause


def test_a_dotted_path_inside_a_nested_section_is_checked_too():
    with override_settings(RESTFLOW_SETTINGS={"REPORTS": {"INNER": {"PATH": "acme_nowhere.X"}}}):
        (told,) = messages()
        with pytest.raises(ConfigError, match=r"REPORTS\.INNER\.PATH"):
            restflow_settings.REPORTS.INNER.load("PATH")

    assert told.id == "restflow.E007"
    assert "REPORTS.INNER.PATH" in told.msg


def test_load_imports_once_per_change_and_hands_out_what_is_no_string(acme):
    with override_settings(RESTFLOW_SETTINGS={"REPORTS": {"RENDERER": f"{acme.__name__}.OtherSettings"}}):
        section = acme.ReportSettings.current()
        assert section.load("RENDERER") is acme.OtherSettings
        assert restflow_settings.REPORTS.load("RENDERER") is acme.OtherSettings
    with override_settings(RESTFLOW_SETTINGS={"REPORTS": {"RENDERER": dict}}):
        assert acme.ReportSettings.current().load("RENDERER") is dict
        assert messages() == []
    assert acme.ReportSettings.current().load("RENDERER") is None


def test_load_of_a_key_that_is_no_dotted_path_is_refused(acme):
    with pytest.raises(ConfigError, match=r"REPORTS\.LIMIT is not declared as a dotted path"):
        acme.ReportSettings.current().load("LIMIT")
    with pytest.raises(ConfigError, match="Did you mean 'RENDERER'"):
        acme.ReportSettings.current().load("RENDERED")


@pytest.mark.parametrize(
    "given",
    [
        {"API_TOKEN": ["hush-hush"]},
        {"KEYS": {"hush-hush": "hush-hush"}},
        {"KEYS": ["hush-hush"]},
        {"HIDDEN_PATH": "hush-hush"},
        {"LIMIT": "hush-hush"},
        {"COLUMNS": ["hush-hush"]},
    ],
    ids=str,
)
def test_no_message_holds_a_value(given):
    with override_settings(RESTFLOW_SETTINGS={"REPORTS": given}):
        told = messages()
        assert told
        said = [str(message) for message in told]
        if told[0].id != "restflow.E007":
            said.append(str(read_error()))
        else:
            with pytest.raises(ConfigError) as caught:
                restflow_settings.REPORTS.load("HIDDEN_PATH")
            said.append(str(caught.value))

    assert "hush-hush" not in "".join(said)


def test_a_section_that_cannot_be_loaded_hurts_its_asker_and_is_reported(make_distribution):
    make_distribution(
        "acme-broken",
        entry_points={"restflow.settings": {"BROKEN": "acme_licence:X", "WRONG": "collections:OrderedDict"}},
        modules={"acme_licence": "raise RuntimeError('no licence')"},
    )
    restflow_settings.reload()

    with pytest.raises(PluginError, match=r"acme-broken 1\.0.*no licence"):
        _ = restflow_settings.BROKEN.ANY
    with pytest.raises(PluginError, match=r"expected a subclass of restflow\.core\.SettingsSection"):
        _ = restflow_settings.WRONG.ANY
    assert restflow_settings.OTHER.SIZE == 1
    assert [message.id for message in messages()] == ["restflow.E008", "restflow.E008"]
    assert "no licence" in messages()[0].msg


def test_two_distributions_that_claim_a_section_are_both_named(publish_sections):
    publish_sections(SOURCE, distribution="acme-rival", REPORTS="ReportSettings")

    with pytest.raises(PluginError) as caught:
        _ = restflow_settings.REPORTS.FORMAT
    (told,) = messages()

    assert caught.value.distributions == ("acme-reports", "acme-rival")
    assert told.id == "restflow.E008"
    for name in ("acme-reports", "acme-rival", "REPORTS"):
        assert name in told.msg
        assert name in str(caught.value)
    assert restflow_settings.OTHER.SIZE == 1
