"""Private brokers, real clusters, and the shared cache between test and worker."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import override_settings

from testsite import services
from testsite.brokers import PrivateRedis
from testsite.processes import PrivatePostgres, Worker, free_port

RUN = os.environ.get("RESTFLOW_TEST_RUN", "q") + str(os.getpid())
ALIAS = "restflow_q"
BASE = {
    "name": "restflow",
    "workers": 1,
    "timeout": 2,
    "retry": 4,
    "poll": 0.05,
    "guard_cycle": 0.2,
    "log_level": "WARNING",
}
# django-q2 reads its settings when it is imported; the tests then set what differs on what it has read
BASE |= {"queue_limit": 20, "save_limit": -1, "ack_failures": True, "ALT_CLUSTERS": {"other": {"workers": 1}}}


class Engine:
    """A broker, a cluster of workers, and the settings that lead to them."""

    def __init__(self, kind: str, folder: Path) -> None:
        self.kind = kind
        self.folder = folder
        # django-q2 has its tables in the worker's default database, also where it queues on Redis
        self.database: dict[str, Any] = {"ENGINE": "django.db.backends.sqlite3", "NAME": str(folder / "q.sqlite3")}
        self.server: Any = None
        if kind == "orm":
            self.server = PrivatePostgres()
            self.database = self.server.database()
        self.cluster = {**BASE, "orm": ALIAS}
        if kind.endswith("redis"):
            self.server = PrivateRedis(folder)
            del self.cluster["orm"]
            self.cluster["redis"] = self.server.url
        if kind == "redis":
            self.cluster["broker_class"] = "restflow.dispatch.q.brokers.AcknowledgingRedis"
        self.caches = {
            "default": {
                "BACKEND": "django.core.cache.backends.redis.RedisCache",
                "LOCATION": services.url("redis"),
                "KEY_PREFIX": f"{RUN}{kind}",
            }
        }
        cluster = {**self.cluster, **({"orm": "default"} if "orm" in self.cluster else {})}
        self.worker = Worker(
            ["qcluster"],
            "q_worker_settings",
            Path(__file__).parent / "worker",
            folder / "worker.log",
            cluster=cluster,
            caches=self.caches,
            database=self.database,
            secret=settings.SECRET_KEY,
        )
        self.dead = f"redis://127.0.0.1:{free_port()}/0"


@pytest.fixture(scope="session")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Engine]]:
    made: dict[str, Engine] = {}
    yield made
    for engine in made.values():
        engine.worker.close()
        if engine.server is not None:
            engine.server.close()


@pytest.fixture
def site(
    request: pytest.FixtureRequest,
    engines: dict[str, Engine],
    tmp_path_factory: pytest.TempPathFactory,
    django_db_blocker: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Engine]:
    """The test runs with the settings of an engine, which its parameter names."""
    kind: str = request.param
    needed = PrivateRedis.installed() is not None and services.available("redis")
    if kind == "orm":
        pytest.importorskip("psycopg")
        needed = needed and PrivatePostgres.programs() is not None
    if not needed:
        (pytest.fail if services.required() else pytest.skip)("needs redis-server, PostgreSQL's programs, and a Redis")
    first = kind not in engines
    if first:
        engines[kind] = Engine(kind, tmp_path_factory.mktemp(kind))
        if engines[kind].server is not None:
            engines[kind].server.start()
    engine = engines[kind]
    with ExitStack() as opened:
        opened.enter_context(django_db_blocker.unblock())
        apps = [*settings.INSTALLED_APPS, "django_q"]
        routers = ["testsite.second_database.Router"]
        changed = {"CACHES": engine.caches, "Q_CLUSTER": engine.cluster, "DATABASE_ROUTERS": routers}
        opened.enter_context(override_settings(**changed))
        opened.enter_context(override_settings(INSTALLED_APPS=apps))  # django-q2 reads the others when it is imported
        from django_q.conf import Conf

        from testsite.second_database import second_database

        monkeypatch.setattr(Conf, "ORM", engine.cluster.get("orm"))
        monkeypatch.setattr(Conf, "REDIS", engine.cluster.get("redis", {}))
        monkeypatch.setattr(Conf, "BROKER_CLASS", engine.cluster.get("broker_class"))
        opened.enter_context(second_database(ALIAS, engine.database, "django_q", migrate=first))
        yield engine
        from django.core.cache import cache

        client: Any = cache._cache.get_client(write=True)  # type: ignore[attr-defined]
        for key in client.scan_iter(f"{RUN}{kind}:*", count=1000):
            client.unlink(key)
        cache.close()
