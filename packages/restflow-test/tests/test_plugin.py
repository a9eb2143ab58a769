"""The pytest plug-in in projects of its own: which coroutine tests it runs, beside which other runners."""

import os
from importlib.util import find_spec
from typing import Any

import pytest

from testsite import services

pytest_plugins = ["pytester"]

SQLITE: dict[str, Any] = {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}
SETTINGS = """
SECRET_KEY = "x"
DATABASES = {"default": ...}
INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth"]
USE_TZ = True
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
"""
LEAKS = """
import asyncio
import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import User
from django.db import connection, transaction

fired = []
turns = pytest.mark.parametrize("turn", [1, 2])

@pytest.fixture
def ann(db):
    return User.objects.create(username="ann")

@pytest.fixture
async def bea(db):
    yield await User.objects.acreate(username="bea")
    assert await User.objects.acount() == 12

@transaction.atomic
def write(name, fail=False):
    User.objects.create(username=name)
    transaction.on_commit(lambda: fired.append((name, User.objects.count())))
    if fail:
        raise LookupError(name)

async def committed():
    def seen():
        try:
            return User.objects.count()
        finally:
            connection.close()

    # SQLite's tables in memory are locked for another connection while a transaction writes
    if connection.vendor == "postgresql":
        return await asyncio.to_thread(seen)
    return None

@turns
@pytest.mark.django_db
async def test_a_test_its_tasks_and_fixtures_share_a_transaction(turn, ann, bea):
    await asyncio.gather(*(sync_to_async(write)(f"user {n}") for n in range(10)))
    assert await User.objects.acount() == 12
    assert await committed() in (0, None)

@turns
@pytest.mark.django_db
def test_nothing_leaks_into_sync_tests(turn):
    assert User.objects.count() == 0
    assert fired == []

@turns
@pytest.mark.django_db(transaction=True)
async def test_commits_are_real_and_fire(turn):
    assert await User.objects.acount() == 0
    with pytest.raises(LookupError):
        await sync_to_async(write)("lost", fail=True)
    await sync_to_async(write)("kept")
    assert fired == [("kept", 1)]
    assert await committed() in (1, None)
    fired.clear()
"""


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs pytest on sources in a project of its own, in a process of its own."""
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    monkeypatch.delenv("DJANGO_SETTINGS_MODULE", raising=False)

    def run(source: str, *options: str, ini: str = "", django: bool = True, database: Any = SQLITE) -> Any:
        pytester.makepyfile(source)
        if django:
            pytester.makepyfile(project_settings=SETTINGS.replace("...", repr(database)))
            ini = f"DJANGO_SETTINGS_MODULE = project_settings\n{ini}"
        if find_spec("pytest_asyncio") is not None and "no:asyncio" not in options:
            ini += "\nasyncio_default_fixture_loop_scope = function"
        pytester.makeini(f"[pytest]\nfilterwarnings = error\n{ini}")
        environment = {"PYTHONPATH": str(pytester.path)}
        with monkeypatch.context() as patch:
            for name, value in environment.items():
                patch.setenv(name, os.pathsep.join([value, *filter(None, [os.environ.get(name)])]))
            return pytester.runpytest_subprocess("-p", "no:cacheprovider", *options)

    return run


def outcomes(result: Any) -> dict[str, int]:
    return {name: count for name, count in result.parseoutcomes().items() if name != "deselected"}


@pytest.mark.parametrize("server", ["sqlite", pytest.param("postgres", marks=pytest.mark.needs("postgres"))])
def test_async_tests_leak_nothing(project: Any, server: str) -> None:
    database = SQLITE
    if server == "postgres":
        pytest.importorskip("psycopg")
        name = f"test_restflow_plugin_{os.environ.get('RESTFLOW_TEST_RUN', '')}_{os.getpid()}"
        database = services.postgres_database() | {"TEST": {"NAME": name}}
    assert outcomes(project(LEAKS, database=database)) == {"passed": 6}


@pytest.mark.skipif(find_spec("pytest_asyncio") is None, reason="pytest-asyncio is not installed")
@pytest.mark.parametrize("mode", ["strict", "auto"])
def test_tests_that_pytest_asyncio_claims_are_left_to_it(project: Any, mode: str) -> None:
    source = """
import asyncio
import pytest
from asgiref.sync import AsyncToSync

def ours():
    return getattr(AsyncToSync.executors, "current", None) is not None

@pytest.mark.asyncio
async def test_theirs():
    assert not ours()

async def test_unmarked():
    assert ours() is (MODE == "strict")

@pytest.mark.restflow_async
async def test_marked_ours():
    assert ours()
"""
    result = project(source.replace("MODE", repr(mode)), "-o", f"asyncio_mode={mode}")
    assert outcomes(result) == {"passed": 3}


def test_tests_that_anyio_claims_are_left_to_it(project: Any) -> None:
    source = """
import pytest
from asgiref.sync import AsyncToSync

@pytest.fixture
def anyio_backend():
    return "asyncio"

@pytest.mark.anyio
async def test_theirs(anyio_backend):
    assert getattr(AsyncToSync.executors, "current", None) is None

