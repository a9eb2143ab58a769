"""The dispatcher keeps the contract on the database backend with a real worker, and on the immediate backend."""

import pytest

from restflow.caching.dispatchers.base import Dispatcher
from restflow.caching.testing import DispatcherContract
from restflow.dispatch.tasks import DjangoTasksDispatcher


class TestDatabaseBackend(DispatcherContract):
    dispatcher = "django_tasks"
    other_config = {"queue": "other"}

    @pytest.fixture(autouse=True)
    def _engine(self, site):
        self.engine = site

    def worker(self):
        return self.engine.worker.running()

    def broken(self) -> Dispatcher:
        return DjangoTasksDispatcher(backend="missing")
