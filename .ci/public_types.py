"""Runs `pyright --verifytypes` over every import package: every public name has a type that is known.

What has none because Celery, django-q2 or Django's models and admin give it none is listed here, and only that.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
EXCEPTED = (
    "restflow.authentication.admin.BlacklistedTokenAdmin",  # a ModelAdmin, generic in the stubs alone
    "restflow.authentication.models.BlacklistedToken",  # columns have their types from a plug-in of mypy
    "restflow.dispatch.celery.tasks.task_run_cache_rules",  # Celery's decorator
    "restflow.dispatch.q.brokers.AcknowledgingRedis",  # django-q2's broker
)


def packages() -> list[str]:
    """The import packages that ship types."""
    marks = sorted(ROOT.glob("packages/*/src/restflow/**/py.typed"))
    return [".".join(mark.parent.parts[mark.parent.parts.index("src") + 1 :]) for mark in marks]


def unknown(package: str) -> list[str]:
    """Its public names whose type nobody knows. `RuntimeError` where the package is not found."""
    command = [sys.executable, "-m", "basedpyright", "--verifytypes", package, "--ignoreexternal", "--outputjson"]
    environment = os.environ | {"VIRTUAL_ENV": sys.prefix, "PATH": f"{sys.prefix}/bin{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(command, cwd=ROOT / ".ci", env=environment, capture_output=True, text=True)
    report = json.loads(done.stdout)["typeCompleteness"]
    counts = report["exportedSymbolCounts"]
    if not counts["withKnownType"]:
        raise RuntimeError(f"{package}: pyright finds no public name")
    names = [
        symbol["name"]
        for symbol in report["symbols"]
        if symbol["isExported"] and not symbol["isTypeKnown"] and not symbol["isTypeAmbiguous"]
    ]
    return [name for name in names if not name.startswith(EXCEPTED)]


def main() -> int:
    """Prints each name; the status is 1 if there is one."""
    found = [name for package in packages() for name in unknown(package)]
    for name in found:
        sys.stderr.write(f"{name}: its type is unknown\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
