"""Runs DRF's own serializer tests, unmodified, with restflow's serializers in place of DRF's.

    python integration-tests/drf_suite/run.py              # the oldest and the newest supported DRF
    python integration-tests/drf_suite/run.py 3.18.3       # one version

The tests come from DRF's source distribution, which is fetched from the package index into `.tools/drf`. Each version
runs in an environment that uv makes. Options after `--` go to pytest.
"""

import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
CACHE = ROOT / ".tools" / "drf"

OLDEST = "3.16.0"
FILES = (
    "test_serializer.py",
    "test_model_serializer.py",
    "test_fields.py",
    "test_relations.py",
    "test_relations_pk.py",
    "test_relations_hyperlink.py",
    "test_relations_slug.py",
    "test_lazy_hyperlinks.py",
    "generic_relations",
    "test_validators.py",
    "test_validation.py",
    "test_validation_error.py",
    "test_bound_fields.py",
    "test_serializer_nested.py",
    "test_serializer_lists.py",
    "test_serializer_bulk_update.py",
    "test_generics.py",
    "test_htmlrenderer.py",
    "test_renderers.py",
    "browsable_api",
    "test_metadata.py",
    "test_multitable_inheritance.py",
    "test_one_to_one_with_inheritance.py",
    "test_prefetch_related.py",
    "test_write_only_fields.py",
)


def uv() -> str:
    """The uv of the workspace, or the one on PATH."""
    own = ROOT / ".tools" / "bin" / "uv"
    found = str(own) if own.exists() else shutil.which("uv")
    if found is None:
        sys.exit("drf_suite: uv is needed; `python3 dev.py hatch env create` brings it.")
    return found


def newest() -> str:
    """The newest release that the package index offers."""
    code = "from importlib.metadata import version; print(version('djangorestframework'))"
    command = [uv(), "run", "--no-project", "--quiet", "--with", "djangorestframework", "python", "-c", code]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def tests_of(version: str) -> Path:
    """The folder of DRF's source distribution, fetched once."""
    folder = CACHE / f"djangorestframework-{version}"
    if not folder.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        pip = [uv(), "tool", "run", "--quiet", "--from", "pip", "pip", "download", "--quiet"]
        subprocess.run(
            [*pip, "--no-deps", "--no-binary", ":all:", "--dest", str(CACHE), f"djangorestframework=={version}"],
            check=True,
        )
        with tarfile.open(CACHE / f"djangorestframework-{version}.tar.gz") as archive:
            archive.extractall(CACHE, filter="data")
    return folder


def run(version: str, options: list[str]) -> int:
    """Runs the suite for one version; the exit status of pytest."""
    folder = tests_of(version)
    packages = [f"{ROOT}/packages/restflow-{name}" for name in ("core", "serializers")]
    requirements = [f"djangorestframework=={version}", "pytest>=9,<10", "pytest-django", "pytz", "dj-database-url"]
    requirements += ["psycopg[binary]"]  # else the tests of fields of PostgreSQL are skipped
    command = [uv(), "run", "--no-project", "--quiet", "--isolated", "--python", sys.executable]
    command += [part for item in requirements for part in ("--with", item)]
    command += [part for item in packages for part in ("--with-editable", item)]
    # DRF's own configuration would bring its plug-ins and its coverage options
    command += ["python", "-m", "pytest", "-c", str(HERE / "pytest.ini"), "--rootdir", str(folder), "-p", "swap"]
    command += [str(folder / "tests" / name) for name in FILES if (folder / "tests" / name).exists()]
    sys.stdout.write(f"DRF {version}\n")
    sys.stdout.flush()
    environment = {**os.environ, "UV_SYSTEM_CERTS": "true", "PYTHONPATH": f"{HERE}:{folder}"}
    return subprocess.run([*command, *options], cwd=folder, env=environment).returncode


def main(arguments: list[str]) -> int:
    """Runs every version that is asked for, and fails if one fails."""
    options = arguments[arguments.index("--") + 1 :] if "--" in arguments else ["-q"]
    versions = arguments[: arguments.index("--") if "--" in arguments else None]
    statuses = [run(version, options) for version in versions or [OLDEST, newest()]]
    return max(statuses)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
