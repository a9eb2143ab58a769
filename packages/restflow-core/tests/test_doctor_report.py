"""`diagnose()` and its `Report` in a running process."""

import json
from collections import namedtuple
from dataclasses import FrozenInstanceError, fields
from datetime import timedelta
from decimal import Decimal
from enum import Enum
from types import MappingProxyType

import pytest
from django.db import connections
from django.test import override_settings
from django.utils.functional import lazystr

from restflow.core import Report, diagnose
from restflow.core._effective import EffectiveValue
from restflow.core._report import Problem

Pair = namedtuple("Pair", "left right")


class Colour(Enum):
    RED = "red"


class Broken:
    def __repr__(self):
        raise RuntimeError("no repr today")


class Client:
    def __repr__(self):
        return "<Client redis://user:pa55word@cache/0>"


def report(value=None, *levels):
    return Report(
        versions={"python": "3.14.0"},
        distributions=(),
        plugins=(),
        settings={"SECTION": {"KEY": EffectiveValue(value, "set")}},
        problems=tuple(Problem("x.E001", level, "It broke.") for level in levels),
    )


def test_a_report_is_a_frozen_dataclass_of_five_fields():
    assert [field.name for field in fields(Report)] == ["versions", "distributions", "plugins", "settings", "problems"]
    with pytest.raises(FrozenInstanceError):
        report().problems = ()


@pytest.mark.parametrize(
    ("levels", "ok"),
    [((), True), (("debug", "info", "warning"), True), (("warning", "error"), False), (("critical",), False)],
)
def test_it_is_ok_without_errors(levels, ok):
    assert report(None, *levels).ok is ok


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, None),
        (True, True),
        (5, 5),
        (1.5, 1.5),
        (float("inf"), "inf"),
        (float("nan"), "nan"),
        ("text", "text"),
        (lazystr("text"), "text"),
        (b"bytes", "b'bytes'"),
        (timedelta(days=1), "datetime.timedelta(days=1)"),
        (Decimal("1.50"), "Decimal('1.50')"),
        (Colour.RED, "<Colour.RED: 'red'>"),
        (dict, "<class 'dict'>"),
        (("a", timedelta(1)), ["a", "datetime.timedelta(days=1)"]),
        (frozenset({"b", "a", "c"}), ["a", "b", "c"]),
        (MappingProxyType({"a": {"b": (1,)}}), {"a": {"b": [1]}}),
        ({1: "one", ("a", 1): "pair"}, {"1": "one", "('a', 1)": "pair"}),
        (Pair(1, 2), "Pair(left=1, right=2)"),
        (Client(), "<Client redis://********@cache/0>"),
        (Broken(), "<Broken, whose repr() raises RuntimeError>"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_value_is_shown_in_the_types_of_json(value, shown):
    written = json.dumps(report(value).to_dict(), allow_nan=False)

    assert json.loads(written)["settings"]["SECTION"]["KEY"] == {"value": shown, "source": "set"}


def test_settings_that_are_not_there_and_settings_without_a_section_differ():
    def document(settings):
        return Report(versions={}, distributions=(), plugins=(), settings=settings, problems=()).to_dict()

    assert document(None)["settings"] is None
    assert document({})["settings"] == {}


@pytest.fixture
def section(make_distribution):
    source = "from restflow.core import SettingsSection\nclass Acme(SettingsSection):\n    LIMIT: int = 3\n"
    make_distribution(
        "acme", entry_points={"restflow.settings": {"ACME": "acme_doctored:Acme"}}, modules={"acme_doctored": source}
    )
    from restflow.core import restflow_settings

    restflow_settings.reload()
    yield
    restflow_settings.reload()


def test_it_reports_the_settings_of_the_moment(section):
    with override_settings(RESTFLOW_SETTINGS={"ACME": {"LIMIT": 5}}):
        assert diagnose().settings["ACME"]["LIMIT"] == EffectiveValue(5, "set")
    with override_settings(RESTFLOW_SETTINGS={}):
        assert diagnose().settings["ACME"]["LIMIT"] == EffectiveValue(3, "default")


def test_it_finds_what_was_installed_since(make_distribution):
    make_distribution("acme", entry_points={"restflow.acme_engines": {"steam": "collections:OrderedDict"}})

    (row,) = [plugin for plugin in diagnose().plugins if plugin.group == "restflow.acme_engines"]

    assert (row.name, row.distribution, row.version, row.ok, row.error) == ("steam", "acme", "1.0", True, None)


def test_settings_of_the_wrong_type_are_problems_and_raise_nothing(section):
    for settings, identifier in [("text", "E001"), ({"ACME": None}, "E003"), ({"ACME": {"LIMIT": "5"}}, "E005")]:
        with override_settings(RESTFLOW_SETTINGS=settings):
            assert f"restflow.{identifier}" in {problem.id for problem in diagnose().problems}


def test_it_makes_no_query_and_opens_no_connection():
    def opened():
        return [connection.alias for connection in connections.all() if connection.connection is not None]

    before = opened()
    diagnose()  # without the database fixtures, pytest-django refuses every query

    assert opened() == before
