"""What a strict type checker sees in a section: typed keys, a keyword-only constructor, frozen attributes."""

from pathlib import Path

import pytest

import restflow.core

DECLARATION = """
from collections.abc import Iterable
from datetime import timedelta
from typing import assert_type
from restflow.core import SettingsSection, option

class ReportSettings(SettingsSection):
    FORMAT: str = "csv"
    KEEP_FOR: timedelta = timedelta(days=7)
    API_TOKEN: str | None = option(None, secret=True)
    RENDERER: str | type[object] = option("acme.render.CsvRenderer", dotted=True)
    QUEUES: dict[str, int] = option(factory=dict)

    def problems(self) -> Iterable[str]:
        yield "none"

assert_type(ReportSettings.current(), ReportSettings)
assert_type(ReportSettings.current().API_TOKEN, str | None)
assert_type(ReportSettings(FORMAT="xlsx").QUEUES, dict[str, int])
"""
MISTAKES = """
ReportSettings("xlsx")
ReportSettings(FORMAT=3)
ReportSettings().FORMAT = "x"

class Wrong(SettingsSection):
    SIZE: int = option("x")
"""


def mypy(code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    api = pytest.importorskip("mypy.api", reason="mypy is not installed")
    source = tmp_path / "acme.py"
    source.write_text(code)
    monkeypatch.setenv("MYPYPATH", str(Path(restflow.core.__file__).parents[2]))
    options = ["--strict", "--config-file=", "--namespace-packages", "--explicit-package-bases", "--no-error-summary"]
    # Django's own types are beside the point: without them the run takes a tenth of the time.
    options += ["--follow-imports=silent", "--no-site-packages", "--ignore-missing-imports"]
    report, failure, _ = api.run([*options, f"--cache-dir={tmp_path}", str(source)])
    assert not failure
    return [line for line in report.splitlines() if "acme.py" in line]


def test_a_section_passes_strict_checking_and_its_misuse_does_not(tmp_path, monkeypatch):
    told = mypy(DECLARATION + MISTAKES, tmp_path, monkeypatch)

    first = DECLARATION.count("\n") + 1
    assert sorted({int(line.split(":")[1]) - first for line in told if ": error:" in line}) == [1, 2, 3, 6]
