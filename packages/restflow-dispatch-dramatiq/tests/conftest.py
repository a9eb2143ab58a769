"""A project with Dramatiq, its web process and its worker, on a broker; and the tests' own process as a producer."""

import contextlib
import json
import sys
from pathlib import Path
from typing import Any

import dramatiq
import pytest
from django.test import override_settings
from dramatiq import broker as dramatiq_broker
from dramatiq.common import dq_name, xq_name

from testsite import brokers, services

APPS = Path(__file__).parent / "apps"


class Site:
    """One project: settings, and the processes that run with them."""

    def __init__(self, folder: Path, kind: str, url: str, name: str, **given: Any) -> None:
        self.kind = kind
        self.name = name
        self.queues = [name]
        self.cache = {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": services.url("redis"),
            "KEY_PREFIX": name,
        }
        self.caching = {"DISPATCHER_SETTINGS": {"dramatiq": {"QUEUE": name}}}
        self.broker: dict[str, Any] = {"url": url}
        if kind == "redis":
            # a worker that was killed counts as dead soon, and the others look for such often
            self.broker |= {"namespace": name, "heartbeat_timeout": 4000, "maintenance_chance": 100_000}
        self.broker |= given.pop("broker", {})
        self.given = {
            "cache": self.cache,
            "caching": self.caching,
            "database": str(folder / "db.sqlite3"),
            "broker": {"kind": kind, **self.broker},
            **given,
        }
        environment = {
            "DISPATCH_SITE": json.dumps(self.given),
            "DJANGO_SETTINGS_MODULE": "dispatch_dramatiq_site.settings",
            "PYTHONPATH": str(APPS),
        }
        self.worker = brokers.Program(
            [sys.executable, "-m", "dramatiq", "dispatch_dramatiq_site.worker", "--processes=2", "--threads=2", "-v"],
            {**environment, "DISPATCH_WORKER": "1"},
            folder / "worker.log",
        )
        self.web = brokers.Conversation(
            [sys.executable, "-W", "error", "-m", "dispatch_dramatiq_site.web"], environment, folder / "web.log"
        )

    def make_broker(self, **options: Any) -> Any:
        """A broker as the project makes it."""
        if self.kind == "rabbitmq":
            from dramatiq.brokers.rabbitmq import RabbitmqBroker

            return RabbitmqBroker(confirm_delivery=True, **{**self.broker, **options})
        from dramatiq.brokers.redis import RedisBroker

        return RedisBroker(**{**self.broker, **options})

    def messages(self, queue: str) -> list[Any]:
        """What waits in a queue, as it travels; a queue that is looked at is removed in the end."""
        self.queues.append(queue)
        broker = self.make_broker()
        try:
            if self.kind == "redis":
                return list(broker.client.hvals(f"{self.name}:{queue}.msgs"))
            taken = []
            while (found := broker.channel.basic_get(queue, auto_ack=True))[0] is not None:
                taken.append(found[2])
            return taken
        finally:
            broker.close()

    def close(self) -> None:
        """Ends its processes, and removes what it left on servers that others use too."""
        self.web.stop()
        self.worker.kill()
        if self.kind == "rabbitmq" and self.broker["url"] == services.url("rabbitmq"):
            broker = self.make_broker()
            for queue in self.queues:
                for name in (queue, dq_name(queue), xq_name(queue)):
                    broker.channel.queue_delete(name)
            broker.close()
        forget_keys(self.name)


def forget_keys(prefix: str) -> None:
    import redis

    with redis.Redis.from_url(services.url("redis")) as client:
        for key in client.scan_iter(match=f"{prefix}:*", count=1000):
            client.unlink(key)


@pytest.fixture(scope="session")
def make_site(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """`make_site("redis", ...)`: a project on the usual server, or with `url=` on another; `make_site.once` makes one
    for all tests that ask for the same service."""
    made: list[Site] = []
    shared: dict[str, Site] = {}

    def make(service: str, *, url: str | None = None, **given: Any) -> Site:
        pytest.importorskip("pika" if service == "rabbitmq" else "redis")
        brokers.need("redis")  # for the cache
        if url is None:
            brokers.need(service)
        name = f"{brokers.RUN}-dramatiq-{len(made)}"
        made.append(Site(tmp_path_factory.mktemp("site"), service, url or services.url(service), name, **given))
        return made[-1]

    def once(service: str, **given: Any) -> Site:
        if service not in shared:
            shared[service] = make(service, **given)
        return shared[service]

    make.once = once  # type: ignore[attr-defined]
    yield make
    for site in made:
        site.close()


@pytest.fixture
def use_broker() -> Any:
    """`use_broker(broker)`: what `dramatiq.get_broker()` says until the end of the test."""
    before = dramatiq_broker.global_broker
    with contextlib.ExitStack() as opened:

        def use(broker: Any) -> Any:
            dramatiq.set_broker(broker)
            opened.callback(broker.close)
            return broker

        yield use
    dramatiq_broker.global_broker = before


@pytest.fixture
def as_producer(use_broker: Any) -> Any:
    """`as_producer(site)`: this process dispatches to the site's broker, and shares its cache and settings."""
    with contextlib.ExitStack() as opened:

        def use(site: Site) -> None:
            use_broker(site.make_broker())
            given = {"CACHES": {"default": site.cache}, "RESTFLOW_SETTINGS": {"CACHE_SETTINGS": site.caching}}
            opened.enter_context(override_settings(**given))

        yield use
