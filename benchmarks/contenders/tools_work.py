"""What the questions about tools for tests share: an empty view, a stream, and files of a hundred tests."""

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.worker import timed

TESTS = 200
SETTINGS = """
SECRET_KEY = "x"
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth"]
USE_TZ = True
"""
PLUGIN = f"""
import pytest
from django.contrib.contenttypes.models import ContentType

@pytest.mark.django_db
@pytest.mark.parametrize("number", range({TESTS}))
async def test_rows(number):
    await ContentType.objects.acreate(app_label="a", model=str(number))
    assert await ContentType.objects.filter(app_label="a").acount() == 1
"""
CASE = f"""
from django.contrib.contenttypes.models import ContentType
from restflow.test import AsyncAPITestCase

async def rows(self):
    await ContentType.objects.acreate(app_label="a", model="m")
    assert await ContentType.objects.filter(app_label="a").acount() == 1

RowTests = type("RowTests", (AsyncAPITestCase,), {{f"test_{{n}}": rows for n in range({TESTS})}})
"""


def configure() -> None:
    """Sets Django up with an empty view and a stream."""
    import django
    from django.conf import settings
    from django.http import HttpResponse, StreamingHttpResponse
    from django.urls import path

    from benchmarks.contenders.requesting import Routes

    async def empty(request: Any) -> HttpResponse:
        return HttpResponse()

    async def events(request: Any) -> StreamingHttpResponse:
        async def source() -> Any:
            yield f"data: {time.perf_counter()!r}\n\n"

        return StreamingHttpResponse(source(), content_type="text/event-stream")

    settings.configure(
        SECRET_KEY="the benchmark's own, worth nothing",
        ALLOWED_HOSTS=["*"],
        ROOT_URLCONF=Routes([path("empty", empty), path("events", events)]),
        INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "rest_framework"],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        LOGGING={"version": 1, "disable_existing_loggers": True},
    )
    django.setup()


def client_requests(make: Callable[[], Any]) -> Callable[[], dict[str, float]]:
    """Requests of a test client for an empty view."""
    from benchmarks.contenders.policy_work import looped, per_turn

    configure()
    client = make()

    async def get() -> None:
        if (await client.get("/empty")).status_code != 200:
            raise SystemExit("benchmarks: the empty view did not answer")

    return per_turn(timed(looped(get)))


def plugin_over_case() -> dict[str, float]:
    """`seconds`: of one test by the plug-in; `over_case`: over that of the same test in a test case."""
    runs = {name: _run(name, source) for name, source in (("plugin", PLUGIN), ("case", CASE))}
    return {"seconds": runs["plugin"] / TESTS, "over_case": runs["plugin"] / runs["case"]}


def _run(name: str, source: str) -> float:
    """Seconds that pytest itself tells for the file: the start of the process is not in them."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "project_settings.py").write_text(SETTINGS)
        (place / "pytest.ini").write_text("[pytest]\nDJANGO_SETTINGS_MODULE = project_settings\n")
        (place / f"test_{name}.py").write_text(source)
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:asyncio"]
        surroundings = os.environ | {"PYTHONPATH": folder}

        ran = subprocess.run(command, cwd=folder, env=surroundings, check=True, capture_output=True, text=True)
        told = re.search(rf"{TESTS} passed.* in ([0-9.]+)s", ran.stdout)
        assert told is not None, ran.stdout
        return float(told[1])
