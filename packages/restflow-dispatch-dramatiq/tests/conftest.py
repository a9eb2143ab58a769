"""A project with Dramatiq, its web process and its worker, on a broker; and the tests' own process as a producer."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dramatiq
import pytest
from django.test import override_settings
from dramatiq import broker as dramatiq_broker
from dramatiq.common import dq_name, xq_name

from testsite.dispatched.site import Maker, Site


class DramatiqSite(Site):
    """The project's broker is set as the README tells."""

    dispatcher = "dramatiq"
    project = "dispatch_dramatiq_site"
    apps = Path(__file__).parent / "apps"

    def settings(self, given: dict[str, Any]) -> dict[str, Any]:
        self.queues = [self.name]
        self.caching = {"DISPATCHER_SETTINGS": {"dramatiq": {"QUEUE": self.name}}}
        self.broker: dict[str, Any] = {"url": self.url}
        if self.service == "redis":
            # a worker that was killed counts as dead soon, and the others look for such often
            self.broker |= {"namespace": self.name, "heartbeat_timeout": 4000, "maintenance_chance": 100_000}
        return {"caching": self.caching, "settings": {"BROKER": {"kind": self.service, **self.broker}}, **given}

    def command(self) -> list[str]:
        return ["dramatiq", f"{self.project}.worker", "--processes=2", "--threads=2", "-v"]

    def make_broker(self, **options: Any) -> Any:
        """A broker as the project makes it."""
        if self.service == "rabbitmq":
            from dramatiq.brokers.rabbitmq import RabbitmqBroker

            return RabbitmqBroker(confirm_delivery=True, **{**self.broker, **options})
        from dramatiq.brokers.redis import RedisBroker

        return RedisBroker(**{**self.broker, **options})

    def messages(self, queue: str) -> list[Any]:
        self.queues.append(queue)
        broker = self.make_broker()
        try:
            if self.service == "redis":
                return list(broker.client.hvals(f"{self.name}:{queue}.msgs"))
            taken = []
            while (found := broker.channel.basic_get(queue, auto_ack=True))[0] is not None:
                taken.append(found[2])
            return taken
        finally:
            broker.close()

    def forget_queues(self) -> None:
        if self.service == "rabbitmq":
            broker = self.make_broker()
            for queue in self.queues:
                for name in (queue, dq_name(queue), xq_name(queue)):
                    broker.channel.queue_delete(name)
            broker.close()


@pytest.fixture(scope="session")
def make_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Maker]:
    for client in ("pika", "redis"):
        pytest.importorskip(client)
    maker = Maker(DramatiqSite, lambda: tmp_path_factory.mktemp("site"))
    yield maker
    maker.close()


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

        def use(site: DramatiqSite) -> None:
            use_broker(site.make_broker())
            given = {"CACHES": {"default": site.cache}, "RESTFLOW_SETTINGS": {"CACHE_SETTINGS": site.caching}}
            opened.enter_context(override_settings(**given))

        yield use
