"""The dispatcher keeps the contract on Redis and on the ORM broker, with real clusters."""

import pytest

from restflow.caching.dispatchers.base import Dispatcher
from restflow.caching.testing import DispatcherContract
from restflow.dispatch.q import DjangoQDispatcher


class OnBroker(DispatcherContract):
    dispatcher = "django_q"
    config = {"group": "invalidation"}
    other_config = {"cluster": "other"}

    @pytest.fixture(autouse=True)
    def _engine(self, site):
        self.engine = site

    def worker(self):
        return self.engine.worker.running()


@pytest.mark.parametrize("site", ["redis"], indirect=True)
class TestRedis(OnBroker):
    def broken(self) -> Dispatcher:
        import django_q.conf

        django_q.conf.Conf.REDIS = self.engine.dead
        return DjangoQDispatcher()


@pytest.mark.parametrize("site", ["orm"], indirect=True)
class TestOrm(OnBroker):
    pass
