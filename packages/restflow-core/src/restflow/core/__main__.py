"""The command `restflow`, which is also `python -m restflow.core`: the doctor."""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from contextlib import redirect_stdout

from django.conf import ENVIRONMENT_VARIABLE

from restflow.core._report import Report
from restflow.core._report_text import report_text
from restflow.core.diagnostics import diagnose
from restflow.core.subsystems import subsystems


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the doctor and returns the exit status: 0, 1 where there are problems; bad usage exits with 2."""
    options = _parser().parse_args(arguments)
    if options.settings:
        os.environ[ENVIRONMENT_VARIABLE] = options.settings
    folder = os.getcwd()
    if folder not in sys.path:  # where the settings module is, most often; a console script starts without it
        sys.path.insert(0, folder)
    with redirect_stdout(sys.stderr):  # what the project prints while it is imported is no part of the report
        report = diagnose()
        text = json.dumps(report.to_dict(), indent=2) if options.json else report_text(report, subsystems()).rstrip()
    return _status(report, strict=options.strict) if _written(text) else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="restflow",
        description="Reports what of restflow is installed, the settings in effect and the problems found.",
        epilog="Exit status: 0 no errors, 1 errors found (with --strict: or warnings), 2 bad usage.",
        allow_abbrev=False,
    )
    parser.add_argument("--settings", metavar="MODULE", help="the settings module, instead of DJANGO_SETTINGS_MODULE")
    parser.add_argument("--json", action="store_true", help="print the report as one JSON document")
    parser.add_argument("--strict", action="store_true", help="exit with 1 for warnings too")
    return parser


def _status(report: Report, *, strict: bool) -> int:
    warned = any(problem.level == "warning" for problem in report.problems)
    return 1 if not report.ok or (strict and warned) else 0


def _written(text: str) -> bool:
    """Writes to standard output; false where its reader has gone, as `restflow | head -1` does."""
    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="backslashreplace")  # a terminal that lacks a letter of somebody's settings
    try:
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or the interpreter complains at its end
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
