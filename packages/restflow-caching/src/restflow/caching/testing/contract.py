"""What every dispatcher promises, as tests: subclass it in a plug-in's suite."""

import asyncio
import datetime as dt
import json
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from decimal import Decimal
from typing import Any, ClassVar

import pytest
from django.core.cache import cache
from django.db import connections

from restflow.caching.dispatchers.base import Dispatcher
from restflow.caching.dispatchers.registry import registered_dispatcher_names, resolve
from restflow.caching.results.status import CACHE_MISSING
from restflow.caching.rules import wire
from restflow.caching.testing import functions
from restflow.caching.testing.functions import rule_id

WIRE_VALUES: dict[str, Any] = {
    "none": None,
    "bool": True,
    "int": 2**70,
    "float": 1.5,
    "str": "a::b ü",
    "uuid": uuid.UUID(int=5),
    "decimal": Decimal("1.50"),
    "datetime": dt.datetime(2024, 1, 31, 12, 30, tzinfo=dt.UTC),
    "date": dt.date(2024, 1, 31),
    "time": dt.time(9, 30),
    "timedelta": dt.timedelta(days=1, microseconds=1),
    "bytes": b"\x00\xff",
    "list": [1, "a", Decimal("2")],
    "tuple": (1, (2,)),
    "dict": {"a": [1], "$restflow": 2},
}


