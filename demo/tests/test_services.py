"""`--services`: two workers on PostgreSQL and Redis; and what is said where a server or the dispatcher is missing."""

import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import closing
from importlib.metadata import entry_points
from pathlib import Path
from tempfile import gettempdir
from typing import Any
from urllib.parse import urlsplit

import httpx
import psycopg
import pytest
import redis

from demo.tests.running import SOON, Site, environment, logged_in
from demo.tests.test_writing import NEW
from restflow.test import aiter_sse
from testsite import services

NAME = f"restflow_demo_{os.environ.get('RESTFLOW_TEST_RUN') or os.getpid()}"
WORKERS = 2


@pytest.fixture(scope="module", autouse=True)
def alone() -> Iterator[None]:
    """One process at a time: these tests share a database, the cache's keys and the broker's queue by their names."""
    with (Path(gettempdir()) / "restflow-demo-services.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def variables(database: str = NAME) -> dict[str, str]:
    """The servers of the test run, and a database and key spaces of this test's own."""
    postgres, broker = urlsplit(services.url("postgres")), urlsplit(services.url("redis"))
    dispatcher = "celery" if "celery" in entry_points(group="restflow.dispatchers").names else "threadpool"
    return {
        "DEMO_DATABASE_URL": postgres._replace(path=f"/{database}").geturl(),
        "DEMO_CACHE_URL": broker._replace(path="/13").geturl(),
        "DEMO_BROKER_URL": broker._replace(path="/14").geturl(),
        "DEMO_DISPATCHER": dispatcher,
        "DEMO_ANON_RATE": "100000/min",
        "DEMO_USER_RATE": "100000/min",
        "DEMO_LOGIN_RATE": "1000/min",
    }


@pytest.fixture(scope="module")
def served(start: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The demo on real services, over a database of its own that is dropped afterwards."""
    site = start(
        "--data", tmp_path_factory.mktemp("services") / "data", "--port", 0, "--services", "--quiet", env=variables()
    )
    yield site
    assert site.interrupt()[0] == 0
    with closing(psycopg.connect(services.url("postgres"), autocommit=True)) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{NAME}" WITH (FORCE)')
    for variable in ("DEMO_CACHE_URL", "DEMO_BROKER_URL"):
        with closing(redis.Redis.from_url(variables()[variable])) as store:
            for key in store.scan_iter("*restflow-demo*"):
                store.delete(key)


needs = pytest.mark.needs("postgres", "redis")


@needs
def test_the_banner_says_what_it_runs_on(served: Site) -> None:
    assert "34,006 cities" in served.banner
    assert f"PostgreSQL · Redis cache · {variables()['DEMO_DISPATCHER']} dispatcher · 2 workers" in served.banner


@needs
def test_a_write_through_one_worker_wipes_what_another_has_cached(served: Site) -> None:
    with logged_in(served, "editor") as editor:
        city = editor.get("cities/?country=BT").json()["results"][0]
        for number in range(1, 9):  # each request goes to whichever worker takes it: a connection of its own a time
            assert _report(served, "BT")["inhabitants"] > 0
            saved = httpx.patch(
                f"{served.url}api/cities/{city['id']}/",
                json={"version": city["version"], "population": 10_000 + number},
                headers={"Authorization": f"Bearer {editor.auth.token}"},  # type: ignore[union-attr]
                timeout=SOON,
            )
            assert saved.status_code == 200, saved.text
            city = saved.json()
            wanted = sum(row["population"] for row in editor.get("cities/?country=BT&page_size=100").json()["results"])
            for _ in range(200):  # the work may be a queue's: soon, and then in every process
                if _report(served, "BT")["inhabitants"] == wanted:
                    break
            assert {_report(served, "BT")["inhabitants"] for _ in range(6)} == {wanted}


def _report(site: Site, code: str) -> dict[str, Any]:
    found: dict[str, Any] = httpx.get(f"{site.url}api/countries/{code}/report/", timeout=SOON).json()
    return found


@needs
async def test_every_listener_hears_of_writes_through_every_worker(served: Site) -> None:
    latest = httpx.get(f"{served.url}api/changes/", timeout=SOON).json()["results"][0]["id"]  # noqa: ASYNC210
    limits = httpx.Limits(max_keepalive_connections=0)
    async with httpx.AsyncClient(timeout=SOON, limits=limits) as client:
        answer = await client.post(f"{served.url}api/token/", json={"username": "editor", "password": "editor-demo"})
        headers = {"Authorization": f"Bearer {answer.json()['access']}"}
        url = f"{served.url}api/events/?after={latest}"
        async with client.stream("GET", url) as one, client.stream("GET", url) as other:
            for _ in range(6):
                made = await client.post(f"{served.url}api/cities/", json=NEW, headers=headers)
                assert made.status_code == 201, made.text
            for stream in (one, other):
                events = aiter_sse(stream, timeout=SOON)
                ids = [int((await anext(events)).id) for _ in range(6)]
                assert ids == sorted(ids)


@needs
@pytest.mark.parametrize("query", ["name__unaccent__icontains=reykjavik", "name__trigram_similar=Reykjavick"])
def test_names_are_searched_as_only_this_database_can(served: Site, api: httpx.Client, query: str) -> None:
    found = httpx.get(f"{served.url}api/cities/?{query}", timeout=SOON).json()["results"]
    assert "Reykjavík" in {row["name"] for row in found}
    assert api.get(f"cities/?{query}").status_code == 400  # and elsewhere the parameter does not exist


@needs
def test_a_session_holds_in_every_worker(served: Site) -> None:
    with logged_in(served, "admin") as admin:
        admin.get("me/").raise_for_status()
        headers = {"Authorization": f"Bearer {admin.auth.token}"}  # type: ignore[union-attr]
        answers = [httpx.get(f"{served.url}api/me/", headers=headers, timeout=SOON) for _ in range(8)]
        assert {answer.status_code for answer in answers} == {200}


@needs
def test_the_checks_pass_on_services_and_the_data_are_kept(run: Any, served: Site, tmp_path: Any) -> None:
    env = environment() | variables()
    finished = run("--data", tmp_path / "data", "--services", "--check", "--quiet", env=env)
    lines = finished.stdout.splitlines()
    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert len(lines) > 40
    assert all(line.startswith("ok ") for line in lines)


@pytest.mark.parametrize(
    ("variable", "server"),
    [("DEMO_DATABASE_URL", "PostgreSQL"), ("DEMO_CACHE_URL", "Redis"), ("DEMO_BROKER_URL", "Redis")],
)
def test_a_server_that_does_not_answer_is_named(run: Any, tmp_path: Any, variable: str, server: str) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # bound, and not listening: nobody else can take it
        port = nobody.getsockname()[1]
        scheme = "postgresql" if server == "PostgreSQL" else "redis"
        none = dict.fromkeys(("DEMO_DATABASE_URL", "DEMO_CACHE_URL", "DEMO_BROKER_URL"), "sqlite:")
        env = environment() | none | {variable: f"{scheme}://127.0.0.1:{port}/0"}
        finished = run("--data", tmp_path, "--port", 0, "--services", env=env)
    assert (finished.returncode, finished.stdout) == (2, "")
    assert finished.stderr.count("\n") == 1
    assert f"--services needs {server} at 127.0.0.1:{port}" in finished.stderr
    assert variable in finished.stderr


def test_a_dispatcher_that_is_not_installed_is_named(run: Any, tmp_path: Any) -> None:
    env = environment() | {"DEMO_DISPATCHER": "carrier_pigeon"}
    finished = run("--data", tmp_path, "--port", 0, env=env)
    assert (finished.returncode, finished.stdout) == (2, "")
    assert "The dispatcher 'carrier_pigeon' is not installed; " in finished.stderr
