"""Runs deptry over every package: what is imported is declared, and what is declared is imported."""

import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NAMES = "djangorestframework=rest_framework,pyjwt=jwt,djangorestframework-simplejwt=rest_framework_simplejwt"
IGNORED = {
    "DEP001": {"annotationlib"},  # the standard library's from Python 3.14 on
    "DEP003": {"django", "asgiref"},  # restflow-core brings them, and pins them for all
}


def ignores(package: Path) -> str:
    """What a package's own table ignores, and what is ignored in all, in the spelling of deptry's option."""
    table = tomllib.loads((package / "pyproject.toml").read_text())["tool"]["deptry"].get("per_rule_ignores", {})
    rules = sorted(table.keys() | IGNORED)
    return ",".join(f"{rule}={'|'.join(sorted({*table.get(rule, ()), *IGNORED.get(rule, ())}))}" for rule in rules)


def main() -> int:
    """Checks each package with its own pyproject.toml; the status is 1 if any has a finding."""
    failed = 0
    for package in sorted(ROOT.glob("packages/*/src")):
        command = [sys.executable, "-m", "deptry", "src", "--package-module-name-map", NAMES]
        command += ["--per-rule-ignores", ignores(package.parent)]
        result = subprocess.run(command, cwd=package.parent, capture_output=True, text=True)
        if result.returncode:
            failed = 1
            sys.stderr.write(f"{package.parent.name}\n{result.stdout}{result.stderr}\n")
    return failed


if __name__ == "__main__":
    sys.exit(main())