async def test_ours():
    assert getattr(AsyncToSync.executors, "current", None) is not None
"""
    assert outcomes(project(source)) == {"passed": 2}


def test_marked_runs_only_what_is_marked(project: Any) -> None:
    source = """
import pytest

@pytest.mark.restflow_async
async def test_marked():
    pass

async def test_unmarked():
    raise AssertionError("ran")
"""
    result = project(source, "-p", "no:anyio", "-p", "no:asyncio", ini="restflow_async = marked")
    assert outcomes(result) == {"passed": 1, "failed": 1}
    result.stdout.fnmatch_lines(["*async def functions are not natively supported*"])


def test_off_runs_only_what_is_marked_by_name(project: Any) -> None:
    source = """
import pytest

@pytest.mark.restflow_async
async def test_marked():
    pass

async def test_unmarked():
    raise AssertionError("ran")
"""
    result = project(source, "-p", "no:anyio", "-p", "no:asyncio", ini="restflow_async = off")
    assert outcomes(result) == {"passed": 1, "failed": 1}
    result.stdout.fnmatch_lines(["*async def functions are not natively supported*"])


def test_another_mode_is_a_usage_error(project: Any) -> None:
    result = project("def test(): pass", ini="restflow_async = sometimes")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*restflow_async = 'sometimes': the modes are auto, marked, off.*"])


def test_it_can_be_turned_off(project: Any) -> None:
    result = project("def test(api_rf): pass", "-p", "no:restflow")
    result.stdout.fnmatch_lines(["*fixture 'api_rf' not found*"])


def test_async_fixtures_work_in_each_form(project: Any) -> None:
    source = """
import pytest
from django.contrib.auth.models import User

events = []

@pytest.fixture
async def ann(db):
    return await User.objects.acreate(username="ann")

@pytest.fixture
async def bea(db):
    user = await User.objects.acreate(username="bea")
    try:
        yield user
    finally:
        events.append(await User.objects.acount())

@pytest.fixture(scope="module")
async def shared():
    yield "shared"
    events.append("module")

async def test_both(ann, bea, shared):
    assert {user.username async for user in User.objects.all()} == {"ann", "bea"}
    assert shared == "shared"

def test_a_sync_test_has_them_too(bea, shared):
    assert events == [2]
    assert User.objects.count() == 1

class TestInAClass:
    @pytest.mark.parametrize("number", [1, 2])
    async def test_parametrised(self, number, bea):
        assert number in (1, 2)
        assert await User.objects.acount() == 1

@pytest.fixture
async def twice():
    yield 1
    yield 2

async def test_of_a_fixture_that_yields_twice(twice):
    pass
"""
    result = project(source)
    assert outcomes(result) == {"passed": 5, "errors": 1}
    result.stdout.fnmatch_lines(["*RuntimeError: The fixture twice yields more than once.*"])


def test_marks_and_failures_are_as_for_sync_tests(project: Any) -> None:
    source = """
import asyncio
import pytest

@pytest.mark.skip(reason="not now")
async def test_skipped():
    pass

@pytest.mark.xfail(strict=True)
async def test_expected():
    raise LookupError

async def test_fails():
    assert 1 == 2

async def test_raises():
    with pytest.raises(LookupError):
        raise LookupError

async def test_times_out():
    async with asyncio.timeout(0.01):
        await asyncio.sleep(5)
"""
    result = project(source)
    assert outcomes(result) == {"passed": 1, "skipped": 1, "xfailed": 1, "failed": 2}
    result.stdout.fnmatch_lines(["*assert 1 == 2*", "*TimeoutError*"])


@pytest.mark.skipif(find_spec("xdist") is None, reason="pytest-xdist is not installed")
def test_counters_work_in_two_processes_of_xdist(project: Any) -> None:
    source = """
import asyncio
import pytest
from asgiref.sync import sync_to_async
from django.contrib.auth.models import User
from restflow.test import assert_max_crossings, assert_num_queries

@pytest.mark.django_db
@pytest.mark.parametrize("number", range(1, 5))
async def test_counts(number, worker_id):
    assert worker_id in ("gw0", "gw1")
    with assert_max_crossings(number) as crossings:
        async with assert_num_queries(number):
            await asyncio.gather(*(User.objects.acount() for _ in range(number)))
    assert crossings.count == number
"""
    assert outcomes(project(source, "-n", "2")) == {"passed": 4}


def test_the_fixtures_are_there(project: Any) -> None:
    source = """
from restflow.test import AsyncAPIClient, AsyncAPIRequestFactory

def test_fixtures(async_api_client, api_rf):
    assert type(async_api_client) is AsyncAPIClient
    assert type(api_rf) is AsyncAPIRequestFactory
"""
    assert outcomes(project(source)) == {"passed": 1}


def test_a_project_without_django_is_left_alone(project: Any) -> None:
    source = """
import sys

def test_nothing_of_django_is_configured():
    from django.conf import settings
    assert "rest_framework" not in sys.modules
    assert not settings.configured

async def test_async_tests_run_too():
    pass
"""
    assert outcomes(project(source, "-p", "no:django", django=False)) == {"passed": 2}
