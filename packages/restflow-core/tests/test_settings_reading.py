"""Reading settings: defaults, the user's values, live views, and values that nobody can change."""

import copy
import os
import pickle
import subprocess
import sys
import threading

import pytest
from django.conf import settings
from django.test import override_settings
from django.utils.translation import gettext_lazy

from restflow.core import ConfigError, SettingsSection, restflow_settings

SOURCE = '''
from datetime import timedelta
from typing import Any
from restflow.core import SettingsSection, option

class QueueSettings(SettingsSection):
    NAME: str = "exports"
    RETRIES: int = 3

class ReportSettings(SettingsSection):
    """Options of the report exporter."""

    FORMAT: str = "csv"
    """File format of an export."""
    KEEP_FOR: timedelta = timedelta(days=7)
    API_TOKEN: str | None = option(None, secret=True)
    RENDERER: str | type = option("collections.OrderedDict", dotted=True)
    COLUMNS: list[str] = option(factory=lambda: ["id"])
    BLOCKS: dict[str, dict[str, Any]] = option(factory=dict)
    QUEUE: QueueSettings = QueueSettings(NAME="reports")
    BROKER: str = "redis://:hunter2@localhost/0"
    TITLE: str = "Report"
    HOOK: object = None

class OtherSettings(SettingsSection):
    SIZE: int = 1
'''


@pytest.fixture(autouse=True)
def acme(publish_sections):
    return publish_sections(SOURCE, REPORTS="ReportSettings", OTHER="OtherSettings")


def given(**keys):
    return override_settings(RESTFLOW_SETTINGS={"REPORTS": keys})


def test_keys_that_are_left_out_take_their_defaults():
    with given(FORMAT="xlsx"):
        assert restflow_settings.REPORTS.FORMAT == "xlsx"
        assert restflow_settings.REPORTS.KEEP_FOR.days == 7
        assert restflow_settings.OTHER.SIZE == 1


@override_settings()
def test_without_the_setting_there_are_defaults():
    if hasattr(settings, "RESTFLOW_SETTINGS"):
        del settings.RESTFLOW_SETTINGS

    assert restflow_settings.REPORTS.FORMAT == "csv"


def test_a_held_view_follows_an_override_and_its_end():
    view = restflow_settings.REPORTS
    assert view.FORMAT == "csv"

    with given(FORMAT="xlsx"):
        assert view.FORMAT == "xlsx"
        with given(FORMAT="pdf"):
            assert view.FORMAT == "pdf"
        assert view.FORMAT == "xlsx"

    assert view.FORMAT == "csv"
    assert restflow_settings.REPORTS is view


def test_a_view_taken_inside_an_override_is_live_too():
    with given(FORMAT="xlsx"):
        view = restflow_settings.REPORTS
        assert view.FORMAT == "xlsx"

    assert view.FORMAT == "csv"


def test_a_held_view_survives_a_reload():
    view = restflow_settings.REPORTS
    restflow_settings.reload()

    with given(FORMAT="xlsx"):
        assert view.FORMAT == restflow_settings.REPORTS.FORMAT == "xlsx"
    assert view.FORMAT == "csv"


def test_current_is_the_typed_instance_until_the_settings_change(acme):
    first = acme.ReportSettings.current()

    assert isinstance(first, acme.ReportSettings)
    assert acme.ReportSettings.current() is first
    with given(FORMAT="xlsx"):
        assert acme.ReportSettings.current().FORMAT == "xlsx"
    assert acme.ReportSettings.current() == first


def test_current_loads_no_other_section(publish_sections):
    module = publish_sections(
        "from restflow.core import SettingsSection\nclass Mine(SettingsSection):\n    A: int = 1\n",
        distribution="acme-mine",
        MINE="Mine",
        GONE="NotThere",
    )

    assert module.Mine.current().A == 1
    with pytest.raises(ConfigError, match="NotThere"):
        _ = restflow_settings.GONE.ANY


def test_current_finds_a_class_that_is_published_from_where_it_is_reexported(publish_sections, acme):
    source = f"from {acme.__name__} import QueueSettings as Queue\n"
    publish_sections(source, distribution="acme-shop-window", WINDOW="Queue")

    assert acme.QueueSettings.current().NAME == "exports"


def test_current_of_a_class_that_is_not_published_is_a_config_error(acme):
    class Stray(SettingsSection):
        A: int = 1

    with pytest.raises(ConfigError, match=r"Stray is no published section.*restflow\.settings"):
        Stray.current()
    with pytest.raises(ConfigError, match="QueueSettings"):
        acme.QueueSettings.current()


def test_a_nested_section_is_merged_key_by_key_over_its_default():
    with given(QUEUE={"RETRIES": 9}):
        assert restflow_settings.REPORTS.QUEUE.RETRIES == 9
        assert restflow_settings.REPORTS.QUEUE.NAME == "reports"
    assert restflow_settings.REPORTS.QUEUE.RETRIES == 3


