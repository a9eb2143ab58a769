"""The built-in dispatchers keep the contract; work is coalesced, identified and never lost."""

import asyncio
import json
import subprocess
import sys
import threading

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from caching_testapp.models import Author, Book
from django.db import transaction

import restflow.caching
from restflow.caching import (
    CACHE_MISSING,
    ArgsKeyField,
    AsyncIODispatcher,
    CacheRegister,
    Dispatcher,
    InlineDispatcher,
    InvalidationRule,
    PayloadError,
    ThreadPoolDispatcher,
    cache_result,
    register_dispatcher,
    registered_dispatcher_names,
)
from restflow.caching.dispatchers import event_loop
from restflow.caching.dispatchers.registry import plugins
from restflow.caching.signals import invalidation_failed
from restflow.caching.tasks import arun_cache_rules, run_cache_rules
from restflow.caching.testing import DispatcherContract
from restflow.core import PluginError

KEY = {"author_id": ArgsKeyField("author_id", partition=True)}


class TestInline(DispatcherContract):
    dispatcher = "inline"


class TestThreadPool(DispatcherContract):
    dispatcher = ThreadPoolDispatcher
    config = {"max_workers": 2}


class TestAsyncIO(DispatcherContract):
    dispatcher = "asyncio"


class Recording(Dispatcher):
    """Keeps what it is given."""

    name = "recording"
    options = ("queue",)
    sent: list = []
    refuses = False

    def dispatch(self, *, rule_ids, rule_kwargs, **context):
        if type(self).refuses:
            raise ConnectionError("the broker is down")
        assert json.loads(json.dumps([rule_ids, rule_kwargs, context])) == [rule_ids, rule_kwargs, context]
        self.sent.append((rule_ids, rule_kwargs, context))


@pytest.fixture
def sent():
    register_dispatcher(Recording)
    Recording.sent.clear()
    Recording.refuses = False
    yield Recording.sent
    plugins.unregister("recording")


def rule(**options):
    return InvalidationRule(
        **{"model": Book, "field_mapping": {"author_id": "author_id"}, "dispatcher": "recording", **options}
    )


def cached(*rules):
    def load(author_id):
        return author_id

    return cache_result(key_constructor=KEY, invalidates_on=list(rules))(load)


@pytest.fixture
def author():
    return Author.objects.create(name="one")


db = pytest.mark.django_db(transaction=True)


@db
def test_ten_thousand_rows_of_one_transaction_are_twenty_dispatches(sent):
    kept = cached(rule())
    authors = Author.objects.bulk_create(Author(name=str(n)) for n in range(10_000))
    books = Book.objects.bulk_create(Book(author=author) for author in authors)
    with transaction.atomic():
        for book in books:
            book.save()
        assert sent == []
    assert len(sent) == 20
    wiped = [given["author_id"] for _, kwargs, _ in sent for listed in kwargs.values() for given in listed]
    assert sorted(wiped) == sorted(author.pk for author in authors)
    assert kept


@db
def test_ten_thousand_saves_of_one_row_are_one_dispatch(sent, author):
    kept = cached(rule())
    book = Book.objects.create(author=author)
    with transaction.atomic():
        for _ in range(10_000):
            book.save(update_fields=["title"])
    ((rule_ids, rule_kwargs, context),) = sent
    assert rule_kwargs[rule_ids[0]] == [{"author_id": author.pk}]
    assert (context["pk"], context["using"], context["payload_version"]) == (book.pk, "default", 1)
    assert kept


@db
def test_savepoints_do_not_multiply_dispatches(sent, author):
    kept = cached(rule(trigger_on_create=True))
    with transaction.atomic():
        for number in range(50):
            Book.objects.update_or_create(title=str(number), defaults={"author": author})
    assert len(sent) == 1
    assert kept


@db
def test_rules_of_one_batch_key_share_a_dispatch_where_they_may(sent, author):
    together = [rule(batch=True), rule(batch=True, name="b"), rule(name="alone")]
    together.append(rule(batch=True, name="elsewhere", dispatcher_config={"queue": "q"}))
    kept = cached(*together)
    Book.objects.create(author=author).save()
    assert sorted(len(ids) for ids, _, _ in sent) == [1, 1, 2]
    assert kept


