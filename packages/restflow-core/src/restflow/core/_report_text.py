"""The doctor's report as text for people."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from restflow.core._report import InstalledPlugin, Problem, Report, shown
from restflow.core.subsystems import Subsystem

_TITLES = {"python": "Python", "django": "Django", "djangorestframework": "Django REST Framework", "asgiref": "asgiref"}


def report_text(report: Report, subsystems: Iterable[Subsystem]) -> str:
    """The report, section by section, the problems last: what the eye finds first in a terminal."""
    parts = [
        (
            "Versions",
            _columns([(_TITLES[name], number or "not installed") for name, number in report.versions.items()]),
        ),
        ("Subsystems", _columns([(subsystem.name, subsystem.summary) for subsystem in subsystems])),
        ("Distributions", _columns([(found.name, found.version or "no version") for found in report.distributions])),
        ("Plug-ins", _plugins(report)),
        ("Settings", _settings(report)),
        ("Problems", _problems(report.problems)),
    ]
    return "\n\n".join("\n".join([title, *(f"  {line}" for line in lines)]) for title, lines in parts) + "\n"


def _columns(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
    if not rows:
        yield "none"


def _plugins(report: Report) -> Iterator[str]:
    for group, plugins in groupby(report.plugins, key=lambda plugin: plugin.group):
        yield group
        cells = [(plugin.name, plugin.value, _origin(plugin), _state(plugin, report.problems)) for plugin in plugins]
        yield from (f"  {line}" for line in _columns(cells))
    if not report.plugins:
        yield "none"


def _origin(plugin: InstalledPlugin) -> str:
    return " ".join(part for part in (plugin.distribution, plugin.version) if part) or "no distribution"


def _state(plugin: InstalledPlugin, problems: Sequence[Problem]) -> str:
    if plugin.error is None:
        return "ok"
    told = any(problem.message in plugin.error for problem in problems)
    return "does not load: see the problems" if told else "does not load without settings"


def _settings(report: Report) -> Iterator[str]:
    if any(problem.id == "restflow.E010" for problem in report.problems):
        yield "not readable: see the problems"
    elif report.settings is None:
        yield "not configured: name a settings module with --settings or DJANGO_SETTINGS_MODULE"
    elif not report.settings:
        yield "no section is declared by what is installed"
    for section, keys in (report.settings or {}).items():
        yield section
        cells = [(key, found.source, shown(found.value)) for key, found in keys.items()]
        yield from (f"  {line}" for line in _columns(cells))


def _problems(problems: Sequence[Problem]) -> Iterator[str]:
    for problem in problems:
        first, *rest = problem.message.splitlines() or [""]
        yield f"{problem.level}: ({problem.id}) {first}" if problem.id else f"{problem.level}: {first}"
        yield from (f"  {line}" for line in rest)
        yield from (f"  {line}" for line in (problem.hint or "").splitlines())
    yield from () if problems else ("none",)
