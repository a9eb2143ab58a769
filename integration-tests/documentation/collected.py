"""The pages of `docs/project/` that are made of the repository's own files: changelogs, contributing, licence.

`navigation.py` writes them. What they say is changed where it stands: each CHANGELOG.md, CONTRIBUTING.md, LICENSE.
"""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
UNRELEASED = "Unreleased"
_RELEASE = re.compile(r"^## \[(?P<version>[^\]]+)\](?: - (?P<date>\d{4}-\d\d-\d\d))?\n", re.MULTILINE)
_MADE = "<!-- Made by integration-tests/documentation/navigation.py of {}. -->"


def pages() -> dict[str, str]:
    """The text of each page, by its name in `docs/project/`."""
    changelogs = {path.parent.name: path.read_text(encoding="utf-8") for path in ROOT.glob("packages/*/CHANGELOG.md")}
    return {
        "changelogs.md": joined(changelogs),
        "contributing.md": _contributing((ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")),
        "licence.md": _licence((ROOT / "LICENSE").read_text(encoding="utf-8")),
    }


def joined(changelogs: dict[str, str]) -> str:
    """The packages' changelogs (their text, by name) in one: what is unreleased, then a heading a day, newest first."""
    entries: dict[str, list[str]] = {}
    for package, text in sorted(changelogs.items()):
        _, *parts = _RELEASE.split(text)
        for version, date, body in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
            if body.strip():
                name = package if version == UNRELEASED else f"{package} {version}"
                kinds = re.sub(r"^### (.+)$", r"**\1**", body.strip(), flags=re.MULTILINE)
                entries.setdefault(date or UNRELEASED, []).append(f"### {name}\n\n{kinds}\n")
    text = f"{_MADE.format('the CHANGELOG.md files')}\n\n# Changelogs\n\n"
    text += "At the end of this page you know what each release of each package changed.\n"
    for day in sorted(entries, reverse=True):  # "Unreleased" sorts above every date
        text += f"\n## {day}\n\n" + "\n".join(entries[day])
    return text


def _contributing(text: str) -> str:
    body = text.removeprefix("# Contributing\n")
    opening = "At the end of this page you can change restflow, and have the change accepted."
    return f"{_MADE.format('CONTRIBUTING.md')}\n\n# Contributing\n\n{opening}\n{body}"


def _licence(text: str) -> str:
    opening = "At the end of this page you know what you may do with restflow: every package has this licence."
    return f"{_MADE.format('LICENSE')}\n\n# Licence\n\n{opening}\n\n```text\n{text.strip()}\n```\n"