@db
@pytest.mark.parametrize("policy", ["inline", "raise", "log"])
def test_refused_work_is_done_in_place_raised_or_logged(sent, author, settings, policy, caplog):
    settings.RESTFLOW_SETTINGS = {"CACHE_SETTINGS": {"ON_DISPATCH_ERROR": policy}}
    load = cached(rule())
    book = Book.objects.create(author=author)
    load(author.pk)
    Recording.refuses = True
    told, others = [], []

    def receiver(sender, rule_id, exception, **kwargs):
        told.append(type(exception))

    invalidation_failed.connect(receiver)
    try:
        if policy == "raise":
            with pytest.raises(ConnectionError):
                book.save()
        else:
            with transaction.atomic():
                book.save()
                transaction.on_commit(lambda: others.append(1))
            assert others == [1]
    finally:
        invalidation_failed.disconnect(receiver)
    assert told == [ConnectionError]
    assert (load.get_cache_only(author.pk) is CACHE_MISSING) == (policy == "inline")
    assert any(record.levelname == ("WARNING" if policy == "inline" else "ERROR") for record in caplog.records)


@db
@pytest.mark.parametrize(
    ("own", "setting", "raises"), [(True, False, True), (False, True, False), (None, True, True), (None, False, False)]
)
def test_a_failing_run_raises_where_rule_or_settings_say_so(author, settings, own, setting, raises):
    settings.RESTFLOW_SETTINGS = {"CACHE_SETTINGS": {"DISPATCHER_RAISE_EXCEPTION": setting}}

    @cache_result(key_constructor=KEY, invalidates_on=[rule(dispatcher="inline", rewarm=True, raise_exception=own)])
    def load(author_id):
        raise LookupError("broken")

    book = Book.objects.create(author=author)
    if raises:
        with pytest.raises(LookupError):
            book.save()
    else:
        book.save()


@db
def test_a_dispatcher_that_is_not_there_loses_no_invalidation(author):
    load = cached(rule(dispatcher="celry"))
    book = Book.objects.create(author=author)
    load(author.pk)
    with pytest.raises(PluginError):
        next(r for r in [CacheRegister.get_rule(f"{load.func.__module__}:{load.func.__qualname__}#0")]).get_dispatcher()
    book.save()
    assert load.get_cache_only(author.pk) is CACHE_MISSING


@db
def test_a_dispatcher_that_cannot_say_its_batch_key_loses_no_invalidation(sent, author, monkeypatch):
    def fail(self):
        raise TypeError("a setting makes no sense")

    monkeypatch.setattr(Recording, "batch_key", fail)
    load = cached(rule(batch=True))
    book = Book.objects.create(author=author)
    load(author.pk)
    book.save()
    assert load.get_cache_only(author.pk) is CACHE_MISSING
    assert sent == []


def test_registration():
    with pytest.raises(TypeError):
        register_dispatcher(int)
    with pytest.raises(ValueError, match="name"):
        register_dispatcher(type("Nameless", (InlineDispatcher,), {"name": ""}))
    assert {"inline", "threadpool", "asyncio"} <= set(registered_dispatcher_names())
    with pytest.raises(TypeError, match="max_workers"):
        ThreadPoolDispatcher(max_worker=1)
    with pytest.raises(ValueError, match="positive"):
        ThreadPoolDispatcher(max_workers=0)


def test_settings_blocks_are_merged_over_defaults_and_checked(settings):
    settings.RESTFLOW_SETTINGS = {
        "CACHE_SETTINGS": {"DISPATCHER_SETTINGS": {"threadpool": {"MAX_WORKERS": 9}, "third": {"A": 1}}}
    }
    assert ThreadPoolDispatcher.settings() == {"MAX_WORKERS": 9}
    assert ThreadPoolDispatcher(max_workers=2).option("max_workers") == 2
    settings.RESTFLOW_SETTINGS = {"CACHE_SETTINGS": {"DISPATCHER_SETTINGS": {"threadpool": {"MAX_WORKER": 9}}}}
    with pytest.raises(TypeError, match="MAX_WORKERS"):
        ThreadPoolDispatcher.settings()


