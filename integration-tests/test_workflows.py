"""What runs elsewhere names what is here: the dev container's servers, the workflows' files and schedules."""

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from testsite import services

yaml = pytest.importorskip("yaml")
ROOT = Path(__file__).resolve().parent.parent


def read(name: str) -> Any:
    return yaml.safe_load((ROOT / name).read_text())


def test_the_dev_container_brings_every_server_that_tests_look_for() -> None:
    container = json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text())
    named = read(f".devcontainer/{container['dockerComposeFile']}")["services"]
    workspace = named.pop(container["service"])
    assert workspace["volumes"] == [f"..:{container['workspaceFolder']}:cached"]
    assert named.keys() == services.DEFAULTS.keys()
    assert {server["network_mode"] for server in named.values()} == {f"service:{container['service']}"}
    assert {urlsplit(url).hostname for url in services.DEFAULTS.values()} == {"127.0.0.1"}
    for name, variable in (("postgres", "POSTGRES_DB"), ("mariadb", "MARIADB_DATABASE")):
        assert f"/{named[name]['environment'][variable]}" == urlsplit(services.DEFAULTS[name]).path


def test_editors_settings_are_not_committed() -> None:
    assert {".vscode/", ".idea/"} <= set((ROOT / ".gitignore").read_text().split())


def test_links_to_other_sites_are_checked_weekly_and_in_no_other_workflow() -> None:
    workflows = {path.name: read(f".github/workflows/{path.name}") for path in ROOT.glob(".github/workflows/*.yml")}
    assert [name for name, workflow in workflows.items() if "lychee" in json.dumps(workflow, default=str)] == [
        "links.yml"
    ]
    triggers = workflows["links.yml"][True]  # which YAML makes of `on`
    assert re.fullmatch(r"\d+ \d+ \* \* \d", triggers["schedule"][0]["cron"])
    assert triggers.keys() == {"schedule", "workflow_dispatch"}


def test_an_issue_is_asked_for_the_doctors_output() -> None:
    (form,) = [read(f".github/ISSUE_TEMPLATE/{path.name}") for path in ROOT.glob(".github/ISSUE_TEMPLATE/*.yml")]
    assert "doctor" in {field["id"] for field in form["body"]}
