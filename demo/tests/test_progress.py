"""What the loading shows: a bar on a terminal, a line per finished step elsewhere, nothing when told to be quiet."""

import io

import pytest

from demo.launch.banner import Banner, has_colours
from demo.launch.progress import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def load(progress: Progress) -> None:
    progress.tell("countries", 0, 4)
    progress.tell("countries", 2, 4)
    progress.tell("countries", 4, 4)


@pytest.mark.parametrize("columns", [20, 40, 80, 200])
def test_a_terminal_gets_one_line_a_step_that_fits_its_width(monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    stream = Terminal()
    load(Progress(quiet=False, stream=stream))

    assert stream.getvalue().count("\n") == 1
    drawn = stream.getvalue().rstrip("\n").split("\r")[1:]
    assert all(len(line) < columns for line in drawn)
    assert "4/4" in drawn[-1]
    if columns >= 80:
        assert "[####" in drawn[-1]
        assert "." not in drawn[-1].partition("]")[0]


def test_elsewhere_a_finished_step_is_a_line() -> None:
    stream = io.StringIO()
    load(Progress(quiet=False, stream=stream))

    assert stream.getvalue().startswith("countries: 4 in ")
    assert stream.getvalue().count("\n") == 1


@pytest.mark.parametrize("stream", [io.StringIO(), Terminal()], ids=["file", "terminal"])
def test_quiet_is_quiet(stream: io.StringIO) -> None:
    progress = Progress(quiet=True, stream=stream)
    load(progress)
    progress.say("anything")

    assert stream.getvalue() == ""


@pytest.mark.parametrize(
    ("stream", "variables", "coloured"),
    [
        (Terminal(), {"TERM": "xterm"}, True),
        (Terminal(), {"TERM": "dumb"}, False),
        (Terminal(), {"TERM": "xterm", "NO_COLOR": "1"}, False),
        (io.StringIO(), {"TERM": "xterm"}, False),
    ],
    ids=["terminal", "dumb", "no-color", "file"],
)
def test_colours_are_for_terminals_that_have_them(
    monkeypatch: pytest.MonkeyPatch, stream: io.StringIO, variables: dict[str, str], coloured: bool
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    banner = Banner(
        url="http://h/",
        cities=1,
        countries=1,
        loaded=True,
        seconds=1.0,
        passwords=None,
        is_loopback=True,
        runs_on="SQLite",
    )

    assert ("\033[" in banner.text(colour=has_colours(stream))) is coloured
