"""A project with Celery, its web process and its worker, on a broker; and the tests' own process as a producer."""

import contextlib
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from celery import Celery, _state
from django.test import override_settings
from kombu import Exchange, Queue

from testsite import brokers, services

APPS = Path(__file__).parent / "apps"


class Site:
    """One project: settings, and the processes that run with them."""

    def __init__(self, folder: Path, url: str, name: str, *, queues: tuple[str, ...] = (), **given: Any) -> None:
        folder.mkdir(exist_ok=True)
        self.name = name
        self.folder = folder
        self.queues = (name, *queues)
        self.cache = {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": services.url("redis"),
            "KEY_PREFIX": name,
        }
        self.celery = {
            "broker_url": url,
            "task_default_queue": name,
            "broker_transport_options": {"global_keyprefix": f"{name}:"} if url.startswith("redis") else {},
            "broker_connection_retry_on_startup": True,
            "worker_enable_remote_control": False,
            "worker_prefetch_multiplier": 1,
            **given.pop("celery", {}),
        }
        if url.startswith("redis"):
            # a worker that was killed gives its messages back soon, and the next one looks for them often
            self.celery["broker_transport_options"] |= {
                "visibility_timeout": 4,
                "unacked_restore_interval": 1,
                "unacked_restore_throttle": 1,
            }
        self.given = {"cache": self.cache, "database": str(folder / "db.sqlite3"), "celery": self.celery, **given}
        environment = {
            "DISPATCH_SITE": json.dumps(self.given),
            "DJANGO_SETTINGS_MODULE": "dispatch_celery_site.settings",
            "PYTHONPATH": str(APPS),
        }
        options = ["--concurrency=2", "--without-gossip", "--without-mingle", "--without-heartbeat", "-l", "INFO", "-Q"]
        options += [",".join(self.queues)]
        self.worker = brokers.Program(
            [
                sys.executable,
                "-m",
                "celery",
                "-A",
                "dispatch_celery_site",
                "worker",
                *options,
                "-Q",
                ",".join(self.queues),
            ],
            {**environment, "DISPATCH_WORKER": "1"},
            folder / "worker.log",
        )
        self.web = brokers.Conversation(
            [sys.executable, "-W", "error", "-m", "dispatch_celery_site.web"], environment, folder / "web.log"
        )

    def app(self) -> Celery:
        """A producer's app with the same settings."""
        app = Celery(self.name, set_as_current=False)
        app.conf.update(self.celery)
        return app

    def messages(self, queue: str) -> list[Any]:
        """Takes what waits in a queue."""
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

    def close(self) -> None:
        """Ends its processes, and removes what it left on servers that others use too."""
        self.web.stop()
        self.worker.kill()
        if self.celery["broker_url"] in map(services.url, ("redis", "rabbitmq")):
            forget_queues(self)
        forget_keys(self.name)


def forget_queues(site: Site) -> None:
    with site.app().connection_for_write() as connection:
        if connection.transport.driver_type == "amqp":
            channel = connection.default_channel
            for name in site.queues:
                channel.queue_delete(name)
                channel.exchange_delete(name)


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
        brokers.need("redis")  # for the cache
        if url is None:
            brokers.need(service)
        name = f"{brokers.RUN}-celery-{len(made)}"
        made.append(Site(tmp_path_factory.mktemp("site"), url or services.url(service), name, **given))
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

        def use(site: Site) -> Celery:
            opened.enter_context(override_settings(CACHES={"default": site.cache}))
            return as_app(site.app())

        yield use