class DispatcherContract:
    """The promises of a dispatcher. Needs a default cache that test and worker share.

    Set `dispatcher` to the name or class, `config` to its options; override `worker` with a context manager while
    which a worker consumes, and `broken` with a dispatcher whose broker does not answer.
    """

    dispatcher: ClassVar[str | type[Dispatcher]]
    config: ClassVar[dict[str, Any]] = {}
    other_config: ClassVar[dict[str, Any] | None] = None
    """Options that route elsewhere, for brokers with queues."""
    patience: ClassVar[float] = 30.0
    """Seconds that a worker may take."""

    def worker(self) -> AbstractContextManager[Any]:
        """A context manager: a worker is consuming while it is open."""
        return nullcontext()

    def broken(self) -> Dispatcher | None:
        """A dispatcher whose broker does not answer; `None` where there is no broker."""
        return None

    @pytest.fixture
    def made(self) -> Dispatcher:
        """The dispatcher under test."""
        return self.make(self.config)

    def make(self, config: dict[str, Any]) -> Dispatcher:
        """A dispatcher with these options."""
        wanted = self.dispatcher
        return (resolve(wanted) if isinstance(wanted, str) else wanted)(**config)

    def send(self, made: Dispatcher, rules: dict[str, list[dict[str, Any]]], **context: Any) -> None:
        """Dispatches as restflow does."""
        encoded = {
            rule: [{k: wire.encode(v) for k, v in given.items()} for given in all_] for rule, all_ in rules.items()
        }
        assert json.loads(json.dumps(encoded)) == encoded
        made.dispatch(
            rule_ids=list(encoded),
            rule_kwargs=encoded,
            **{
                "model_label": functions.MODEL,
                "pk": None,
                "signal_type": "manual",
                "using": "default",
                "payload_version": wire.PAYLOAD_VERSION,
                "dispatch_id": uuid.uuid4().hex,
                **context,
            },
        )

    def until(self, condition: Callable[[], Any], what: str) -> None:
        """Waits for a worker."""
        deadline = time.monotonic() + self.patience
        while not condition():
            assert time.monotonic() < deadline, f"not in {self.patience} s: {what}"
            time.sleep(0.02)

    @staticmethod
    def fresh_key() -> str:
        """A key that no other test uses."""
        return f"k{uuid.uuid4().hex}"

    @staticmethod
    def gone(function: Any, key: str) -> bool:
        """Whether a function's entry is wiped."""
        return function.get_cache_only(key) is CACHE_MISSING

    def test_it_is_found_by_its_name(self, made: Dispatcher) -> None:
        """The entry point, or `register_dispatcher`, leads to it."""
        assert made.name in registered_dispatcher_names()
        assert resolve(made.name) is type(made)

    def test_an_unknown_option_is_refused(self, made: Dispatcher) -> None:
        """A misspelt option does not pass in silence."""
        if made.options is ...:
            pytest.skip("this dispatcher does not list its options")
        with pytest.raises(TypeError, match="no_such_option"):
            self.make({**self.config, "no_such_option": 1})

    def test_accepted_work_waits_for_a_worker_and_is_done_by_it(self, made: Dispatcher) -> None:
        """The entry is dropped by the worker, and only that one."""
        key, other = self.fresh_key(), self.fresh_key()
        functions.remembered(key), functions.remembered(other)
        self.send(made, {rule_id(functions.remembered, "drop"): [{"key": key}]})
        if made.durable:
            time.sleep(0.2)
            assert not self.gone(functions.remembered, key)
        with self.worker():
            self.until(lambda: self.gone(functions.remembered, key), "the entry is dropped")
        assert not self.gone(functions.remembered, other)

    @pytest.mark.parametrize("kind", WIRE_VALUES)
    def test_every_wire_type_arrives_as_it_was(self, made: Dispatcher, kind: str) -> None:
        """Types that JSON lacks travel tagged."""
        key, value = self.fresh_key(), WIRE_VALUES[kind]
        with self.worker():
            self.send(made, {rule_id(functions.echo, "echo"): [{"key": key, "value": value}]})
            name = f"restflow-contract:{key}"
            self.until(lambda: cache.get(name) is not None, "the value arrived")
        assert cache.get(name) == (type(value).__name__, value)

    def test_a_message_with_500_argument_sets(self, made: Dispatcher) -> None:
        """A whole batch is one message."""
        keys = [self.fresh_key() for _ in range(500)]
        functions.remembered(keys[0]), functions.remembered(keys[-1])
        with self.worker():
            self.send(made, {rule_id(functions.remembered, "drop"): [{"key": key} for key in keys]})
            self.until(lambda: self.gone(functions.remembered, keys[-1]), "the last entry is dropped")
        assert self.gone(functions.remembered, keys[0])

    def test_two_rules_in_one_message(self, made: Dispatcher) -> None:
        """Both are run."""
        key = self.fresh_key()
        both = (functions.remembered, functions.also_remembered)
        for function in both:
            function(key)
        with self.worker():
            self.send(made, {rule_id(function, "drop"): [{"key": key}] for function in both})
            self.until(lambda: all(self.gone(function, key) for function in both), "both entries are dropped")

    def test_routing_options_make_the_batch_key(self, made: Dispatcher) -> None:
        """Equal options share a batch, different ones never do."""
        assert self.make(self.config).batch_key() == made.batch_key()
        hash(made.batch_key())
        if self.other_config is not None:
            assert self.make(self.other_config).batch_key() != made.batch_key()

    def test_delivery_twice_is_harmless(self, made: Dispatcher) -> None:
        """Delivery is at least once."""
        key = self.fresh_key()
        functions.remembered(key)
        with self.worker():
            for _ in range(2):
                self.send(made, {rule_id(functions.remembered, "drop"): [{"key": key}]})
            self.until(lambda: self.gone(functions.remembered, key), "the entry is dropped")

    def test_an_unknown_rule_is_skipped(self, made: Dispatcher) -> None:
        """A rule that a deployment has removed does not keep the others from running."""
        key = self.fresh_key()
        functions.remembered(key)
        with self.worker():
            rules: dict[str, list[dict[str, Any]]] = {"restflow.caching.testing.functions:gone#0": [{}]}
            self.send(made, {**rules, rule_id(functions.remembered, "drop"): [{"key": key}]})
            self.until(lambda: self.gone(functions.remembered, key), "the known rule is run")

    def test_a_failing_rule_is_retried_and_ends_up_done(self, made: Dispatcher) -> None:
        """Brokers deliver again what a worker could not do."""
        if not made.durable:
            pytest.skip("only durable dispatchers retry")
        key = self.fresh_key()
        with self.worker():
            self.send(made, {rule_id(functions.fails_at_first, "fail"): [{"key": key}]})
            self.until(lambda: cache.get(f"restflow-contract:{key}:done"), "the second attempt is made")

    def test_ten_threads_dispatch_at_once(self, made: Dispatcher) -> None:
        """A dispatcher is shared by the whole process."""
        keys = [self.fresh_key() for _ in range(10)]
        for key in keys:
            functions.remembered(key)
        with self.worker():
            rule = rule_id(functions.remembered, "drop")

            def send(key: str) -> None:
                try:
                    self.send(made, {rule: [{"key": key}]})
                finally:
                    connections.close_all()  # a broker may be a database

            with ThreadPoolExecutor(10) as pool:
                list(pool.map(send, keys))
            self.until(lambda: all(self.gone(functions.remembered, key) for key in keys), "all entries are dropped")

    def test_dispatch_on_a_running_loop_returns_promptly(self, made: Dispatcher) -> None:
        """Work is accepted without waiting for it to be done."""
        key = self.fresh_key()
        functions.remembered(key)

        async def dispatch() -> float:
            started = time.monotonic()
            self.send(made, {rule_id(functions.remembered, "drop"): [{"key": key}]})
            taken = time.monotonic() - started
            deadline = time.monotonic() + self.patience
            # a worker's doing, which no event tells
            while not self.gone(functions.remembered, key) and time.monotonic() < deadline:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
            return taken

        with self.worker():
            assert asyncio.run(dispatch()) < 5
            self.until(lambda: self.gone(functions.remembered, key), "the entry is dropped")

    def test_a_broker_that_does_not_answer_raises_soon(self) -> None:
        """The fallback can then do the work in place."""
        broken = self.broken()
        if broken is None:
            pytest.skip("this dispatcher has no broker")
        started = time.monotonic()
        with pytest.raises(Exception):  # noqa: B017, PT011 - whatever its client raises
            self.send(broken, {rule_id(functions.remembered, "drop"): [{"key": "x"}]})
        assert time.monotonic() - started < 10

    def test_flush_waits_for_accepted_work(self, made: Dispatcher) -> None:
        """Tests and shutdown can wait."""
        key = self.fresh_key()
        functions.remembered(key)
        with self.worker():
            self.send(made, {rule_id(functions.remembered, "drop"): [{"key": key}]})
            assert made.flush(self.patience) is True
            self.until(lambda: self.gone(functions.remembered, key), "the entry is dropped")
