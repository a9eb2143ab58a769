"""Writes a distribution with a dispatcher of your own: `python render.py acme ../restflow-dispatch-acme`."""

import argparse
import re
import shutil
import sys
from pathlib import Path

SKELETON = Path(__file__).resolve().parent / "skeleton"
TAKEN = ("asyncio", "celery", "django_q", "django_rq", "django_tasks", "dramatiq", "inline", "threadpool")
LEFT_OUT = shutil.ignore_patterns("__pycache__", "*.egg-info", ".*", "dist")


def rendered(text: str, name: str) -> str:
    """The text with the skeleton's name replaced, in each of its spellings."""
    for spelling, own in (
        ("restflow-dispatch-skeleton", f"restflow-dispatch-{name.replace('_', '-')}"),
        ("skeleton", name),
        ("Skeleton", "".join(word.capitalize() for word in name.split("_"))),
        ("SKELETON", name.upper()),
    ):
        text = text.replace(spelling, own)
    return text


def render(name: str, target: Path) -> None:
    """Writes the distribution; raises `ValueError` for a name that is no lower-case identifier, `FileExistsError`."""
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or name in ("celery", "dramatiq", "django_rq", "django_q"):
        raise ValueError(
            f"{name!r} cannot be its name: lower-case letters, digits and underscores, and not a taken one"
        )
    shutil.copytree(SKELETON, target, ignore=LEFT_OUT)
    # the deepest first, so that a path is still there when its turn comes
    for path in sorted(target.rglob("*"), reverse=True):
        if path.is_file():
            path.write_text(rendered(path.read_text(), name))
        if path.name != rendered(path.name, name):
            path.rename(path.with_name(rendered(path.name, name)))


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", help="what rules and settings will call it, such as acme or acme_queue")
    parser.add_argument("target", type=Path, help="a folder that does not exist yet")
    given = parser.parse_args()
    try:
        render(given.name, given.target)
    except (ValueError, FileExistsError) as error:
        sys.exit(f"render.py: {error}")


if __name__ == "__main__":
    main()
