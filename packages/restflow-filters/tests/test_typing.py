"""What type checkers see: a filtered queryset keeps its model and its rows."""

import json
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]

CODE = """
from typing import Any, assert_type

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet

from restflow.filters import FilterSet, InlineFilterSet, IntegerField, RestflowFilterBackend, StringField


class UserFilterSet(FilterSet):
    username: str


async def both(users: QuerySet[User]) -> None:
    assert_type(UserFilterSet({}).filter_queryset(users), QuerySet[User])
    assert_type(await UserFilterSet({}).afilter_queryset(users), QuerySet[User])
    assert_type(RestflowFilterBackend().filter_queryset(None, users, None), QuerySet[User])
    assert_type(InlineFilterSet(fields={"username": str}), type[FilterSet])
    filterset = UserFilterSet({"username": "ann"})
    assert_type(filterset.is_valid(), bool)
    assert_type(await filterset.ais_valid(), bool)
    assert_type(filterset.model_dump(), dict[str, Any])
    assert_type(await filterset.aget_q(), Q)
    assert_type(users.filter(filterset.get_q()), QuerySet[User])
    assert_type(UserFilterSet.get_schema_operation_parameters(), list[dict[str, Any]])
    filterset.filter_queryset([])  # WRONG
    IntegerField("price")  # WRONG
    StringField(negate="no")  # WRONG
"""


WRONG = [number for number, line in enumerate(CODE.splitlines(), 1) if line.endswith("# WRONG")]


@pytest.mark.skipif(
    find_spec("mypy") is None or find_spec("mypy_django_plugin") is None, reason="mypy is not installed"
)
def test_mypy_sees_the_types_and_the_mistakes(tmp_path):
    (tmp_path / "shop.py").write_text(CODE)
    command = [sys.executable, "-m", "mypy", "--config-file", str(ROOT / "pyproject.toml"), str(tmp_path / "shop.py")]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    found = [int(number) for number in re.findall(r"shop\.py:(\d+): error", done.stdout)]
    assert found == WRONG, done.stdout + done.stderr


@pytest.mark.skipif(
    find_spec("basedpyright") is None or find_spec("mypy_django_plugin") is None,
    reason="basedpyright or the stubs are not installed",
)
def test_pyright_sees_the_types_and_the_mistakes(tmp_path):
    (tmp_path / "shop.py").write_text(CODE)
    sources = [str(source) for source in ROOT.glob("packages/*/src")]
    settings = {"typeCheckingMode": "standard", "extraPaths": sources, "pythonVersion": "3.11"}
    (tmp_path / "pyrightconfig.json").write_text(json.dumps(settings))
    command = [sys.executable, "-m", "basedpyright", "--outputjson", "--pythonpath", sys.executable]
    done = subprocess.run([*command, "--project", str(tmp_path)], capture_output=True, text=True, cwd=tmp_path)
    told = json.loads(done.stdout)["generalDiagnostics"]
    found = {one["range"]["start"]["line"] + 1 for one in told if one["severity"] == "error"}
    assert sorted(found) == WRONG, done.stdout + done.stderr
