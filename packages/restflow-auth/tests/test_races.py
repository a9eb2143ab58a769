"""Many who redeem, log out and revoke at once, in one process and in several, over every kind of store."""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4
from zlib import crc32

import pytest

from testsite import services

APPS = Path(__file__).parent / "apps"
ROOT = Path(__file__).resolve().parents[3]
# one an environment, a run and a worker, so that they do not meet
OWN = f"{sys.prefix} {os.environ.get('RESTFLOW_TEST_RUN')} {os.environ.get('PYTEST_XDIST_WORKER')}"
NAME = f"test_races_{crc32(OWN.encode()):08x}"


class Site:
    """A process that serves the token views (see apps/auth_test_site.py)."""

    def __init__(self, **options):
        path = os.pathsep.join([str(APPS), str(ROOT), os.environ.get("PYTHONPATH", "")])
        self.process = subprocess.Popen(
            [sys.executable, str(APPS / "auth_test_site.py"), json.dumps(options)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": path},
        )

    def tell(self, name, /, **arguments):
        self.process.stdin.write(json.dumps([name, arguments]) + "\n")
        self.process.stdin.flush()

    def answer(self):
        line = self.process.stdout.readline()
        assert line, self.process.communicate()[1]
        return json.loads(line)

    def ask(self, name, /, **arguments):
        self.tell(name, **arguments)
        return self.answer()

    def close(self):
        self.process.communicate(timeout=60)


def _server(service, engine, **options):
    parts = urlsplit(services.url(service))
    return {
        "ENGINE": engine,
        "NAME": parts.path.lstrip("/"),
        "USER": parts.username or "",
        "PASSWORD": parts.password or "",
        "HOST": parts.hostname,
        "PORT": str(parts.port),
        "OPTIONS": options,
        "TEST": {"NAME": NAME},
    }


def _database(store, folder):
    if store == "postgres":
        pytest.importorskip("psycopg_pool")
        return _server("postgres", "django.db.backends.postgresql", pool={"min_size": 1, "max_size": 10, "timeout": 60})
    if store == "mariadb":
        pytest.importorskip("pymysql")
        return _server("mariadb", "django.db.backends.mysql")
    file = str(folder / f"{store}.sqlite3")
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": file,
        "OPTIONS": {"timeout": 60},
        "TEST": {"NAME": file},
    }


def _forget(url):
    import redis

    with redis.Redis.from_url(url) as client:
        for key in client.scan_iter(f"{NAME}:*", count=1000):
            client.delete(key)


STORES = [
    pytest.param("redis", marks=pytest.mark.needs("redis")),
    pytest.param("postgres", marks=pytest.mark.needs("postgres")),
    pytest.param("mariadb", marks=pytest.mark.needs("mariadb")),
    "sqlite",
]


@pytest.fixture(scope="module", params=STORES)
def sites(request, tmp_path_factory):
    """Two processes on one store; users are in that database, beside Redis in SQLite."""
    store = request.param
    database = _database(store, tmp_path_factory.mktemp("races"))
    caches = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    backend = "ModelBlacklistBackend"
    if store == "redis":
        pytest.importorskip("redis")
        backend = "CacheBlacklistBackend"
        redis = "django.core.cache.backends.redis.RedisCache"
        caches = {"default": {"BACKEND": redis, "LOCATION": services.url("redis"), "KEY_PREFIX": NAME}}
    jwt = {"BLACKLIST_BACKEND": f"restflow.authentication.jwt.{backend}"}
    one = Site(databases={"default": database}, caches=caches, jwt=jwt)
    assert one.answer() == "ready"
    there = {**database, "NAME": one.ask("create")}
    try:
        other = Site(databases={"default": there}, caches=caches, jwt=jwt)
        try:
            assert other.answer() == "ready"
            yield one, other
        finally:
            other.close()
    finally:
        one.ask("destroy")
        one.close()
        if store == "redis":
            _forget(services.url("redis"))


@pytest.fixture
def user(sites):
    return sites[0].ask("user", name=uuid4().hex)


def both(sites, name, /, **arguments):
    """The answers of the two, which work at the same time."""
    for site in sites:
        site.tell(name, **arguments)
    return [answer for site in sites for answer in site.answer()]


def test_fifty_requests_with_one_token_get_one_pair(sites, user):
    refresh = sites[0].ask("issue", user=user)

    answers = both(sites, "redeem", refresh=refresh, times=25, how="loop")

    assert Counter(status for status, _ in answers) == {200: 1, 401: 49}
    # The others came second: somebody has the token who should not, and the one pair that was given ends too.
    (pair,) = [body for status, body in answers if status == 200]
    assert sites[0].ask("try_out", pairs=[pair]) == [401, 401]


@pytest.mark.parametrize("how", ["threads", "loop"])
def test_eight_requests_of_one_process_get_one_pair(sites, user, how):
    refresh = sites[0].ask("issue", user=user)

    answers = sites[0].ask("redeem", refresh=refresh, times=8, how=how)

    assert Counter(status for status, _ in answers) == {200: 1, 401: 7}


@pytest.mark.parametrize("ended", ["log_out", "revoke_user"])
def test_no_token_survives_that_is_rotated_while_its_session_ends(sites, user, ended):
    """One process goes on redeeming what it gets, the other ends the session meanwhile; a few times over."""
    turning, ending = sites
    for _ in range(5):
        first = turning.ask("issue", user=user)
        ((status, pair),) = turning.ask("redeem", refresh=first, times=1, how="loop")
        assert status == 200
        turning.tell("rotate", refresh=pair["refresh"], limit=2000)
        ending.ask(ended, **({"refresh": first} if ended == "log_out" else {"user": user}))
        status, pairs = turning.answer()

        assert status == 401
        assert set(ending.ask("try_out", pairs=[pair, *pairs])) == {401}


def test_the_table_is_made_and_changed_on_every_database(sites):
    assert sites[0].ask("migrations") == ["rotated", "revoked"]