def test_mappings_are_read_only_with_attributes_all_the_way_down():
    blocks = {"celery": {"QUEUE": "slow", "deep": [{"items": 1}]}}
    with given(BLOCKS=blocks):
        value = restflow_settings.REPORTS.BLOCKS
        assert value.celery.QUEUE == value["celery"]["QUEUE"] == "slow"
        assert value.celery.deep[0]["items"] == 1
        assert value == {"celery": {"QUEUE": "slow", "deep": ({"items": 1},)}}
        with pytest.raises(TypeError):
            value["celery"] = {}
        with pytest.raises(TypeError):
            value.celery["QUEUE"] = "x"
        with pytest.raises(AttributeError, match="read-only"):
            value.celery.QUEUE = "x"
        with pytest.raises(AttributeError, match="read-only"):
            del value.celery
        with pytest.raises(AttributeError, match="Did you mean 'celery'"):
            _ = value.celeri
        assert not hasattr(value, "__wrapped__")
        assert copy.deepcopy(value) == pickle.loads(pickle.dumps(value)) == value
        assert {*dir(value)} >= {"celery", "items"}


def test_what_the_user_does_to_their_own_setting_afterwards_changes_nothing():
    columns, block = ["a"], {"QUEUE": "slow"}
    with given(COLUMNS=columns, BLOCKS={"celery": block}):
        assert restflow_settings.REPORTS.COLUMNS == ("a",)
        assert restflow_settings.REPORTS.BLOCKS.celery.QUEUE == "slow"
        columns.append("b")
        block["QUEUE"] = "fast"

        assert restflow_settings.REPORTS.COLUMNS == ("a",)
        assert restflow_settings.REPORTS.BLOCKS.celery.QUEUE == "slow"


def test_a_callable_value_stays_one_and_is_not_called():
    def hook():
        raise AssertionError("the registry called it")

    with given(HOOK=hook):
        assert restflow_settings.REPORTS.HOOK is hook


def test_a_lazy_string_is_a_string_and_stays_lazy():
    title = gettext_lazy("Report")
    with given(TITLE=title):
        assert restflow_settings.REPORTS.TITLE is title


@pytest.mark.parametrize("name", ["REPORTS", "NEW"])
def test_the_accessor_and_its_views_cannot_be_changed(name):
    view = restflow_settings.REPORTS

    for target in (restflow_settings, view):
        with pytest.raises(AttributeError, match="read-only"):
            setattr(target, name, 1)
        with pytest.raises(AttributeError, match="read-only"):
            delattr(target, name)
    with pytest.raises(AttributeError):
        view.FORMAT = "xlsx"
    with pytest.raises(AttributeError):
        view.QUEUE.NAME = "x"


def test_an_unknown_section_or_key_is_an_attribute_error_with_the_nearest_name():
    with pytest.raises(AttributeError, match="Did you mean 'REPORTS'"):
        _ = restflow_settings.REPORT
    with pytest.raises(AttributeError, match=r"REPORTS\.FORMT.*Did you mean 'FORMAT'"):
        _ = restflow_settings.REPORTS.FORMT
    with pytest.raises(AttributeError, match=r"Known sections: .*OTHER, REPORTS"):
        _ = restflow_settings.ZZZZ
    assert not hasattr(restflow_settings, "NOPE")
    assert not hasattr(restflow_settings.REPORTS, "NOPE")
    assert hasattr(restflow_settings.REPORTS, "FORMAT")


def test_sections_lists_the_names_and_loads_nothing(publish_sections, make_distribution):
    make_distribution("acme-broken", entry_points={"restflow.settings": {"BROKEN": "acme_not_there:X"}})
    restflow_settings.reload()

    names = restflow_settings.sections()

    assert names == tuple(sorted(names))
    assert {"BROKEN", "OTHER", "REPORTS"} <= set(names)
    assert {"REPORTS", "sections"} <= set(dir(restflow_settings))
    assert "FORMAT" in dir(restflow_settings.REPORTS)


def test_to_dict_is_plain_and_redacted(make_distribution):
    make_distribution("acme-broken", entry_points={"restflow.settings": {"BROKEN": "acme_not_there:X"}})
    restflow_settings.reload()
    with given(API_TOKEN="hush", BLOCKS={"celery": {"password": "hush", "SIZE": 1}}):
        shown = restflow_settings.to_dict()
        whole = restflow_settings.to_dict(redact=False)

    assert "hush" not in repr(shown)
    assert "hunter2" not in repr(shown)
    assert shown["REPORTS"]["API_TOKEN"] == "********"
    assert shown["REPORTS"]["BROKER"] == "redis://********@localhost/0"
    assert shown["REPORTS"]["BLOCKS"] == {"celery": {"password": "********", "SIZE": 1}}
    assert shown["REPORTS"]["QUEUE"] == {"NAME": "reports", "RETRIES": 3}
    assert type(shown["REPORTS"]["BLOCKS"]["celery"]) is dict
    assert shown["OTHER"] == {"SIZE": 1}
    assert "BROKEN" not in shown
    assert whole["REPORTS"]["API_TOKEN"] == "hush"
    assert whole["REPORTS"]["BROKER"] == "redis://:hunter2@localhost/0"


