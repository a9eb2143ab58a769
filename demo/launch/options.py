"""The command line."""

import argparse
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

DEFAULT_DATA = Path(__file__).resolve().parent.parent / ".data"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What was asked for."""

    port: int | None
    """`None`: not given; 0: any free one."""
    host: str
    data: Path
    all: bool
    reset: bool
    yes: bool
    services: bool
    check: bool
    open: bool
    quiet: bool
    traceback: bool


def _port(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"a port is a number from 0 to 65535, not {text!r}")
    return int(text)


def parse(arguments: Sequence[str] | None = None) -> Options:
    """The options; as argparse does, it ends the process with status 2 for unknown ones and 0 for `--help`."""
    parser = argparse.ArgumentParser(
        prog="dev.py demo",
        description="Serves the countries and cities of the world through restflow.",
        allow_abbrev=False,
    )
    data = Path(os.environ.get("RESTFLOW_DEMO_DATA") or DEFAULT_DATA)
    add = parser.add_argument
    add("--port", type=_port, metavar="N", help="default 8000, or the next free one up to 8020; 0: any free one")
    add("--host", default="127.0.0.1", metavar="H", help="default 127.0.0.1; beyond loopback passwords are random")
    add("--data", type=Path, default=data, metavar="DIR", help="default demo/.data, or RESTFLOW_DEMO_DATA")
    add("--all", action="store_true", help="load 234,908 places, those above 500 inhabitants, instead of 34,006")
    add("--reset", action="store_true", help="delete the data, edits included, and load them anew")
    add("--yes", action="store_true", help="do not ask before --reset deletes")
    add("--services", action="store_true", help="run on PostgreSQL, Redis and Celery instead of on files and memory")
    add("--check", action="store_true", help="start on a free port, try the site, and exit with 0 or 1")
    add("--open", action="store_true", help="open the browser")
    add("--quiet", action="store_true", help="print nothing but the banner")
    add("--traceback", action="store_true", help="show where a failure came from")
    given = vars(parser.parse_args(arguments))
    return Options(**{**given, "data": given["data"].expanduser().absolute()})
