"""The dispatcher keeps the contract with real workers, on Redis and on RabbitMQ."""

import socket
import time
from contextlib import AbstractContextManager
from typing import Any, ClassVar
from urllib.parse import urlsplit

import pytest
from celery import Celery
from kombu import pools
from kombu.exceptions import OperationalError

from restflow.caching.testing import DispatcherContract, functions
from restflow.dispatch.celery import CeleryDispatcher
from restflow.dispatch.celery._publishing import connection_to
from testsite import brokers


class OnABroker(DispatcherContract):
    """One worker serves a class's tests; between them it is halted."""

    dispatcher = "celery"
    patience = 60
    service: ClassVar[str]
    given: ClassVar[dict[str, Any]] = {}
    hurry: ClassVar[dict[str, Any]] = {}
    """Options of Celery's own that end an attempt earlier than the dispatcher does."""

    @pytest.fixture(autouse=True)
    def _producer(self, make_site: Any, as_producer: Any) -> None:
        self.site = site = make_site.once(
            self.service, queues=(f"{brokers.RUN}-celery-{self.service}-other",), **self.given
        )
        self.config = {"queue": site.queues[1]}
        self.other_config = {"queue": site.queues[0]}
        self.app = as_producer(site)

    def worker(self) -> AbstractContextManager[None]:
        return self.site.working()

    def broken(self) -> CeleryDispatcher:
        self.elsewhere(1)
        return CeleryDispatcher()

    def elsewhere(self, port: int, **conf: Any) -> None:
        """From now on this process dispatches to a broker at another port."""
        url = urlsplit(self.site.url)
        app = Celery("elsewhere", broker=f"{url.scheme}://127.0.0.1:{port}{url.path}")
        app.conf.update(conf)
        app.set_current()

    def test_a_deaf_broker_raises_soon(self) -> None:
        with brokers.Deaf() as port:
            self.elsewhere(port, **self.hurry)
            started = time.monotonic()
            with pytest.raises(OperationalError, match=r"(?i)time"):
                self.send(CeleryDispatcher(), {functions.rule_id(functions.remembered, "drop"): [{"key": "x"}]})
            assert time.monotonic() - started < 10

    def test_the_message_is_json_on_the_queue_that_was_named(self, made: Any) -> None:
        queue = f"{self.site.name}-unread"
        self.app.conf.task_serializer = "pickle"  # the project's own tasks may travel as they like
        rule = functions.rule_id(functions.remembered, "drop")
        self.send(self.make({"queue": queue}), {rule: [{"key": "a"}]})
        (message,) = self.site.messages(queue)
        assert message.content_type == "application/json"
        args, kwargs, _ = message.payload
        assert args == []
        assert kwargs["rule_ids"] == [rule]
        assert kwargs["rule_kwargs"] == {rule: [{"key": "a"}]}
        assert kwargs["dispatcher_name"] == "celery"
        assert kwargs["context"]["payload_version"] == 1
        assert message.headers["task"] == "restflow.caching.tasks.task_run_cache_rules"

    def test_options_of_apply_async_reach_the_broker(self) -> None:
        queue = f"{self.site.name}-options"
        made = self.make({"queue": queue, "options": {"priority": 7, "shadow": "wipe"}, "task_name": "shop.wipe"})
        self.send(made, {functions.rule_id(functions.remembered, "drop"): [{"key": "a"}]})
        (message,) = self.site.messages(queue)
        assert message.properties["priority"] == 7
        assert (message.headers["task"], message.headers["shadow"]) == ("shop.wipe", "wipe")


class TestOnRedis(OnABroker):
    service = "redis"
    # the worker has the task because "restflow.caching" is installed and the default dispatcher is Celery
    given = {"caching": {"DEFAULT_DISPATCHER": "celery"}}


class TestOnRedisWithTheTransportOfOurs(OnABroker):
    service = "redis"
    given = {
        "caching": {"DEFAULT_DISPATCHER": "celery"},
        "celery": {"broker_transport": "restflow.dispatch.celery.redis:Transport"},
    }


class TestOnRabbitMQ(OnABroker):
    service = "rabbitmq"

    def test_a_pooled_connection_that_is_dead_is_made_anew(self, made: Any) -> None:
        rules = {functions.rule_id(functions.remembered, "drop"): [{"key": self.fresh_key()}]}
        self.send(made, rules)
        with pools.producers[connection_to(self.app)].acquire() as producer:
            assert producer.connection.connected
            producer.connection.connection.transport.sock.shutdown(socket.SHUT_RDWR)
        self.send(made, rules)

    # the worker has the task because it was told where tasks are
    given = {"autodiscover": ["restflow.dispatch.celery"]}
    hurry = {"broker_connection_timeout": 1}
