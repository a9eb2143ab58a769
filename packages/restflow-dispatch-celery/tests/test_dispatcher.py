"""The dispatcher without a broker: options, eager mode, what a project gets told, and what it does not pay for."""

import subprocess
import sys
from typing import Any

import pytest
from celery import Celery
from django.core.checks import run_checks

from restflow.caching import (
    CACHE_MISSING,
    ArgsKeyField,
    CacheRegister,
    InvalidationRule,
    cache_result,
    invalidate_instance,
)
from restflow.caching.rules._registry import registry
from restflow.caching.rules.register import CacheRegister as register
from restflow.dispatch.celery import CeleryDispatcher
from restflow.dispatch.celery.tasks import task_run_cache_rules

KEY = {"name": ArgsKeyField("name", partition=True)}


@pytest.fixture(autouse=True)
def _clean() -> Any:
    """Rules of these tests are gone after them."""
    rules, wrappers = registry.all(), dict(registry.wrappers)
    yield
    CacheRegister.clear()
    for rule in rules:
        registry.add(rule)
        register._resolve(rule)
    registry.wrappers.clear()
    registry.wrappers.update(wrappers)


@pytest.fixture
def app(as_app: Any) -> Celery:
    return as_app(Celery("eager", broker="memory://"))


def cached(function: Any = None, **options: Any) -> Any:
    """A cached function with one rule that Celery runs."""
    rule = InvalidationRule(
        model="sessions.Session", field_mapping={"name": "session_key"}, dispatcher="celery", **options
    )

    def load(name):
        return name

    return cache_result(key_constructor=KEY, invalidates_on=[rule])(function or load)


def save(name: str) -> None:
    """What a save of a row would set off; the kit's rules are on another model."""
    from django.contrib.sessions.models import Session

    invalidate_instance(Session(session_key=name))


db = pytest.mark.django_db(transaction=True)


@db
def test_eager_tasks_run_in_place(app: Celery, settings: Any) -> None:
    app.conf.task_always_eager = True
    load = cached()
    load("here"), load("there")
    save("here")
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
    save("here")
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
            save("here")
    else:
        save("here")
    assert calls == ["here"]  # not once more in place: the work had been accepted


@db
def test_work_that_is_left_undone_by_a_failing_rule_can_be_swallowed(app: Celery) -> None:
    app.conf.task_always_eager = app.conf.task_eager_propagates = True

    def load(name):
        raise LookupError("broken")

    cached(load, rewarm=True, raise_exception=False)
    save("here")


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


def messages() -> list[tuple[str, str, str]]:
    """What this plug-in's check tells."""
    own = ("restflow.E306", "restflow.E308")
    return [(str(m.id), m.msg, m.hint or "") for m in run_checks(tags=["restflow"]) if m.id in own]


def test_a_broker_that_is_not_configured_is_told(as_app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CELERY_BROKER_URL", raising=False)
    bare = as_app(Celery("bare"))
    assert messages() == []  # nobody uses it
    load = cached()
    ((check, message, hint),) = messages()
    assert check == "restflow.E308"
    assert f"{load.func.__qualname__}#0" in message
    assert "CELERY_BROKER_URL" in hint
    bare.conf.task_always_eager = True
    assert messages() == []


def test_settings_that_make_no_sense_are_told(app: Celery, settings: Any) -> None:
    cached()
    for block, said in (
        ({"QUEUES": "a"}, "'QUEUE'"),
        ({"QUEUE": 7}, "QUEUE must be"),
        ({"OPTIONS": {"args": 1}}, "'args'"),
    ):
        settings.RESTFLOW_SETTINGS = {"CACHE_SETTINGS": {"DISPATCHER_SETTINGS": {"celery": block}}}
        assert [m for i, m, _ in messages() if i == "restflow.E306" and said in m], said


PROJECT = """
import sys
from django.conf import settings
settings.configure(
    INSTALLED_APPS=["django.contrib.contenttypes", "restflow.caching", "shop"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    USE_TZ=True,
)
import django
django.setup()
from django.core.checks import run_checks
from restflow.caching import registered_dispatcher_names
run_checks()
assert "celery" in registered_dispatcher_names()
theirs = ("celery", "kombu", "amqp", "restflow.dispatch")
loaded = [name for name in sys.modules if name.startswith(theirs)]
sys.stdout.write(" ".join(sorted(loaded)))
"""


def loaded(tmp_path: Any, rule: str = "") -> list[str]:
    """What a project with one rule has imported of Celery and the plug-in, once it is set up."""
    shop = tmp_path / "shop"
    shop.mkdir()
    (shop / "__init__.py").touch()
    (shop / "caches.py").write_text(
        "from restflow.caching import ArgsKeyField, InvalidationRule, cache_result\n"
        f"rule = InvalidationRule('contenttypes.ContentType', field_mapping={{'pk': 'pk'}}, {rule})\n"
        "@cache_result(key_constructor={'pk': ArgsKeyField('pk', partition=True)}, invalidates_on=[rule])\n"
        "def load(pk): return pk\n"
    )
    result = subprocess.run(
        [sys.executable, "-c", PROJECT], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True
    )
    return result.stdout.split()


def test_an_installed_plugin_that_nobody_uses_is_not_imported(tmp_path: Any) -> None:
    assert loaded(tmp_path) == []


def test_a_worker_has_the_task_where_a_rule_names_celery(tmp_path: Any) -> None:
    assert "restflow.dispatch.celery.tasks" in loaded(tmp_path, "dispatcher='celery'")
