"""The dispatcher keeps the contract on a real Redis with a real worker process."""

import pytest

from restflow.caching.dispatchers.base import Dispatcher
from restflow.caching.testing import DispatcherContract
from restflow.dispatch.rq import DjangoRqDispatcher


class TestRq(DispatcherContract):
    dispatcher = "django_rq"
    config = {"queue": "restflow"}
    other_config = {"queue": "other"}

    @pytest.fixture(autouse=True)
    def _engine(self, site):
        self.engine = site

    def worker(self):
        return self.engine.worker.running()

    def broken(self) -> Dispatcher:
        return DjangoRqDispatcher(queue="broken")
