"""A project's two processes on a broker, as the tests of a dispatcher make them."""

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from testsite import brokers, services
from testsite.processes import ROOT


class Site:
    """One project: settings, and the processes that run with them.

    A subclass says how its broker is set up (`settings`), how its worker is started (`command`), and how what it left
    on a server that others use too is removed (`forget_queues`).
    """

    dispatcher: str
    project: str
    """The package that sets up the broker where it is imported, in the folder `apps`."""
    apps: Path

    def __init__(self, folder: Path, service: str, url: str, name: str, **given: Any) -> None:
        self.service, self.url, self.name = service, url, name
        self.cache = {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": services.url("redis"),
            "KEY_PREFIX": name,
        }
        self.given = {
            "cache": self.cache,
            "database": str(folder / "db.sqlite3"),
            "dispatcher": self.dispatcher,
            "project": self.project,
            **self.settings(given),
        }
        environment = {
            "DISPATCH_SITE": json.dumps(self.given),
            "DJANGO_SETTINGS_MODULE": "testsite.dispatched.settings",
            "PYTHONPATH": os.pathsep.join([str(ROOT), str(self.apps)]),
        }
        worker = [sys.executable, "-m", *self.command()]
        self.worker = brokers.Program(worker, {**environment, "DISPATCH_WORKER": "1"}, folder / "worker.log")
        web = [sys.executable, "-W", "error", "-m", "testsite.dispatched.web"]
        self.web = brokers.Conversation(web, environment, folder / "web.log")

    def settings(self, given: dict[str, Any]) -> dict[str, Any]:
        """What a test gave, and what leads to the broker."""
        raise NotImplementedError

    def command(self) -> list[str]:
        """How the worker is started: a module of Python's, and its arguments."""
        raise NotImplementedError

    def messages(self, queue: str) -> list[Any]:
        """Takes what waits in a queue."""
        raise NotImplementedError

    def forget_queues(self) -> None:
        """Removes its queues from the server."""
        raise NotImplementedError

    @contextmanager
    def working(self) -> Iterator[None]:
        """Its worker runs; afterwards it is halted, which is cheaper than a new one for each test."""
        self.worker.start()
        self.worker.send(signal.SIGCONT)
        try:
            yield
        except BaseException as error:
            error.add_note(self.worker.said()[-4000:])
            raise
        finally:
            self.worker.send(signal.SIGSTOP)

    def close(self) -> None:
        """Ends its processes, and removes what it left on servers that others use too."""
        self.web.stop()
        self.worker.kill()
        if self.url in map(services.url, ("redis", "rabbitmq")):
            self.forget_queues()
        forget_keys(self.name)


def forget_keys(prefix: str) -> None:
    """Removes the keys of a cache, or of queues."""
    import redis

    with redis.Redis.from_url(services.url("redis")) as client:
        for key in client.scan_iter(match=f"{prefix}:*", count=1000):
            client.unlink(key)


class Maker:
    """`make_site("redis", ...)`: a project on the usual server, or with `url=` on another; `make_site.once` makes one
    for all tests that ask for the same."""

    def __init__(self, kind: type[Site], folder: Callable[[], Path]) -> None:
        self._kind, self._folder = kind, folder
        self._made: list[Site] = []
        self._shared: dict[str, Site] = {}

    def __call__(self, service: str, *, url: str | None = None, **given: Any) -> Site:
        """A new project; skips or fails the test where a server that it needs is not there."""
        brokers.need("redis")  # for the cache
        if url is None:
            brokers.need(service)
        name = f"{brokers.RUN}-{self._kind.dispatcher}-{len(self._made)}"
        self._made.append(self._kind(self._folder(), service, url or services.url(service), name, **given))
        return self._made[-1]

    def once(self, service: str, **given: Any) -> Site:
        """The one project of that service and those settings."""
        key = json.dumps([service, given], sort_keys=True)
        if key not in self._shared:
            self._shared[key] = self(service, **given)
        return self._shared[key]

    def close(self) -> None:
        """Ends all that it made."""
        for site in self._made:
            site.close()
