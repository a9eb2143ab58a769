"""The Redis transport of ours notes what it takes, in the step that takes it."""

import socket
from collections.abc import Iterator
from typing import Any

import pytest
from kombu import Connection, Consumer, Exchange, Producer, Queue

from testsite import brokers, services
from testsite.processes import until

PREFIX = f"{brokers.RUN}-transport:"
OPTIONS = {"global_keyprefix": PREFIX, "visibility_timeout": 3600, "unacked_restore_interval": 1}
OURS = "restflow.dispatch.celery.redis:Transport"
KOMBUS = "redis"


def queue(name: str) -> Queue:
    return Queue(name, Exchange(name), name, max_priority=9)


def connect(transport: str, **options: Any) -> Connection:
    return Connection(services.url("redis"), transport=transport, transport_options={**OPTIONS, **options})


def publish(name: str, *bodies: Any, transport: str = KOMBUS, **properties: Any) -> None:
    """With kombu's own transport, as a web process does that knows nothing of ours."""
    with connect(transport) as connection:
        producer = Producer(connection)
        for body in bodies:
            producer.publish(body, exchange=queue(name).exchange, routing_key=name, declare=[queue(name)], **properties)


class Reader:
    """A consumer of queues in this process."""

    def __init__(self, *names: str, transport: str = OURS, no_ack: bool = False) -> None:
        self.connection = connect(transport)
        self.messages: list[Any] = []
        self.channel = self.connection.channel()
        consumer = Consumer(
            self.channel, [queue(name) for name in names], on_message=self.messages.append, no_ack=no_ack
        )
        consumer.consume()

    def read(self, count: int = 1) -> list[Any]:
        """The bodies of as many messages as are wanted."""
        while len(self.messages) < count:
            self.connection.drain_events(timeout=20)
        bodies = [message.decode() for message in self.messages]
        self.messages.clear()
        return bodies

    def dies_with_the_answer(self) -> None:
        """Asks for a message, and is cut off before it reads which one it got."""
        cycle = self.connection.transport.cycle
        cycle.on_poll_start()
        taken = self.channel.client.connection
        until(taken.can_read, "the answer has come")
        taken._sock.shutdown(socket.SHUT_RDWR)
        self.abandon()

    def restore(self) -> None:
        """Gives back what others have had for longer than the visibility timeout, which is over now."""
        self.channel.qos.visibility_timeout = 0
        self.channel.qos.restore_visible()
        self.channel.qos.visibility_timeout = OPTIONS["visibility_timeout"]

    def abandon(self) -> None:
        """Ends as a killed process does: without giving anything back."""
        self.channel.qos._on_collect.cancel()
        self.channel.do_restore = False
        self.connection.transport.cycle.discard(self.channel)
        self.channel._disconnect_pools()


@pytest.fixture(autouse=True)
def redis() -> Iterator[Any]:
    import redis as client_library

    brokers.need("redis")
    with client_library.Redis.from_url(services.url("redis"), decode_responses=True) as client:
        yield client
        for key in client.scan_iter(match=f"{PREFIX}*", count=1000):
            client.unlink(key)


def noted(redis: Any) -> int:
    count = redis.hlen(f"{PREFIX}unacked")
    assert redis.zcard(f"{PREFIX}unacked_index") == count
    return int(count)


@pytest.mark.parametrize("successor", [OURS, KOMBUS])
def test_what_a_worker_took_and_never_read_is_given_to_the_next_one(redis: Any, successor: str) -> None:
    publish("jobs", "first")
    Reader("jobs").dies_with_the_answer()
    assert redis.llen(f"{PREFIX}jobs") == 0
    assert noted(redis) == 1
    reader = Reader("jobs", transport=successor)
    reader.restore()
    assert reader.read() == ["first"]


def test_an_acknowledged_message_is_forgotten(redis: Any) -> None:
    publish("jobs", "first", "second")
    reader = Reader("jobs")
    while len(reader.messages) < 2:
        reader.connection.drain_events(timeout=20)
    assert noted(redis) == 2
    for message in reader.messages:
        message.ack()
    assert noted(redis) == 0
    assert [message.decode() for message in reader.messages] == ["first", "second"]


def test_the_message_that_comes_back_is_the_one_that_was_sent(redis: Any) -> None:
    body = {"text": 'ünïcode, "quotes", \\ and \x00', "empty list": [], "empty dict": {}, "number": 1.5, "big": 2**62}
    publish("jobs", body, headers={"task": "shop.wipe"}, priority=3)
    Reader("jobs").dies_with_the_answer()
    reader = Reader("jobs")
    reader.restore()
    while not reader.messages:
        reader.connection.drain_events(timeout=20)
    (message,) = reader.messages
    assert message.decode() == body
    assert message.headers == {"task": "shop.wipe", "redelivered": True}
    assert message.properties["priority"] == 3


def test_a_queue_that_is_never_acknowledged_leaves_no_notes(redis: Any) -> None:
    publish("replies", "first")
    assert Reader("replies", no_ack=True).read() == ["first"]
    assert noted(redis) == 0


def test_priorities_and_all_queues_are_served(redis: Any) -> None:
    publish("one", "later", priority=9)
    publish("one", "sooner", priority=0)
    publish("two", "other")
    taken = Reader("one", "two").read(3)
    assert sorted(taken) == ["later", "other", "sooner"]
    assert taken.index("sooner") < taken.index("later")


def test_one_who_waits_hears_of_a_message_in_any_queue() -> None:
    reader = Reader("one", "two")
    with pytest.raises(TimeoutError):
        reader.connection.drain_events(timeout=0.5)
    assert reader.channel._idle
    publish("two", "first", priority=6)
    assert reader.read() == ["first"]
    publish("one", "second")
    assert reader.read() == ["second"]


def test_what_is_no_message_stands_in_nobodys_way(redis: Any) -> None:
    redis.lpush(f"{PREFIX}jobs", "no json")
    publish("jobs", "first")
    reader = Reader("jobs")
    with pytest.raises(ValueError, match="Expecting value"):
        reader.read()
    assert reader.read() == ["first"]


def test_a_connection_that_dies_in_a_wait_is_made_anew(redis: Any) -> None:
    reader = Reader("jobs")
    with pytest.raises(TimeoutError):
        reader.connection.drain_events(timeout=0.5)
    cycle = reader.connection.transport.cycle
    cycle.on_poll_start()
    assert reader.channel._waits
    reader.channel.client.connection._sock.shutdown(socket.SHUT_RDWR)
    with pytest.raises(reader.connection.connection_errors):
        reader.connection.drain_events(timeout=20)
    publish("jobs", "first")
    assert reader.read() == ["first"]


def test_without_acknowledgements_it_is_kombus_own(redis: Any) -> None:
    reader = Reader("jobs")
    reader.channel.ack_emulation = False
    publish("jobs", "first")
    assert reader.read() == ["first"]
