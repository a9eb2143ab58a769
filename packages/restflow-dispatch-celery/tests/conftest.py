"""A project with Celery, its web process and its worker, on a broker; and the tests' own process as a producer."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from celery import Celery, _state
from django.test import override_settings
from kombu import Exchange, Queue

from testsite.dispatched.site import Maker, Site


class CelerySite(Site):
    """The project's app is made as the README tells."""

    dispatcher = "celery"
    project = "dispatch_celery_site"
    apps = Path(__file__).parent / "apps"

    def settings(self, given: dict[str, Any]) -> dict[str, Any]:
        self.queues = (self.name, *given.pop("queues", ()))
        self.celery = {
            "broker_url": self.url,
            "task_default_queue": self.name,
            "broker_connection_retry_on_startup": True,
            "worker_enable_remote_control": False,
            "worker_prefetch_multiplier": 1,
            **given.pop("celery", {}),
        }
        if self.service == "redis":
            # a worker that was killed gives its messages back soon, and the next one looks for them often
            self.celery["broker_transport_options"] = {
                "global_keyprefix": f"{self.name}:",
                "visibility_timeout": 4,
                "unacked_restore_interval": 1,
                "unacked_restore_throttle": 1,
            }
        return {"settings": {f"CELERY_{name.upper()}": value for name, value in self.celery.items()}, **given}

    def command(self) -> list[str]:
        queues = ["-Q", ",".join(self.queues)]
        quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
        return ["celery", "-A", self.project, "worker", "--concurrency=2", *quiet, "-l", "INFO", *queues]

    def app(self) -> Celery:
        """A producer's app with the same settings."""
        app = Celery(self.name, set_as_current=False)
        app.conf.update(self.celery)
        return app

    def messages(self, queue: str) -> list[Any]:
        self.queues = (*self.queues, queue)
        taken = []
        with self.app().connection_for_read() as connection:
            simple = connection.SimpleQueue(Queue(queue, Exchange(queue), queue))
            with contextlib.suppress(simple.Empty):
                while True:
                    message = simple.get(block=True, timeout=0.5)
                    message.ack()
                    taken.append(message)
            simple.close()
        return taken

    def forget_queues(self) -> None:
        with self.app().connection_for_write() as connection:
            if connection.transport.driver_type == "amqp":
                channel = connection.default_channel
                for name in self.queues:
                    channel.queue_delete(name)
                    channel.exchange_delete(name)


@pytest.fixture(scope="session")
def make_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Maker]:
    maker = Maker(CelerySite, lambda: tmp_path_factory.mktemp("site"))
    yield maker
    maker.close()


@pytest.fixture
def as_app() -> Any:
    """`as_app(app)`: the app of this process, in all of its threads, until the end of the test."""
    default, current = _state.default_app, _state._tls.current_app
    with contextlib.ExitStack() as opened:

        def use(app: Celery) -> Celery:
            app.set_default()
            app.set_current()
            opened.callback(app.close)
            return app

        yield use
    _state.set_default_app(default)
    _state._set_current_app(current)


@pytest.fixture
def as_producer(as_app: Any) -> Any:
    """`as_producer(site)`: this process dispatches with the site's app, and shares its cache."""
    with contextlib.ExitStack() as opened:

        def use(site: CelerySite) -> Celery:
            opened.enter_context(override_settings(CACHES={"default": site.cache}))
            return as_app(site.app())

        yield use
