"""The badges of the README: pictures of the project's own, made of its metadata, that ask no other host."""

import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
FOLDER = ROOT / "docs" / "assets" / "badges"
WIDTH = 6.5  # of a letter, about; `textLength` makes it exact
BADGE = """\
<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="20" role="img" aria-label="{name}: {value}">
<title>{name}: {value}</title>
<rect width="{width}" height="20" rx="3" fill="#3a4fd0"/>
<rect width="{left}" height="20" rx="3" fill="#444"/>
<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">
<text x="6" y="14" textLength="{name_length}">{name}</text>
<text x="{value_at}" y="14" textLength="{value_length}">{value}</text>
</g>
</svg>
"""


def facts() -> dict[str, str]:
    """What the badges say, by their names."""
    project = tomllib.loads((ROOT / "packages" / "restflow" / "pyproject.toml").read_text())["project"]
    tables = tomllib.loads((ROOT / "hatch.toml").read_text())["envs"]["hatch-test"]["matrix"]
    versions = {side: sorted({each for one in tables for each in one[side]}, key=_release) for side in tables[0]}
    return {
        "version": project["version"],
        "python": f"{versions['python'][0]} to {versions['python'][-1]}",
        "django": ", ".join(versions["django"]),
        "licence": project["license"],
    }


def pictures() -> dict[str, str]:
    """The text of each picture, by the name of its file."""
    return {f"{name}.svg": _picture(name, value) for name, value in facts().items()}


def _picture(name: str, value: str) -> str:
    name_length, value_length = (round(len(text) * WIDTH) for text in (name, value))
    left = name_length + 12
    return BADGE.format(
        name=name,
        value=value,
        left=left,
        width=left + value_length + 12,
        value_at=left + 6,
        name_length=name_length,
        value_length=value_length,
    )


def _release(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))
