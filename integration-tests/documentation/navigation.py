"""Writes the navigation of the site (the end of `mkdocs.yml`) and `docs/llms.txt` from the pages that there are.

`python integration-tests/documentation/navigation.py`, after a page was added, renamed, removed or changed, and after
a change of what `collected.py` and `badges.py` are made of.
"""

import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from documentation import badges, collected, tutorial

ROOT = Path(__file__).resolve().parent.parent.parent
DOCS = ROOT / "docs"
MARK = "# Made by integration-tests/documentation/navigation.py from here on.\n"
SECTIONS = {
    "Start": ["index.md", "installation.md", "quickstart.md", "concepts.md"],
    "Tutorial": ["tutorial/*.md"],
    "Guides": ["guides/*/*.md"],
    "Recipes": ["recipes/*.md"],
    "Reference": ["reference/*.md"],
    "Explanation": ["explanation/*.md"],
    "Migrating": ["migrating/*.md"],
    "Project": ["project/*.md"],
}
GUIDES = (
    "serializers filters views pagination permissions throttling errors auth caching dispatchers responses openapi "
    "testing"
)
MISTAKES = """\
Current names and rules, for assistants that write code with restflow:

- The import package is `restflow.<subsystem>`; each is installed as `restflow-<subsystem>` (authentication:
  `restflow-auth`; responses, pagination, permissions, throttling and exceptions come with `restflow-views`).
- Async names have the prefix `a`: `ais_valid`, `asave`, `aget_with_metadata`. A hook may be `def` or `async def`; the
  most derived one runs.
- `Serializer.is_valid()` refuses `async def` hooks: await `ais_valid()`.
- Filter sets are called `FilterSet(data, request)`, and applied with `.filter_queryset(queryset)`; there is no `.qs`.
- `price!=5` is a parameter named `price!`: the complement, also for rows without a value.
- A cached function's rule does not fire for new rows unless it says `trigger_on_create=True`.
- Constraints in annotations are those of the package `annotated-types`, which is installed separately.
"""


def pages() -> dict[str, list[Path]]:
    """The pages of each section, in their order."""
    found = {}
    for section, patterns in SECTIONS.items():
        paths = [path for pattern in patterns for path in sorted(DOCS.glob(pattern))]
        if section == "Guides":
            order = GUIDES.split()
            paths.sort(key=lambda path: (order.index(path.parent.name), path.name))
        if paths:
            found[section] = paths
    return found


def title(path: Path) -> str:
    """The page's first heading."""
    match = re.search(r"^# (.+)$", path.read_text(encoding="utf-8"), re.M)
    assert match, f"{path}: no heading"
    return match[1]


def navigation() -> str:
    text = f"{MARK}nav:\n"
    for section, paths in pages().items():
        text += f"  - {section}:\n"
        topic = ""
        for path in paths:
            name = str(path.relative_to(DOCS))
            indent = "      "
            if section == "Guides":
                if path.parent.name != topic:
                    topic = path.parent.name
                    text += f"      - {topic.capitalize()}:\n"
                indent = "          "
            text += f'{indent}- "{title(path)}": {name}\n'
    return text


def configuration() -> str:
    """`mkdocs.yml` with its navigation as it should be."""
    return (ROOT / "mkdocs.yml").read_text().partition(MARK)[0] + navigation()


def llms() -> str:
    """The index for assistants: https://llmstxt.org."""
    text = "# restflow\n\n> Declarative and async Django REST Framework, as a family of packages.\n\n" + MISTAKES
    for section, paths in pages().items():
        text += f"\n## {section}\n\n"
        text += "".join(f"- [{title(path)}]({path.relative_to(DOCS)})\n" for path in paths)
    return text


def llms_full() -> str:
    """Every page of the index, one after the other."""
    paths = [path for section, paths in pages().items() if section != "Reference" for path in paths]
    return "\n\n".join(path.read_text(encoding="utf-8").strip() for path in paths) + "\n"


if __name__ == "__main__":
    for name, text in collected.pages().items():
        (DOCS / "project" / name).write_text(text)
    for name, text in badges.pictures().items():
        (badges.FOLDER / name).write_text(text)
    for path, text in tutorial.pages().items():
        path.write_text(text)
    (ROOT / "mkdocs.yml").write_text(configuration())
    (DOCS / "llms.txt").write_text(llms())
    (DOCS / "llms-full.txt").write_text(llms_full())
