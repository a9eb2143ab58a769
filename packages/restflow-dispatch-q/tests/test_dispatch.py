"""What a task is made of, where it goes, and what happens where it cannot go there."""

import json

import pytest
import redis
from django.core.checks import run_checks
from django.db import DatabaseError, connection, connections, transaction

from restflow.caching import CACHE_MISSING
from restflow.caching.dispatchers.base import InPlaceError
from restflow.caching.testing import functions
from restflow.caching.testing.functions import rule_id
from restflow.dispatch.q import DjangoQDispatcher
from testsite import storm
from testsite.processes import until

DROP = rule_id(functions.remembered, "drop")
ALIAS = "restflow_q"
db = pytest.mark.django_db(transaction=True)
on_redis = pytest.mark.parametrize("site", ["redis"], indirect=True)
on_orm = pytest.mark.parametrize("site", ["orm"], indirect=True)
on_both = pytest.mark.parametrize("site", ["redis", "orm"], indirect=True)


def send(made, key="k", **context):
    made.dispatch(rule_ids=[DROP], rule_kwargs={DROP: [{"key": key}]}, payload_version=1, **context)


def use(settings, **options):
    settings.RESTFLOW_SETTINGS = {"CACHE_SETTINGS": {"DEFAULT_DISPATCHER": "django_q", **options}}


@pytest.fixture
def waiting(site):
    """The tasks that wait in the queue of a cluster without workers."""
    from django_q.brokers import get_broker
    from django_q.signing import SignedPackage

    site.worker.kill()
    brokers = [get_broker(name) for name in (None, "other")]

    def tasks(cluster=None):
        broker = get_broker(cluster)
        if site.kind == "orm":
            payloads = broker.get_connection().filter(key=broker.list_key).values_list("payload", flat=True)
        else:
            payloads = broker.connection.lrange(broker.list_key, 0, -1)
        return [SignedPackage.loads(payload) for payload in payloads]

    for broker in brokers:
        broker.purge_queue()
    yield tasks
    for broker in brokers:
        broker.purge_queue()


@on_both
def test_a_task_carries_json_in_the_queue_of_its_cluster(waiting):
    send(DjangoQDispatcher(cluster="other", group="invalidation"), pk=5)
    assert waiting() == []
    (task,) = waiting("other")
    assert task["func"] == "restflow.caching.tasks.run_cache_rules"
    assert task["group"] == "invalidation"
    args = [[DROP], {DROP: [{"key": "k"}]}]
    assert json.loads(json.dumps(task["args"])) == args
    assert task["kwargs"] == {"dispatcher_name": "django_q", "context": {"payload_version": 1, "pk": 5}}
    assert task["ack_failure"] is False


@db
@on_redis
def test_ten_thousand_rows_of_one_transaction_are_twenty_tasks(waiting, settings):
    use(settings)
    storm.change_ten_thousand_rows()
    tasks = waiting()
    sent = [given["number"] for task in tasks for listed in task["args"][1].values() for given in listed]
    assert len(tasks) == 20
    assert len(set(sent)) == 10_000


@db
@on_redis
@pytest.mark.parametrize("policy", ["inline", "log", "raise"])
def test_a_broker_that_is_down_loses_nothing_unless_the_project_says_so(site, settings, policy, monkeypatch):
    from django_q.conf import Conf

    monkeypatch.setattr(Conf, "REDIS", site.dead)
    settings.Q_CLUSTER = {**site.cluster, "redis": site.dead}
    use(settings, ON_DISPATCH_ERROR=policy)
    storm.change_one_while_the_broker_is_down(policy, redis.exceptions.ConnectionError)


@on_orm
def test_a_task_never_hangs_on_a_transaction_of_the_brokers_database(site, waiting):
    with transaction.atomic(using=ALIAS), pytest.raises(RuntimeError, match="rolled back"):
        send(DjangoQDispatcher())
    assert waiting() == []


@on_orm
def test_a_connection_that_a_restart_of_the_database_has_broken_is_opened_anew(site, waiting):
    made = DjangoQDispatcher()
    send(made)
    site.server.stop()
    try:
        with pytest.raises(DatabaseError):
            send(made)
    finally:
        site.server.start()
    send(made)
    assert len(waiting()) == 2


