"""What a task is made of, where it goes, and what happens where it cannot go there."""

import json

import pytest
from django.apps import apps
from django.core.checks import run_checks
from django.db import connection, transaction

from restflow.caching import CACHE_MISSING
from restflow.caching.dispatchers.base import InPlaceError
from restflow.caching.testing import functions
from restflow.caching.testing.functions import rule_id
from restflow.dispatch.tasks import DjangoTasksDispatcher, _framework, _recovery
from testsite import storm
from testsite.processes import until

DROP = rule_id(functions.remembered, "drop")
WORK = "restflow.dispatch.tasks.worker.run_cache_rules"
LOOK = "restflow.dispatch.tasks.worker.look_after"
ALIAS = "restflow_tasks"
db = pytest.mark.django_db(transaction=True)


def send(made, key="k", **context):
    made.dispatch(rule_ids=[DROP], rule_kwargs={DROP: [{"key": key}]}, payload_version=1, **context)


def use(settings, *, retry_after=3, **options):
    block = {name: options.pop(name) for name in ("BACKEND", "QUEUE", "RETRIES") if name in options}
    block["RETRY_AFTER"] = retry_after
    own = {"DEFAULT_DISPATCHER": "django_tasks", "DISPATCHER_SETTINGS": {"django_tasks": block}}
    settings.RESTFLOW_SETTINGS = {"CACHE_SETTINGS": {**own, **options}}


@pytest.fixture
def rows(site):
    """The tasks of the database backend; none before and after."""
    found = apps.get_model("django_tasks_database", "DBTaskResult").objects.using(ALIAS)
    found.all().delete()
    _recovery._last.clear()
    yield found
    found.all().delete()


def test_a_task_is_json_in_its_queue(rows):
    send(DjangoTasksDispatcher(queue="other", priority=7), pk=5)
    row = rows.get(task_path=WORK)
    assert (row.queue_name, row.priority, row.backend_name) == ("other", 7, "default")
    args = [[DROP], {DROP: [{"key": "k"}]}, {"payload_version": 1, "pk": 5}]
    assert json.loads(json.dumps(row.args_kwargs)) == {"args": args, "kwargs": {}}


@db
def test_ten_thousand_rows_of_one_transaction_are_twenty_tasks_and_one_that_looks_after_them(rows, settings):
    use(settings, retry_after=600)
    storm.change_ten_thousand_rows()
    sent = rows.filter(task_path=WORK)
    numbers = [given["number"] for row in sent for listed in row.args_kwargs["args"][1].values() for given in listed]
    assert sent.count() == 20
    assert len(set(numbers)) == 10_000
    assert rows.filter(task_path=LOOK).count() == 1


@db
@pytest.mark.parametrize("policy", ["inline", "log", "raise"])
def test_a_database_that_is_down_loses_nothing_unless_the_project_says_so(site, rows, settings, policy):
    use(settings, ON_DISPATCH_ERROR=policy)
    storm.truth[1] = 0
    storm.value_of(1)
    site.server.stop()
    try:
        if policy == "raise":
            with pytest.raises(Exception, match="connection"):
                storm.change_one(1)
        else:
            storm.change_one(1)
    finally:
        site.server.start()
    send(DjangoTasksDispatcher())  # the connection that the restart has broken is opened anew
    assert rows.filter(task_path=WORK).count() == 1
    assert (storm.value_of.get_cache_only(1) is CACHE_MISSING) == (policy == "inline")


def test_a_task_never_hangs_on_a_transaction_of_its_own_database(rows):
    with transaction.atomic(using=ALIAS), pytest.raises(RuntimeError, match="rolled back"):
        send(DjangoTasksDispatcher())
    assert not rows.exists()


@db
def test_a_backend_that_runs_at_once_works_in_place(site, settings):
    use(settings, BACKEND="eager")
    storm.truth[1] = 0
    storm.value_of(1)
    opened = connection.connection
    storm.change_one(1)
    assert storm.value_of.get_cache_only(1) is CACHE_MISSING
    assert connection.connection is opened


def test_in_place_a_rule_that_fails_raises_its_own_error(site):
    fails = rule_id(functions.fails_at_first, "fail")
    made = DjangoTasksDispatcher(backend="eager")
    with pytest.raises(InPlaceError) as caught:
        made.dispatch(rule_ids=[fails], rule_kwargs={fails: [{"key": "in-place"}]})
    assert isinstance(caught.value.original, ConnectionError)


@db
def test_work_of_a_worker_that_is_killed_is_done_by_the_next(site, rows):
    rule, key = rule_id(storm.crashes_at_first, "crash"), "tasks"
    site.worker.kill()
    DjangoTasksDispatcher().dispatch(rule_ids=[rule], rule_kwargs={rule: [{"key": key}]})
    site.worker.start()
    until(lambda: storm.is_done_after_a_crash(key), "the task is run again", 120)
    until(lambda: rows.get(task_path=WORK).status == "SUCCESSFUL", "the row says so")
    assert len(rows.get(task_path=WORK).worker_ids) == 2
    site.worker.kill()


def test_a_task_that_always_fails_is_given_up(site, rows, settings):
    from restflow.dispatch.tasks import worker

    use(settings, RETRIES=2)
    task = worker.run_cache_rules
    for attempt in (1, 2, 3):
        worker._try_again(task, [DROP], {}, {}, attempt)
    waiting = [row.args_kwargs["args"][3] for row in rows.order_by("run_after")]
    assert waiting == [2, 3]


@pytest.mark.parametrize(
    ("options", "error", "essence"),
    [
        ({"queue": ""}, TypeError, "queue"),
        ({"backend": None}, TypeError, "backend"),
        ({"priority": 101}, ValueError, "priority"),
        ({"priority": "high"}, ValueError, "priority"),
        ({"retries": 1}, TypeError, "retries"),
    ],
    ids=str,
)
def test_options_that_make_no_sense_are_refused(options, error, essence):
    with pytest.raises(error, match=essence):
        DjangoTasksDispatcher(**options)


def told():
    return [m for m in run_checks(tags=["restflow"]) if m.id in ("restflow.E308", "restflow.W308")]


def test_the_check_tells_what_is_not_configured(site, settings, monkeypatch):
    use(settings)
    assert told() == []
    use(settings, BACKEND="nowhere")
    assert "no backend 'nowhere'" in told()[0].msg
    assert "TASKS" in told()[0].hint
    use(settings, QUEUE="nowhere")
    assert "nowhere" in told()[0].msg
    assert "QUEUES" in told()[0].hint
    use(settings, BACKEND="dummy")
    assert [m.id for m in told()] == ["restflow.W308"]
    use(settings)
    monkeypatch.setattr(_framework, "find_spec", lambda name: None)
    assert "pip install django-tasks" in told()[0].msg
