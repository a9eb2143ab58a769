"""The settings in effect, as the doctor shows them: value and source, never a secret, never an exception."""

from typing import NamedTuple

import pytest
from django.test import override_settings

from restflow.core import restflow_settings
from restflow.core.settings import EffectiveValue, effective_settings

SOURCE = """
from restflow.core import SettingsSection, option

class InnerSettings(SettingsSection):
    PASSWORD: str = option("hush", secret=True)
    SIZE: int = 1

class ReportSettings(SettingsSection):
    FORMAT: str = "csv"
    TOKEN: str | None = option(None, secret=True)
    BROKER: str = "redis://user:hush@host:6379/0"
    RAW: bytes = b"amqp://hush@host"
    BLOCKS: dict[str, object] = option(factory=dict)
    COLUMNS: list[str] = option(factory=list)
    INNER: InnerSettings = InnerSettings()

    def problems(self):
        if self.FORMAT == "xlsx":
            yield "no xlsx"
"""


class Login(NamedTuple):
    user: str
    password: str


@pytest.fixture(autouse=True)
def acme(publish_sections, make_distribution):
    publish_sections(SOURCE, REPORTS="ReportSettings")
    make_distribution("acme-broken", entry_points={"restflow.settings": {"BROKEN": "acme_not_there:X"}})
    restflow_settings.reload()


def effective(**given):
    with override_settings(RESTFLOW_SETTINGS={"REPORTS": given}):
        return effective_settings()["REPORTS"]


def test_every_key_has_its_value_and_where_it_comes_from():
    shown = effective(FORMAT="pdf", COLUMNS=["a"])

    assert shown["FORMAT"] == EffectiveValue("pdf", "set")
    assert shown["COLUMNS"] == EffectiveValue(("a",), "set")
    assert shown["BLOCKS"] == EffectiveValue({}, "default")
    assert "BROKEN" not in effective_settings()


def test_secrets_are_hidden_wherever_they_are():
    names = ["SECRET", "db_password", "AuthToken", "API_KEY", "credentials", "SENTRY_DSN"]
    blocks = {"celery": [dict.fromkeys(names, "hush") | {"url": "https://a:hush@b/x", "size": 1}, Login("me", "hush")]}

    shown = effective(TOKEN="hush", BLOCKS=blocks, COLUMNS=["x://hush:hu/hush@h"])

    assert "hush" not in repr(shown)
    assert shown["TOKEN"] == EffectiveValue("********", "set")
    assert shown["BROKER"] == EffectiveValue("redis://********@host:6379/0", "default")
    assert shown["RAW"].value == b"amqp://********@host"
    assert shown["INNER"].value == {"PASSWORD": "********", "SIZE": 1}
    block, login = shown["BLOCKS"].value["celery"]
    assert login == ("me", "********")
    assert [block[name] for name in names] == ["********"] * len(names)
    assert (block["url"], block["size"]) == ("https://********@b/x", 1)


def test_a_section_with_problems_shows_the_keys_that_are_right():
    shown = effective(FORMAT=5, COLUMNS=["a"], NOPE=1)

    assert "FORMAT" not in shown
    assert "NOPE" not in shown
    assert shown["COLUMNS"] == EffectiveValue(("a",), "set")
    assert effective(FORMAT="xlsx")["FORMAT"] == EffectiveValue("xlsx", "set")


@pytest.mark.parametrize("given", [None, [], {"REPORTS": None}, {"NOPE": {}}])
def test_settings_that_are_no_mapping_show_the_defaults(given):
    with override_settings(RESTFLOW_SETTINGS=given):
        assert effective_settings()["REPORTS"]["FORMAT"] == EffectiveValue("csv", "default")
