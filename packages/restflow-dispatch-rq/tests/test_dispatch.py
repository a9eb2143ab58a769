"""What a job is made of, where it goes, and what happens where it cannot go there."""

import json

import pytest
import redis
from django.core.checks import run_checks
from django.db import connection, transaction
from rq import Queue
from rq.job import Job
from rq.serializers import JSONSerializer

import restflow.caching.dispatchers.base
from restflow.caching import CACHE_MISSING
from restflow.caching.dispatchers.base import InPlaceError
from restflow.caching.testing import functions
from restflow.caching.testing.functions import rule_id
from restflow.dispatch.rq import DjangoRqDispatcher
from testsite import storm
from testsite.processes import until

DROP = rule_id(functions.remembered, "drop")
db = pytest.mark.django_db(transaction=True)


def send(made, key="k", **context):
    made.dispatch(rule_ids=[DROP], rule_kwargs={DROP: [{"key": key}]}, payload_version=1, **context)


def use(settings, queue, **options):
    block = {"DEFAULT_DISPATCHER": "django_rq", "DISPATCHER_SETTINGS": {"django_rq": {"QUEUE": queue}}}
    settings.RESTFLOW_SETTINGS = {"CACHE_SETTINGS": {**block, **options}}


@pytest.fixture
def queue(site):
    """An RQ queue that no worker reads, empty before and after."""
    from django_rq import get_queue

    found = get_queue("other")
    found.empty()
    yield found
    found.empty()


def only_job(queue: Queue) -> Job:
    (job_id,) = queue.get_job_ids()
    return Job.fetch(job_id, connection=queue.connection, serializer=queue.serializer)


def test_a_job_is_json_and_tells_nobody_its_arguments(queue):
    send(DjangoRqDispatcher(queue="other"), key="secret", pk=5)
    job = only_job(queue)
    assert queue.serializer is JSONSerializer
    path, _, args, kwargs = json.loads(job.data)
    assert path == "restflow.caching.tasks.run_cache_rules"
    assert args == [[DROP], {DROP: [{"key": "secret"}]}]
    assert kwargs == {"dispatcher_name": "django_rq", "context": {"payload_version": 1, "pk": 5}}
    assert (job.retries_left, job.timeout, job.result_ttl) == (5, 60, 0)
    assert "secret" not in job.description


def test_a_queue_with_rqs_own_serializer_carries_plain_values(site):
    from django_rq import get_queue

    queue = get_queue("pickled")
    queue.empty()
    send(DjangoRqDispatcher(queue="pickled"))
    job = only_job(queue)
    assert json.loads(json.dumps([*job.args, job.kwargs])) == [*job.args, job.kwargs]
    queue.empty()


def test_options_win_over_the_block(queue, settings):
    block = {"QUEUE": "broken", "RETRIES": 2, "JOB_TIMEOUT": 7}
    settings.RESTFLOW_SETTINGS = {"CACHE_SETTINGS": {"DISPATCHER_SETTINGS": {"django_rq": block}}}
    send(DjangoRqDispatcher(queue="other", retries=0))
    job = only_job(queue)
    assert (job.retries_left, job.timeout) == (None, 7)


@db
def test_the_commit_mode_of_the_project_does_not_hold_a_job_back(queue, settings):
    for mode in ("on_db_commit", "request_finished"):
        settings.RQ = {"COMMIT_MODE": mode}
        with transaction.atomic():
            send(DjangoRqDispatcher(queue="other"))
            transaction.set_rollback(True)
    assert queue.count == 2


@db
def test_ten_thousand_rows_of_one_transaction_are_twenty_jobs(queue, settings):
    use(settings, "other")
    storm.change_ten_thousand_rows()
    jobs = [Job.fetch(job_id, connection=queue.connection, serializer=JSONSerializer) for job_id in queue.get_job_ids()]
    sent = [given["number"] for job in jobs for listed in job.args[1].values() for given in listed]
    assert len(jobs) == 20
    assert len(set(sent)) == 10_000


