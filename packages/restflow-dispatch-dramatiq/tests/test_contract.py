"""The dispatcher keeps the contract with real workers, on Redis and on RabbitMQ."""

import json
import socket
import time
from contextlib import AbstractContextManager
from typing import Any, ClassVar
from urllib.parse import urlsplit

import dramatiq
import pytest

from restflow.caching.testing import DispatcherContract, functions
from restflow.dispatch.dramatiq import DramatiqDispatcher
from testsite import brokers


class OnABroker(DispatcherContract):
    """One worker serves a class's tests; between them it is halted."""

    dispatcher = "dramatiq"
    patience = 60
    service: ClassVar[str]
    hurry: ClassVar[str]
    """What the README adds to the address, so that a broker that does not answer is given up soon."""

    @pytest.fixture(autouse=True)
    def _producer(self, make_site: Any, as_producer: Any, use_broker: Any) -> None:
        self.site = make_site.once(self.service)
        self.config = {}  # the queue of the settings
        self.other_config = {"queue": f"{self.site.name}-other"}
        self.use_broker = use_broker
        as_producer(self.site)

    def worker(self) -> AbstractContextManager[None]:
        return self.site.working()

    def broken(self) -> DramatiqDispatcher:
        self.elsewhere(1)
        return DramatiqDispatcher()

    def elsewhere(self, port: int) -> None:
        """From now on this process dispatches to a broker at another port."""
        url = urlsplit(self.site.url)
        self.use_broker(self.site.make_broker(url=f"{url.scheme}://127.0.0.1:{port}{url.path}{self.hurry}"))

    def test_a_deaf_broker_raises_soon(self) -> None:
        with brokers.Deaf() as port:
            self.elsewhere(port)
            started = time.monotonic()
            with pytest.raises(Exception, match=r"(?i)time|connection"):
                self.send(DramatiqDispatcher(), {functions.rule_id(functions.remembered, "drop"): [{"key": "x"}]})
            assert time.monotonic() - started < 10

    def test_the_message_is_json_on_the_queue_that_was_named(self) -> None:
        queue = f"{self.site.name}-unread"
        rule = functions.rule_id(functions.remembered, "drop")
        made = self.make({"queue": queue, "actor_name": "shop.wipe", "max_retries": 2})
        self.send(made, {rule: [{"key": "a"}]})
        (message,) = map(json.loads, self.site.messages(queue))
        assert (message["queue_name"], message["actor_name"], message["args"]) == (queue, "shop.wipe", [])
        assert message["kwargs"]["rule_ids"] == [rule]
        assert message["kwargs"]["rule_kwargs"] == {rule: [{"key": "a"}]}
        assert message["kwargs"]["dispatcher_name"] == "dramatiq"
        assert message["kwargs"]["context"]["payload_version"] == 1
        assert message["options"]["max_retries"] == 2

    def test_a_connection_that_the_broker_has_closed_is_made_anew(self, made: Any) -> None:
        key = self.fresh_key()
        functions.remembered(key)
        rule = functions.rule_id(functions.remembered, "drop")
        self.send(made, {rule: [{"key": self.fresh_key()}]})
        self.hang_up(dramatiq.get_broker())
        with self.worker():
            self.send(made, {rule: [{"key": key}]})
            self.until(lambda: self.gone(functions.remembered, key), "the entry is dropped")

    def hang_up(self, broker: Any) -> None:
        """Closes what this process has open to the broker, from the other end."""
        raise NotImplementedError


class TestOnRedis(OnABroker):
    service = "redis"
    hurry = "?socket_timeout=2&socket_connect_timeout=2"

    def hang_up(self, broker: Any) -> None:
        import redis

        own = broker.client.client_id()
        with redis.Redis.from_url(self.site.url) as operator:
            operator.client_kill_filter(_id=str(own))


class TestOnRabbitMQ(OnABroker):
    service = "rabbitmq"
    hurry = "?socket_timeout=2&stack_timeout=2&connection_attempts=1"

    def hang_up(self, broker: Any) -> None:
        broker.connection._impl._transport._sock.shutdown(socket.SHUT_RDWR)
