"""A private Redis as broker, a real worker, and the shared cache between test and worker."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings

from testsite import services
from testsite.brokers import PrivateRedis
from testsite.processes import Worker, free_port

RUN = os.environ.get("RESTFLOW_TEST_RUN", "rq") + str(os.getpid())


class Engine:
    """Broker, worker, and the settings that lead to them."""

    def __init__(self, folder: Path) -> None:
        self.broker = PrivateRedis(folder)
        json = "rq.serializers.JSONSerializer"
        self.queues: dict[str, Any] = {
            "restflow": {"URL": self.broker.url, "SERIALIZER": json},
            "other": {"URL": self.broker.url, "SERIALIZER": json},
            "pickled": {"URL": self.broker.url},
            "eager": {"URL": f"redis://127.0.0.1:{free_port()}/0", "ASYNC": False},
            "broken": {"URL": f"redis://127.0.0.1:{free_port()}/0"},
        }
        self.caches = {
            "default": {
                "BACKEND": "django.core.cache.backends.redis.RedisCache",
                "LOCATION": services.url("redis"),
                "KEY_PREFIX": RUN,
            }
        }
        self.folder = folder
        self.worker = self.new_worker("restflow", "--serializer", "rq.serializers.JSONSerializer")

    def new_worker(self, *arguments: str) -> Worker:
        here = Path(__file__).parent / "worker"
        log = self.folder / "worker.log"
        command = ["rqworker", *arguments]
        return Worker(command, "rq_worker_settings", here, log, queues=self.queues, caches=self.caches)


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    if not (PrivateRedis.installed() is not None and services.available("redis")):
        (pytest.fail if services.required() else pytest.skip)("needs redis-server, and a Redis as cache")
    engine = Engine(tmp_path_factory.mktemp("rq"))
    engine.broker.start()
    yield engine
    engine.worker.close()
    engine.broker.close()


@pytest.fixture
def site(engine: Engine) -> Iterator[Engine]:
    """The test runs with the engine's settings."""
    with override_settings(RQ_QUEUES=engine.queues, CACHES=engine.caches):
        from django.core.cache import cache

        yield engine
        client: Any = cache._cache.get_client(write=True)  # type: ignore[attr-defined]
        for key in client.scan_iter(f"{RUN}:*", count=1000):
            client.unlink(key)
        cache.close()