@on_orm
def test_the_callers_connections_stay_open(site, waiting):
    made = DjangoQDispatcher()
    send(made)
    opened = connections[ALIAS].connection
    send(made)
    assert connections[ALIAS].connection is opened
    assert len(waiting()) == 2


@db
@on_redis
def test_a_cluster_in_sync_works_in_place_and_without_its_broker(site, settings):
    settings.Q_CLUSTER = {**site.cluster, "sync": True, "redis": site.dead}
    use(settings)
    storm.truth[1] = 0
    storm.value_of(1)
    opened = connection.connection
    storm.change_one(1)
    assert storm.value_of.get_cache_only(1) is CACHE_MISSING
    assert connection.connection is opened
    fails = rule_id(functions.fails_at_first, "fail")
    with pytest.raises(InPlaceError) as caught:
        DjangoQDispatcher().dispatch(rule_ids=[fails], rule_kwargs={fails: [{"key": "in-place"}]})
    assert isinstance(caught.value.original, ConnectionError)


@on_both
def test_work_of_a_worker_that_is_killed_is_done_by_the_next(site, waiting):
    rule, key = rule_id(storm.crashes_at_first, "crash"), site.kind
    DjangoQDispatcher().dispatch(rule_ids=[rule], rule_kwargs={rule: [{"key": key}]})
    site.worker.start()
    until(lambda: storm.is_done_after_a_crash(key), "the task is run again", 120)
    site.worker.kill()


@on_redis
def test_the_broker_keeps_what_is_taken_until_it_is_done(site, waiting, monkeypatch):
    from django_q.brokers import get_broker
    from django_q.conf import Conf

    monkeypatch.setattr(Conf, "POLL", 0)
    broker = get_broker()
    for task in ("first", "second"):
        broker.enqueue(task)
    ((first, text),) = broker.dequeue()
    assert text == b"first"
    monkeypatch.setattr(Conf, "RETRY", -5)  # its time is over as soon as it is taken
    ((second, text),) = broker.dequeue()
    assert (text, broker.queue_size(), broker.lock_size()) == (b"second", 0, 2)
    assert broker.dequeue() == [(second, b"second")]
    broker.acknowledge(second)
    assert (broker.dequeue(), broker.lock_size()) == (None, 1)
    broker.fail(first)
    assert broker.lock_size() == 0
    assert broker.connection.exists(broker._taken, broker._tasks) == 0
    assert "acknowledging" in broker.info()


@pytest.mark.parametrize(
    ("options", "error", "essence"),
    [
        ({"cluster": ""}, TypeError, "cluster"),
        ({"group": 3}, TypeError, "group"),
        ({"function_path": "run"}, ValueError, "dotted path"),
        ({"function_path": None}, TypeError, "function_path"),
        ({"queue": "x"}, TypeError, "cluster"),
    ],
    ids=str,
)
def test_options_that_make_no_sense_are_refused(options, error, essence):
    with pytest.raises(error, match=essence):
        DjangoQDispatcher(**options)


def told():
    return [m for m in run_checks(tags=["restflow"]) if m.id in ("restflow.E308", "restflow.W308")]


@on_redis
def test_the_check_tells_what_is_not_configured_and_what_forgets(site, settings):
    use(settings)
    assert told() == []
    settings.Q_CLUSTER = {key: value for key, value in site.cluster.items() if key != "broker_class"}
    (warning,) = told()
    assert warning.id == "restflow.W308"
    assert "AcknowledgingRedis" in warning.hint
    use(settings, DISPATCHER_SETTINGS={"django_q": {"CLUSTER": "nowhere"}})
    (error,) = told()
    assert "'nowhere'" in error.msg
    assert "ALT_CLUSTERS" in error.hint
    settings.INSTALLED_APPS = [app for app in settings.INSTALLED_APPS if app != "django_q"]
    use(settings)
    assert "INSTALLED_APPS" in told()[0].msg
    del settings.Q_CLUSTER
    (error,) = told()
    assert "no Q_CLUSTER" in error.msg
    with pytest.raises(LookupError, match="Q_CLUSTER"):
        send(DjangoQDispatcher())
