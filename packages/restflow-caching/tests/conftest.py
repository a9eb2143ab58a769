"""Faces: the same promises through the sync and the async door; and caches of every kind."""

import inspect
import shutil
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import pytest
from asgiref.sync import SyncToAsync, async_to_sync
from caching_testapp.servers import RUN, OwnRedis, need
from django.core.cache import caches
from django.core.management import call_command
from django.db import connections
from django.test import override_settings

from restflow.caching import cache_result, reset_cache_stats
from restflow.caching.rules._registry import registry
from restflow.caching.rules.register import CacheRegister
from testsite import services


class Face:
    """A cached function seen through one door: calls and methods by their sync names."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.is_async = name == "async"

    def cache(self, func: Callable[..., Any], **options: Any) -> Any:
        """Decorates `func`, or an async function that does the same."""
        if not self.is_async:
            return cache_result(**options)(func)

        async def twin(*args: Any, **kwargs: Any) -> Any:
            return func(*args, **kwargs)

        twin.__name__, twin.__qualname__, twin.__module__ = func.__name__, func.__qualname__, func.__module__
        twin.__signature__ = inspect.signature(func)  # type: ignore[attr-defined]
        return cache_result(**options)(twin)

    def __call__(self, wrapper: Any, *args: Any, **kwargs: Any) -> Any:
        return async_to_sync(wrapper)(*args, **kwargs) if self.is_async else wrapper(*args, **kwargs)

    def do(self, wrapper: Any, method: str, *args: Any, **kwargs: Any) -> Any:
        if self.is_async:
            return async_to_sync(getattr(wrapper, f"a{method}"))(*args, **kwargs)
        return getattr(wrapper, method)(*args, **kwargs)

    def status(self, wrapper: Any, *args: Any, **kwargs: Any) -> str:
        return str(self.do(wrapper, "get_with_metadata", *args, **kwargs)[1]["cache_status"])


@pytest.fixture(params=["sync", "async"])
def face(request: pytest.FixtureRequest) -> Face:
    return Face(request.param)


@pytest.fixture(autouse=True)
def _clean() -> Any:
    """Each test starts with an empty cache and zeroed counters, and its functions and rules are gone after it."""
    known = dict(registry.wrappers)
    rules = {rule.id: rule for rule in registry.all()}
    caches["default"].clear()
    reset_cache_stats()
    yield
    if {rule.id: rule for rule in registry.all()} != rules:
        CacheRegister.clear()
        for kept in rules.values():
            registry.add(kept)
            CacheRegister._resolve(kept)
    registry.wrappers.clear()
    registry.wrappers.update(known)


def cache_settings(kind: str, tmp_path: Any) -> dict[str, Any]:
    """`CACHES["default"]` of a kind; skips the test where its client or server is missing."""
    if kind == "locmem":
        return {
            "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
            "LOCATION": RUN,
            "OPTIONS": {"MAX_ENTRIES": 100_000},
        }
    if kind == "file":
        return {"BACKEND": "django.core.cache.backends.filebased.FileBasedCache", "LOCATION": str(tmp_path)}
    if kind == "database":
        return {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "caching_testapp_cache"}
    if kind == "memcached":
        pytest.importorskip("pymemcache")
        need("memcached")
        return {
            "BACKEND": "django.core.cache.backends.memcached.PyMemcacheCache",
            "LOCATION": services.url("memcached").partition("://")[2],
            "KEY_PREFIX": RUN,
        }
    if kind == "django-redis":
        pytest.importorskip("django_redis")
    pytest.importorskip("redis")
    need("redis")
    backend = {"redis": "django.core.cache.backends.redis.RedisCache", "django-redis": "django_redis.cache.RedisCache"}
    return {"BACKEND": backend[kind], "LOCATION": services.url("redis"), "KEY_PREFIX": f"{RUN}{kind}"}


@pytest.fixture
def threads() -> Any:
    """`threads(job, job, ...)`: each in a thread of its own, which closes its connections."""
    return in_threads


BACKENDS = ["locmem", "file", "database", "memcached", "redis", "django-redis"]


@pytest.fixture(params=BACKENDS)
def each_backend(request: pytest.FixtureRequest, tmp_path: Any) -> Any:
    """The test runs on every backend."""
    yield from use_backend(request.param, request, tmp_path)


@pytest.fixture
def redis_backend(request: pytest.FixtureRequest, tmp_path: Any) -> Any:
    yield from use_backend("redis", request, tmp_path)


def use_backend(kind: str, request: pytest.FixtureRequest, tmp_path: Any) -> Any:
    options: dict[str, Any] = {"CACHES": {"default": cache_settings(kind, tmp_path)}}
    with ExitStack() as opened:
        if kind == "database":
            need("postgres")
            pytest.importorskip("psycopg")
            options["DATABASE_ROUTERS"] = ["caching_testapp.routers.CacheOnPostgres"]
            request.getfixturevalue("django_db_setup")
            opened.enter_context(request.getfixturevalue("django_db_blocker").unblock())
        opened.enter_context(override_settings(**options))
        if kind == "database":
            call_command("createcachetable", database="postgres", verbosity=0)
        clear(kind)
        yield kind
        clear(kind)
        release_thread()


def release_thread() -> None:
    """Closes what a thread has opened; each has connections of its own."""
    for cache in caches.all(initialized_only=True):
        cache.close()
    connections["postgres"].close() if "postgres" in connections.settings else None


def in_threads(*jobs: Callable[[], Any]) -> list[Any]:
    """Runs each job in a thread of its own; returns what they return."""

    def run(job: Callable[[], Any]) -> Any:
        try:
            return job()
        finally:
            release_thread()
            for connection in connections.all(initialized_only=True):
                if connection.connection is not None:
                    connection.connection.close()  # Django leaves SQLite's in-memory databases open
                    connection.connection = None

    with ThreadPoolExecutor(len(jobs)) as pool:
        return [future.result() for future in [pool.submit(run, job) for job in jobs]]


def clear(kind: str) -> None:
    """Empties what the test wrote, and nothing of other users of the same server."""
    cache: Any = caches["default"]
    if kind in ("redis", "django-redis"):
        from restflow.caching.storage._listing import batches, delete_raw

        for version in (1, 2, 3):
            for batch in batches("default", "", version):
                delete_raw("default", batch)
    elif kind != "memcached":
        cache.clear()


@pytest.fixture
def own_redis() -> Any:
    """A Redis server that belongs to the test."""
    pytest.importorskip("redis")
    if shutil.which("redis-server") is None:
        (pytest.fail if services.required() else pytest.skip)("no redis-server to start")
    folder = tempfile.mkdtemp(prefix="redis-")  # short: the path of a socket has a limit
    server = OwnRedis(folder)
    server.start()
    yield server
    server.kill()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def crossings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The crossings made, by the function that crossed."""
    made: list[str] = []
    original = SyncToAsync.__call__

    async def counted(self: Any, *args: Any, **kwargs: Any) -> Any:
        made.append(getattr(self.func, "__qualname__", "?"))
        return await original(self, *args, **kwargs)

    monkeypatch.setattr(SyncToAsync, "__call__", counted)
    return made