@db
@pytest.mark.parametrize("policy", ["inline", "log", "raise"])
def test_a_broker_that_is_down_loses_nothing_unless_the_project_says_so(site, settings, policy):
    use(settings, "broken", ON_DISPATCH_ERROR=policy)
    storm.change_one_while_the_broker_is_down(policy, redis.exceptions.ConnectionError)


@db
def test_a_queue_that_is_not_async_works_in_place_and_without_redis(site, settings):
    use(settings, "eager")
    storm.truth[1] = 0
    storm.value_of(1)
    opened = connection.connection
    storm.change_one(1)
    assert storm.value_of.get_cache_only(1) is CACHE_MISSING
    assert connection.connection is opened


def test_in_place_a_rule_that_fails_raises_its_own_error(site):
    fails = rule_id(functions.fails_at_first, "fail")
    with pytest.raises(InPlaceError) as caught:
        DjangoRqDispatcher(queue="eager").dispatch(rule_ids=[fails], rule_kwargs={fails: [{"key": "in-place"}]})
    assert isinstance(caught.value.original, ConnectionError)


called: list = []


def projects_own(rule_ids, rule_kwargs, **options):
    called.append((rule_ids, rule_kwargs, options))
    if rule_kwargs[DROP][0]["key"] == "bad":
        raise LookupError("no")


def test_in_place_the_projects_own_function_is_called(site, monkeypatch):
    monkeypatch.setattr(restflow.caching.dispatchers.base, "import_string", lambda path: projects_own)
    made = DjangoRqDispatcher(queue="eager", function_path="project.tasks.run")
    send(made)
    assert called == [
        ([DROP], {DROP: [{"key": "k"}]}, {"dispatcher_name": "django_rq", "context": {"payload_version": 1}})
    ]
    with pytest.raises(InPlaceError, match="no"):
        send(made, key="bad")


@db
def test_work_of_a_worker_that_is_killed_is_done_by_the_next(site, settings):
    use(settings, "restflow")
    rule = rule_id(storm.crashes_at_first, "crash")
    key = DjangoRqDispatcher.name
    site.worker.kill()
    made = DjangoRqDispatcher(queue="restflow")
    made.dispatch(rule_ids=[rule], rule_kwargs={rule: [{"key": key}]})
    site.worker.start()
    until(lambda: storm.is_done_after_a_crash(key), "the job is run again", 120)
    site.worker.kill()


@pytest.mark.parametrize(
    ("options", "error", "essence"),
    [
        ({"queue": ""}, TypeError, "queue"),
        ({"queue": 3}, TypeError, "queue"),
        ({"function_path": "run"}, ValueError, "dotted path"),
        ({"retries": -1}, ValueError, "retries"),
        ({"retries": True}, ValueError, "retries"),
        ({"job_timeout": 0}, ValueError, "job_timeout"),
        ({"que": "x"}, TypeError, "queue"),
    ],
    ids=str,
)
def test_options_that_make_no_sense_are_refused(options, error, essence):
    with pytest.raises(error, match=essence):
        DjangoRqDispatcher(**options)


def told(settings):
    own = ("restflow.E306", "restflow.E308")
    return [(m.id, m.msg, m.hint) for m in run_checks(tags=["restflow"]) if m.id in own]


def test_the_check_tells_what_is_not_configured(site, settings):
    use(settings, "restflow")
    assert told(settings) == []
    use(settings, "nowhere")
    ((check, message, hint),) = told(settings)
    assert check == "restflow.E308"
    assert "'nowhere'" in message
    assert "'restflow'" in message
    assert "RQ_QUEUES" in hint
    with pytest.raises(LookupError, match="nowhere"):
        send(DjangoRqDispatcher())
    del settings.RQ_QUEUES
    assert "it has none" in told(settings)[0][1]
    use(settings, "restflow", DISPATCHER_SETTINGS={"django_rq": {"QUEU": "x"}})
    ((check, message, _),) = told(settings)
    assert check == "restflow.E306"
    assert "'QUEU'" in message