def test_no_representation_shows_a_secret(acme):
    with given(API_TOKEN="hush", BLOCKS={"celery": {"PASSWORD": "hush"}}):
        current = acme.ReportSettings.current()
        said = [repr(current), repr(current.BLOCKS), repr(restflow_settings), repr(restflow_settings.REPORTS)]

    assert "hush" not in "".join(said)
    assert "hunter2" not in "".join(said)
    assert "FORMAT='csv'" in said[0]


def test_copies_of_the_accessor_and_of_views_are_the_same_objects():
    for subject in (restflow_settings, restflow_settings.REPORTS):
        assert copy.copy(subject) is subject
        assert copy.deepcopy(subject) is subject
        assert pickle.loads(pickle.dumps(subject)) is subject


def test_a_section_pickles_without_what_it_loaded(acme):
    current = acme.ReportSettings.current()
    current.load("RENDERER")

    again = pickle.loads(pickle.dumps(current))

    assert again == current
    assert again.load("RENDERER") is current.load("RENDERER")


def test_a_change_of_another_setting_reads_anew(publish_sections):
    source = """
from django.conf import settings
from restflow.core import SettingsSection

class CacheSettings(SettingsSection):
    ALIAS: str = "default"

    def problems(self):
        if self.ALIAS not in settings.CACHES:
            yield f"ALIAS names no cache"
"""
    publish_sections(source, distribution="acme-cached", CACHED="CacheSettings")
    view = restflow_settings.CACHED
    assert view.ALIAS == "default"

    with override_settings(CACHES={}), pytest.raises(ConfigError, match="ALIAS names no cache"):
        _ = view.ALIAS
    assert view.ALIAS == "default"


def test_threads_that_read_while_another_overrides_never_keep_an_old_value():
    view = restflow_settings.REPORTS
    stop, seen, failures = threading.Event(), set(), []

    def read():
        try:
            while not stop.is_set():
                seen.add(view.FORMAT)
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        for number in range(200):
            wanted = f"f{number}"
            with given(FORMAT=wanted):
                assert wanted == view.FORMAT
            assert view.FORMAT == "csv"
    finally:
        stop.set()
        for thread in threads:
            thread.join()

    assert not failures
    assert seen <= {"csv", *(f"f{number}" for number in range(200))}


def test_a_read_that_a_change_overtakes_leaves_nothing_behind(publish_sections):
    source = """
from restflow.core import SettingsSection
during = []

class SlowSettings(SettingsSection):
    SIZE: int = 1

    def problems(self):
        while during:
            during.pop()()
        return ()
"""
    module = publish_sections(source, distribution="acme-slow", SLOW="SlowSettings")
    override = override_settings(RESTFLOW_SETTINGS={"SLOW": {"SIZE": 2}})
    module.during.append(override.enable)
    try:
        assert restflow_settings.SLOW.SIZE == 1  # what the settings said when the read began
        assert restflow_settings.SLOW.SIZE == 2
        assert module.SlowSettings.current().SIZE == 2
    finally:
        override.disable()


def test_unconfigured_django_gives_defaults_and_remembers_nothing(acme):
    code = f"""
import sys
sys.path.insert(0, {str(next(path for path in sys.path if path.endswith("site")))!r})
from restflow.core import restflow_settings
view = restflow_settings.REPORTS
print(view.FORMAT, restflow_settings.sections())
from {acme.__name__} import ReportSettings
print(ReportSettings.current().FORMAT)
from django.conf import settings
assert not settings.configured
settings.configure(RESTFLOW_SETTINGS={{"REPORTS": {{"FORMAT": "xlsx"}}}})
print(view.FORMAT, ReportSettings.current().FORMAT)
"""
    result = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True, env={"PATH": ""}
    )

    assert "csv" in result.stdout.splitlines()[0]
    assert result.stdout.splitlines()[1:] == ["csv", "xlsx xlsx"]


def test_a_settings_module_that_fails_with_an_attribute_error_is_no_module_without_our_setting(acme, tmp_path):
    (tmp_path / "project_settings.py").write_text("import os\nRESTFLOW_SETTINGS = os.not_there\n")
    code = """
from restflow.core import restflow_settings
for _ in range(2):
    try:
        print(restflow_settings.REPORTS.FORMAT)
    except AttributeError as error:
        print(error)
"""
    folders = [next(path for path in sys.path if path.endswith("site")), str(tmp_path)]
    result = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": "", "PYTHONPATH": os.pathsep.join(folders), "DJANGO_SETTINGS_MODULE": "project_settings"},
    )

    assert result.stdout.splitlines() == ["module 'os' has no attribute 'not_there'"] * 2
