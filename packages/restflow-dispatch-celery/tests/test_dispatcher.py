"""The dispatcher without a broker: options, eager mode, what a project gets told, and what it does not pay for."""

from functools import partial
from typing import Any

import pytest
from celery import Celery

from restflow.caching import CACHE_MISSING
from restflow.dispatch.celery import CeleryDispatcher
from restflow.dispatch.celery.tasks import task_run_cache_rules
from testsite.dispatched import rules

cached = partial(rules.cached, "celery")
db = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _clean() -> Any:
    with rules.registered_as_before():
        yield


@pytest.fixture
def app(as_app: Any) -> Celery:
    return as_app(Celery("eager", broker="memory://"))


@db
def test_eager_tasks_run_in_place(app: Celery, settings: Any) -> None:
    app.conf.task_always_eager = True
    load = cached()
    load("here"), load("there")
    rules.save("here")
    assert load.get_cache_only("here") is CACHE_MISSING
    assert load.get_cache_only("there") == "there"


@db
def test_eager_tasks_leave_the_connections_of_the_caller_open(app: Celery, monkeypatch: pytest.MonkeyPatch) -> None:
    from restflow.caching import tasks

    closed: list[int] = []
    monkeypatch.setattr(tasks, "close_old_connections", lambda: closed.append(1))
    app.conf.task_always_eager = True
    load = cached()
    load("here")
    rules.save("here")
    assert closed == []
    task_run_cache_rules.run([], {})
    assert closed == [1, 1]


@db
@pytest.mark.parametrize("propagates", [True, False])
def test_an_eager_task_that_fails_is_told_as_celery_is_set(app: Celery, propagates: bool) -> None:
    app.conf.task_always_eager = True
    app.conf.task_eager_propagates = propagates
    calls: list[str] = []

    def load(name):
        calls.append(name)
        raise LookupError("broken")

    cached(load, rewarm=True)
    if propagates:
        with pytest.raises(LookupError):
            rules.save("here")
    else:
        rules.save("here")
    assert calls == ["here"]  # not once more in place: the work had been accepted


@db
def test_work_that_is_left_undone_by_a_failing_rule_can_be_swallowed(app: Celery) -> None:
    app.conf.task_always_eager = app.conf.task_eager_propagates = True

    def load(name):
        raise LookupError("broken")

    cached(load, rewarm=True, raise_exception=False)
    rules.save("here")


def test_a_retry_that_cannot_be_published_is_given_back_to_the_broker(
    app: Celery, monkeypatch: pytest.MonkeyPatch
) -> None:
    from celery.exceptions import Reject

    task = app.tasks[task_run_cache_rules.name]
    monkeypatch.setattr(type(task), "signature_from_request", lambda *args, **kwargs: broken)

    class broken:
        @staticmethod
        def apply_async() -> None:
            raise ConnectionError("the broker is away")

    task.push_request(is_eager=False, called_directly=False, retries=0)
    try:
        with pytest.raises(Reject) as rejected:
            task.run([], {}, context={"payload_version": 2})
    finally:
        task.pop_request()
    assert rejected.value.requeue is True


@db
def test_messages_of_older_producers_are_accepted(app: Celery, caplog: pytest.LogCaptureFixture) -> None:
    # ids were numbers, and the rest of the arguments unknown
    app.tasks[task_run_cache_rules.name].apply(args=([17], {"17": {}}), kwargs={"instance_pk": 3}).get()
    assert "is skipped" in caplog.text


def test_the_task_is_done_late_and_given_back_where_its_worker_dies(app: Celery) -> None:
    task = app.tasks["restflow.caching.tasks.task_run_cache_rules"]
    assert (task.acks_late, task.reject_on_worker_lost, task.max_retries, task.serializer) == (True, True, 5, "json")


@pytest.mark.parametrize(
    ("config", "error", "said"),
    [
        ({"task_name": ""}, TypeError, "task_name"),
        ({"queue": 3}, TypeError, "queue"),
        ({"options": [1]}, TypeError, "options"),
        ({"options": {"kwargs": {}}}, ValueError, "'kwargs'"),
        ({"options": {"queue": "q"}}, ValueError, "queue="),
        ({"options": {"serializer": "pickle"}}, ValueError, "JSON"),
        ({"que": "q"}, TypeError, "'queue'"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else None,
)
def test_options_that_make_no_sense_are_refused(config: dict[str, Any], error: type, said: str) -> None:
    with pytest.raises(error, match=said):
        CeleryDispatcher(**config)


def test_options_of_the_rule_win_over_the_settings_and_make_the_batch_key(settings: Any) -> None:
    settings.RESTFLOW_SETTINGS = {
        "CACHE_SETTINGS": {"DISPATCHER_SETTINGS": {"celery": {"QUEUE": "wipes", "OPTIONS": {"priority": 1}}}}
    }
    assert CeleryDispatcher().routing() == ("restflow.caching.tasks.task_run_cache_rules", "wipes", {"priority": 1})
    own = CeleryDispatcher(queue="q", options={})
    assert own.routing()[1:] == ("q", {})
    assert CeleryDispatcher(queue="wipes").batch_key() == CeleryDispatcher().batch_key() != own.batch_key()


def test_a_broker_that_is_not_configured_is_told(as_app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CELERY_BROKER_URL", raising=False)
    bare = as_app(Celery("bare"))
    assert rules.told() == []  # nobody uses it
    load = cached()
    ((check, message, hint),) = rules.told()
    assert check == "restflow.E308"
    assert f"{load.func.__qualname__}#0" in message
    assert "CELERY_BROKER_URL" in hint
    bare.conf.task_always_eager = True
    assert rules.told() == []


@pytest.mark.parametrize(("scheme", "name"), [("redis", "Transport"), ("sentinel", "SentinelTransport")])
def test_a_transport_that_may_lose_messages_is_told(as_app: Any, scheme: str, name: str) -> None:
    cached()
    app = as_app(Celery("lossy", broker=f"{scheme}://127.0.0.1:1"))
    ((check, _, hint),) = rules.told()
    remedy = f"restflow.dispatch.celery.redis:{name}"
    assert (check, hint) == ("restflow.W308", f"Set CELERY_BROKER_TRANSPORT = '{remedy}'.")
    app.conf.broker_transport = remedy
    assert rules.told() == []


def test_settings_that_make_no_sense_are_told(app: Celery, settings: Any) -> None:
    cached()
    for block, said in (
        ({"QUEUES": "a"}, "'QUEUE'"),
        ({"QUEUE": 7}, "QUEUE must be"),
        ({"OPTIONS": {"args": 1}}, "'args'"),
    ):
        settings.RESTFLOW_SETTINGS = {"CACHE_SETTINGS": {"DISPATCHER_SETTINGS": {"celery": block}}}
        assert [m for i, m, _ in rules.told() if i == "restflow.E306" and said in m], said


def test_an_installed_plugin_that_nobody_uses_is_not_imported(tmp_path: Any) -> None:
    assert rules.imported(tmp_path, "celery", "celery", "kombu", "amqp") == []


def test_a_worker_has_the_task_where_a_rule_names_celery(tmp_path: Any) -> None:
    assert "restflow.dispatch.celery.tasks" in rules.imported(tmp_path, "celery", rule="dispatcher='celery'")
