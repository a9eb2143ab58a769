"""The tutorial's project as each chapter leaves it, and what each chapter changes of the files that were there before.

`python integration-tests/documentation/tutorial.py 3 FOLDER` makes it as it is after chapter 3, so one can start with
the fourth; `navigation.py` writes the differences into the pages.
"""

import difflib
import os
import subprocess
import sys
import textwrap
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from documentation.blocks import blocks, is_settings

CHAPTERS = sorted((Path(__file__).resolve().parent.parent.parent / "docs" / "tutorial").glob("[1-9]-*.md"))
SETTINGS = "bookshop/settings.py"
_MARK = "<!-- Made by integration-tests/documentation/navigation.py, to the last paragraph. -->"


def files(number: int) -> dict[str, str]:
    """The files that the first `number` chapters show, in their last form; `SETTINGS` has what is added to Django's."""
    found: dict[str, str] = {}
    for block in [block for chapter in CHAPTERS[:number] for block in blocks(chapter)]:
        if is_settings(block):
            found[SETTINGS] = f"{found.get(SETTINGS, '')}\n{block.source}"
        elif block.file:
            found[block.file] = block.source
    return found


def make(number: int, folder: Path, python: str = sys.executable) -> None:
    """Makes the project in an empty folder, as it is after the chapter."""
    variables = {key: value for key, value in os.environ.items() if key not in ("DJANGO_SETTINGS_MODULE", "PYTHONPATH")}
    for words in (["-m", "django", "startproject", "bookshop", "."], ["manage.py", "startapp", "shop"]):
        subprocess.run([python, *words], cwd=folder, env=variables, check=True)
    shown = files(number)
    with (folder / SETTINGS).open("a") as settings:
        settings.write(shown.pop(SETTINGS))
    for name, source in shown.items():
        (folder / name).write_text(source)


def pages() -> dict[Path, str]:
    """Each chapter with its differences, which stand before its last paragraph."""
    return {path: _page(path.read_text(encoding="utf-8"), changes(number)) for number, path in enumerate(CHAPTERS, 1)}


def changes(number: int) -> dict[str, str]:
    """What the chapter changes, by the name of the file: a unified diff without its two lines of names."""
    before, after = files(number - 1), files(number)
    return {
        name: "\n".join([*difflib.unified_diff(before[name].splitlines(), after[name].splitlines(), lineterm="")][2:])
        for name in sorted(after.keys() & before.keys() - {SETTINGS})
        if after[name] != before[name]
    }


def _page(text: str, changed: dict[str, str]) -> str:
    body, _, last = text.rstrip("\n").rpartition("\n\n")
    body = body.partition(_MARK)[0].rstrip("\n")
    if changed:
        body += f"\n\n{_MARK}\n\n## What changed in the files"
    for name, difference in changed.items():
        # an empty line of context keeps its space in the diff alone
        lines = "\n".join(line.rstrip() for line in difference.split("\n"))
        body += f'\n\n??? note "{name}"\n\n' + textwrap.indent(f"```diff\n{lines}\n```", "    ")
    return f"{body}\n\n{last}\n"


if __name__ == "__main__":
    make(int(sys.argv[1]), Path(sys.argv[2]))