def test_broker_classes_are_looked_up_when_asked_for():
    name = "celery" in plugins
    if name:
        assert restflow.caching.CeleryDispatcher.name == "celery"
    else:
        with pytest.raises(PluginError, match="pip install restflow-dispatch-celery"):
            _ = restflow.caching.CeleryDispatcher
    with pytest.raises(AttributeError):
        _ = restflow.caching.NoSuchDispatcher


@db
def test_a_worker_skips_what_is_gone_and_refuses_what_is_newer(caplog):
    run_cache_rules(["os:gone#0", 17, "no.such.module:f#0"], {})
    assert caplog.text.count("is skipped") == 3
    with pytest.raises(PayloadError):
        run_cache_rules([], {}, context={"payload_version": 2})
    with pytest.raises(PayloadError):
        async_to_sync(arun_cache_rules)([], {}, context={"payload_version": 2})


@db
def test_a_worker_takes_one_dict_where_a_list_is_expected(author):
    load = cached(rule())
    rule_id = f"{load.func.__module__}:{load.func.__qualname__}#0"
    for run in (run_cache_rules, async_to_sync(arun_cache_rules)):
        load(author.pk)
        run([rule_id], {rule_id: {"author_id": author.pk}})
        assert load.get_cache_only(author.pk) is CACHE_MISSING


WORKER = """
import django
from django.conf import settings
settings.configure(
    CACHES={{"default": {caches!r}}},
    INSTALLED_APPS=["django.contrib.contenttypes", "restflow.caching"],
    DATABASES={{"default": {{"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}}},
    USE_TZ=True,
)
django.setup()
import sys
from restflow.caching.tasks import run_cache_rules
assert "restflow.caching.testing.functions" not in sys.modules
run_cache_rules({ids!r}, {kwargs!r})
"""


def test_a_worker_process_from_scratch_finds_the_rule(redis_backend, settings):
    from restflow.caching.testing import functions

    functions.remembered("here"), functions.remembered("there")
    rule_id = functions.rule_id(functions.remembered, "drop")
    code = WORKER.format(caches=dict(settings.CACHES["default"]), ids=[rule_id], kwargs={rule_id: [{"key": "here"}]})
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
    assert functions.remembered.get_cache_only("here") is CACHE_MISSING
    assert functions.remembered.get_cache_only("there") == "there"


@db
def test_the_loops_task_does_not_keep_a_save_waiting(author):
    events, ran_on = {}, []

    @cache_result(key_constructor=KEY, invalidates_on=[rule(dispatcher="asyncio", rewarm=True)])
    async def load(author_id):
        if "saved" in events:
            await asyncio.wait_for(events["saved"].wait(), 10)
            ran_on.append(threading.get_ident())
        return author_id

    async def scene():
        book = await Book.objects.acreate(author=author)
        await load(author.pk)
        events["saved"] = asyncio.Event()
        await book.asave()  # returns, although the rule waits for what comes after it
        events["saved"].set()
        await asyncio.gather(*event_loop._tasks)
        return threading.get_ident()

    assert async_to_sync(scene)() == ran_on[0]
    assert AsyncIODispatcher().flush(5)


@db
def test_without_a_loop_the_asyncio_dispatcher_works_in_place(author):
    load = cached(rule(dispatcher="asyncio"))
    book = Book.objects.create(author=author)
    load(author.pk)
    book.save()
    assert load.get_cache_only(author.pk) is CACHE_MISSING


@db
def test_async_saves_and_sections_invalidate(author):
    load = cached(rule(dispatcher="inline"))

    async def scene():
        book = await Book.objects.acreate(author=author)
        load(author.pk)
        await book.asave()
        first = await load.aget_cache_only(author.pk)
        load(author.pk)

        def section():
            with transaction.atomic():
                book.save()

        await sync_to_async(section)()
        return first, await load.aget_cache_only(author.pk)

    assert async_to_sync(scene)() == (CACHE_MISSING, CACHE_MISSING)
