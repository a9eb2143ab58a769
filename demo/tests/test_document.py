"""The OpenAPI document says what the site does: it is valid, as it was, and schemathesis finds nothing else."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import openapi_spec_validator
import pytest

from demo.tests.running import SOON, environment, logged_in

HERE = Path(__file__).parent
SNAPSHOT = HERE / "openapi.yaml"
STREAMS = ("/api/events/", "/api/cities/export/", "/api/countries/export/")


def manage(folder: Path, *arguments: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    """One of Django's commands over the demo's settings."""
    env = environment() | {"DJANGO_SETTINGS_MODULE": "demo.settings", "RESTFLOW_DEMO_DATA": str(folder), **variables}
    return subprocess.run(
        [sys.executable, "-m", "django", *arguments],
        env=env,
        cwd=HERE.parents[1],
        capture_output=True,
        text=True,
        timeout=SOON,
    )


def test_the_document_is_valid_complete_and_as_it_was(loaded: Path, tmp_path: Path) -> None:
    """After a change that is meant: `RESTFLOW_UPDATE_SNAPSHOTS=1`, and read the difference."""
    made = tmp_path / "openapi.yaml"
    finished = manage(loaded, "spectacular", "--fail-on-warn", "--validate", "--file", str(made))
    assert (finished.returncode, finished.stderr) == (0, "")
    if os.environ.get("RESTFLOW_UPDATE_SNAPSHOTS"):
        SNAPSHOT.write_text(made.read_text())
    assert made.read_text().splitlines() == SNAPSHOT.read_text().splitlines()


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0", "3.2.0"])
def test_the_document_is_valid_in_every_version_of_openapi(loaded: Path, tmp_path: Path, version: str) -> None:
    settings = f"from demo.settings import *\n\nSPECTACULAR_SETTINGS |= {{'OAS_VERSION': {version!r}}}\n"
    (tmp_path / "versioned.py").write_text(settings)
    describe = ("spectacular", "--settings", "versioned", "--fail-on-warn", "--validate", "--lang", "de")
    path = os.pathsep.join((str(tmp_path), str(HERE.parents[1])))
    finished = manage(loaded, *describe, "--format", "openapi-json", PYTHONPATH=path)
    assert (finished.returncode, finished.stderr) == (0, "")
    document = json.loads(finished.stdout)
    assert document["openapi"] == version
    openapi_spec_validator.validate(document)


SERVICES = {
    "DEMO_DATABASE_URL": "postgresql://postgres@127.0.0.1:5432/postgres",
    "DEMO_CACHE_URL": "redis://127.0.0.1:6379/5",
    "DEMO_BROKER_URL": "redis://127.0.0.1:6379/6",
    "DEMO_WORKERS": "2",
}


@pytest.mark.parametrize(
    ("arguments", "variables"),
    [
        (["check", "--fail-level", "WARNING"], {}),
        (["makemigrations", "--check", "--dry-run"], {}),
        pytest.param(
            ["check", "--deploy", "--fail-level", "WARNING"], SERVICES, marks=pytest.mark.needs("postgres", "redis")
        ),
    ],
    ids=["check", "migrations", "deploy"],
)
def test_djangos_checks_find_nothing(loaded: Path, arguments: list[str], variables: dict[str, str]) -> None:
    finished = manage(loaded, *arguments, **variables)
    assert (finished.returncode, finished.stderr) == (0, ""), finished.stdout


@pytest.mark.parametrize("account", ["admin", None], ids=["admin", "stranger"])
def test_schemathesis_finds_no_answer_that_the_document_does_not_have(
    start: Any, copy: Path, tmp_path: Path, account: str | None
) -> None:
    site = start("--data", copy, "--port", 0, "--quiet")
    with logged_in(site, account or "editor") as client:
        client.get("me/").raise_for_status()
        token = client.auth.token  # type: ignore[union-attr]
    command = [
        *(str(Path(sys.executable).with_name("schemathesis")), "--config-file", str(HERE / "schemathesis.toml")),
        *("run", f"{site.url}schema/", "--url", site.url.rstrip("/"), "--max-examples", "10" if account else "5"),
        *("--generation-deterministic", "--request-timeout", "30", "--no-color", "--continue-on-failure"),
        *("--phases", "fuzzing,stateful,coverage" if account else "fuzzing", "--warnings", "off"),
        *(option for path in STREAMS for option in ("--exclude-path", path)),
        *(["--header", f"Authorization: Bearer {token}"] if account else []),
    ]
    env = environment() | {"PYTHONPATH": str(HERE.parents[1])}  # where the hooks are
    finished = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300, env=env)
    assert finished.returncode == 0, finished.stdout[-8000:] + finished.stderr[-2000:]
    assert "Tested: 18" in finished.stdout
    status, printed = site.interrupt()
    assert status == 0
    assert "Traceback" not in printed


def test_the_document_is_served_as_json_too(api: Any, first: Any) -> None:
    answer = api.get(f"{first.url}schema/", headers={"Accept": "application/vnd.oai.openapi+json"})
    assert answer.status_code == 200
    document = json.loads(answer.content)
    assert document["openapi"] == "3.1.1"
    assert "GeoNames" in document["info"]["description"]
    assert {"/api/cities/", "/api/events/", "/api/token/"} <= document["paths"].keys()
