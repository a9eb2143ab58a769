"""Sets up the workspace and runs one of its scripts: `python3 dev.py demo`, `python3 dev.py test`.

Needs Python 3.11 or later with pip, and nothing else. A hatch that is on PATH is used; otherwise hatch runs from an
environment of its own, made by uv in `.tools/`, so that it works where `pip install` is refused (PEP 668).
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
TOOLS = ROOT / ".tools"
HATCH = "hatch>=1.18,<2"
USAGE = """\
usage: python3 dev.py {demo,test,check,bench,docs,docs-test} [options of that script]
       python3 dev.py hatch [any hatch command]"""


def has_hatch() -> bool:
    """Whether PATH has a hatch that is new enough."""
    path = shutil.which("hatch")
    if path is None:
        return False
    words = subprocess.run([path, "--version"], capture_output=True, text=True).stdout.split() or ["0"]
    version = words[-1].split(".")
    return len(version) > 1 and version[0] == "1" and version[1].isdigit() and int(version[1]) >= 18


def hatch() -> list[str]:
    """The command that runs hatch here; installs uv into `.tools/` when it is needed for that."""
    if has_hatch():
        return ["hatch"]
    uv = TOOLS / "bin" / ("uv.exe" if os.name == "nt" else "uv")
    if not uv.exists():
        pip = [
            sys.executable,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--no-warn-script-location",
        ]
        if subprocess.run([*pip, "--target", str(TOOLS), "uv>=0.9"]).returncode:
            sys.exit(
                "dev.py: uv could not be installed with pip (its message stands above). Is the package index reachable?"
            )
    return [str(uv), "tool", "run", "--quiet", "--python", sys.executable, "--from", HATCH, "hatch"]


def main(argv: list[str]) -> int:
    if sys.version_info < (3, 11):
        sys.exit(f"restflow needs Python 3.11 or later; this is {sys.version.split()[0]} ({sys.executable}).")
    if not argv or argv[0] in ("-h", "--help"):
        print(USAGE)
        return 0 if argv else 2
    os.environ.setdefault("UV_SYSTEM_CERTS", "true")
    os.environ.setdefault("UV_TOOL_DIR", str(TOOLS / "uv-tools"))
    if argv[0] == "demo":
        return demo(argv[1:])
    command = argv[1:] if argv[0] == "hatch" else ["run", *argv]
    return subprocess.run([*hatch(), *command], cwd=ROOT).returncode


def demo(options: list[str]) -> int:
    """Prepares the environment, then becomes the demonstration site, so that Ctrl-C is its own to answer."""
    prepared = subprocess.run([*hatch(), "run", "python", "-c", ""], cwd=ROOT).returncode
    if prepared:
        return prepared
    python = ROOT / ".venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    command = [str(python), str(ROOT / "demo" / "run.py"), *options]
    if os.name != "nt":  # where exec would give the terminal back at once
        os.execv(command[0], command)
    return subprocess.run(command).returncode


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
