"""A private PostgreSQL for the database backend, a real worker, and the shared cache between test and worker."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import override_settings

from testsite import services
from testsite.processes import PrivatePostgres, Worker

RUN = os.environ.get("RESTFLOW_TEST_RUN", "tasks") + str(os.getpid())
ALIAS = "restflow_tasks"
FRAMEWORK = "django.tasks" if find_spec("django.tasks") else "django_tasks"
TASKS = {
    "default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default", "other"]},
    "eager": {"BACKEND": f"{FRAMEWORK}.backends.immediate.ImmediateBackend", "QUEUES": ["default"]},
    "dummy": {"BACKEND": f"{FRAMEWORK}.backends.dummy.DummyBackend"},
}
RESTFLOW = {"CACHE_SETTINGS": {"DISPATCHER_SETTINGS": {"django_tasks": {"RETRY_AFTER": 3}}}}


class Engine:
    """Database, worker, and the settings that lead to them."""

    def __init__(self, folder: Path) -> None:
        self.server = PrivatePostgres()
        self.database = self.server.database()
        self.tasks = TASKS
        self.caches = {
            "default": {
                "BACKEND": "django.core.cache.backends.redis.RedisCache",
                "LOCATION": services.url("redis"),
                "KEY_PREFIX": RUN,
            }
        }
        self.worker = Worker(
            ["db_worker", "--interval", "0.05", "--no-startup-delay", "--no-reload", "--queue-name", "default"],
            "tasks_worker_settings",
            Path(__file__).parent / "worker",
            folder / "worker.log",
            database=self.database,
            caches=self.caches,
            tasks={"default": TASKS["default"]},
            restflow=RESTFLOW,
        )
        self.migrated = False


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    pytest.importorskip("django_tasks_db", reason="the database backend is not installed", exc_type=ImportError)
    pytest.importorskip("psycopg")
    if PrivatePostgres.programs() is None or not services.available("redis"):
        (pytest.fail if services.required() else pytest.skip)("needs PostgreSQL's programs, and a Redis as cache")
    engine = Engine(tmp_path_factory.mktemp("tasks"))
    engine.server.start()
    yield engine
    engine.worker.close()
    engine.server.close()


@pytest.fixture
def site(engine: Engine, django_db_blocker: Any) -> Iterator[Engine]:
    """The test runs with the engine's settings."""
    from testsite.second_database import second_database

    apps = [*settings.INSTALLED_APPS, *([] if find_spec("django.tasks") else ["django_tasks"]), "django_tasks_db"]
    with ExitStack() as opened:
        opened.enter_context(django_db_blocker.unblock())
        routers = ["testsite.second_database.Router"]
        changed = {"CACHES": engine.caches, "TASKS": engine.tasks, "DATABASE_ROUTERS": routers}
        opened.enter_context(override_settings(**changed, RESTFLOW_SETTINGS=RESTFLOW))
        opened.enter_context(override_settings(INSTALLED_APPS=apps))
        migrate, engine.migrated = not engine.migrated, True
        opened.enter_context(second_database(ALIAS, engine.database, "django_tasks_database", migrate=migrate))
        yield engine
        from django.core.cache import cache

        client: Any = cache._cache.get_client(write=True)  # type: ignore[attr-defined]
        for key in client.scan_iter(f"{RUN}:*", count=1000):
            client.unlink(key)
        cache.close()
