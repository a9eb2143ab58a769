"""The dispatcher without a server: options, the stub broker, what a project gets told, and what it does not pay for."""

from functools import partial
from typing import Any

import dramatiq
import pytest
from dramatiq import broker as dramatiq_broker
from dramatiq.brokers.stub import StubBroker

from restflow.caching import CACHE_MISSING
from restflow.dispatch.dramatiq import DramatiqDispatcher, actors, register_actor
from testsite.dispatched import rules

cached = partial(rules.cached, "dramatiq")
db = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _clean() -> Any:
    with rules.registered_as_before():
        yield


@pytest.fixture
def stub(use_broker: Any) -> Any:
    """Dramatiq's broker for tests, with a worker beside."""
    broker = use_broker(StubBroker())
    worker = dramatiq.Worker(broker, worker_timeout=100)
    worker.start()
    yield broker
    worker.stop()


@db
def test_the_stub_broker_of_a_projects_tests_runs_the_actor(stub: Any) -> None:
    load = cached()
    assert register_actor().actor_name == "restflow.task_run_cache_rules"
    load("here"), load("there")
    rules.save("here")
    stub.join("default", timeout=30_000)
    assert load.get_cache_only("here") is CACHE_MISSING
    assert load.get_cache_only("there") == "there"


@db
def test_a_failing_rule_is_tried_as_often_as_the_option_says(stub: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actors, "SHORTEST_PAUSE", 1)
    calls: list[str] = []

    def load(name):
        calls.append(name)
        raise LookupError("broken")

    cached(load, rewarm=True, dispatcher_config={"max_retries": 2})
    register_actor()
    rules.save("here")
    stub.join("default", timeout=30_000, fail_fast=False)
    assert calls == ["here"] * 3
    assert len(stub.dead_letters) == 1


@db
def test_a_process_that_does_not_know_the_actor_can_dispatch(use_broker: Any) -> None:
    broker = use_broker(StubBroker())
    cached(dispatcher_config={"queue": "wipes"})
    rules.save("here")
    assert broker.actors == {}
    message = dramatiq.Message.decode(broker.queues["wipes"].get(timeout=1))
    assert (message.actor_name, message.queue_name) == ("restflow.task_run_cache_rules", "wipes")


def test_registering_again_gives_the_same_actor_and_the_queues_known_since(use_broker: Any, settings: Any) -> None:
    broker = use_broker(StubBroker())
    settings.RESTFLOW_SETTINGS = {"CACHE_SETTINGS": {"DISPATCHER_SETTINGS": {"dramatiq": {"QUEUE": "wipes"}}}}
    kept = cached(dispatcher_config={"queue": "first"})
    actor = register_actor()
    assert (actor.queue_name, set(broker.queues) - {"wipes.DQ", "first.DQ"}) == ("wipes", {"wipes", "first"})
    more = cached(dispatcher_config={"queue": "second"})
    assert register_actor() is actor
    assert {"wipes", "first", "second"} <= set(broker.queues)
    assert register_actor(actor_name="other", queue_name="third").actor_name == "other"
    assert "third" in broker.queues
    assert kept
    assert more


def test_a_name_that_another_actor_has_is_refused(use_broker: Any) -> None:
    broker = use_broker(StubBroker())
    dramatiq.actor(lambda: None, actor_name="restflow.task_run_cache_rules", broker=broker)
    with pytest.raises(ValueError, match="already registered"):
        register_actor()


def test_a_broker_without_retries_takes_the_actor(use_broker: Any) -> None:
    use_broker(StubBroker(middleware=[]))
    assert register_actor().options == {}


@db
def test_messages_of_older_producers_are_accepted(caplog: pytest.LogCaptureFixture) -> None:
    # ids were numbers, and the rest of the arguments unknown
    actors.task_run_cache_rules([17], {"17": {}}, instance_pk=3)
    assert "is skipped" in caplog.text


@pytest.mark.parametrize(
    ("config", "error", "said"),
    [
        ({"actor_name": ""}, TypeError, "actor_name"),
        ({"queue": 3}, TypeError, "queue"),
        ({"queue": "a b"}, ValueError, "queue"),
        ({"max_retries": -1}, ValueError, "max_retries"),
        ({"max_retries": "5"}, ValueError, "max_retries"),
        ({"que": "q"}, TypeError, "'queue'"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else None,
)
def test_options_that_make_no_sense_are_refused(config: dict[str, Any], error: type, said: str) -> None:
    with pytest.raises(error, match=said):
        DramatiqDispatcher(**config)


def test_options_of_the_rule_win_over_the_settings_and_make_the_batch_key(settings: Any) -> None:
    settings.RESTFLOW_SETTINGS = {
        "CACHE_SETTINGS": {"DISPATCHER_SETTINGS": {"dramatiq": {"QUEUE": "wipes", "MAX_RETRIES": 9}}}
    }
    assert DramatiqDispatcher().routing() == ("wipes", "restflow.task_run_cache_rules", 9)
    own = DramatiqDispatcher(queue="q", max_retries=0)
    assert own.routing() == ("q", "restflow.task_run_cache_rules", 0)
    assert DramatiqDispatcher(queue="wipes").batch_key() == DramatiqDispatcher().batch_key() != own.batch_key()


def test_a_broker_that_is_not_configured_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dramatiq_broker, "global_broker", None)
    assert rules.told() == []  # nobody uses it
    load = cached()
    ((check, message, hint),) = rules.told()
    assert check == "restflow.E308"
    assert f"{load.func.__qualname__}#0" in message
    assert "set_broker" in hint
    assert dramatiq_broker.global_broker is None


def test_a_rabbitmq_that_does_not_confirm_is_told(use_broker: Any) -> None:
    pytest.importorskip("pika")
    from dramatiq.brokers.rabbitmq import RabbitmqBroker

    cached()
    use_broker(RabbitmqBroker(url="amqp://127.0.0.1:1"))
    ((check, _, hint),) = rules.told()
    assert (check, hint) == ("restflow.W308", "Make it with confirm_delivery=True.")
    use_broker(RabbitmqBroker(url="amqp://127.0.0.1:1", confirm_delivery=True))
    assert rules.told() == []


def test_settings_that_make_no_sense_are_told(use_broker: Any, settings: Any) -> None:
    use_broker(StubBroker())
    cached()
    blocks = [({"QUEUES": "a"}, "'QUEUE'"), ({"QUEUE": 7}, "QUEUE must be"), ({"MAX_RETRIES": -1}, "MAX_RETRIES must")]
    for block, said in blocks:
        settings.RESTFLOW_SETTINGS = {"CACHE_SETTINGS": {"DISPATCHER_SETTINGS": {"dramatiq": block}}}
        assert [m for i, m, _ in rules.told() if i == "restflow.E306" and said in m], said


def test_an_installed_plugin_that_nobody_uses_is_not_imported(tmp_path: Any) -> None:
    assert rules.imported(tmp_path, "dramatiq", "dramatiq", "pika") == []
