"""A transaction sees its own writes, and nobody sees what is not committed."""

import threading

import pytest
from asgiref.sync import async_to_sync
from caching_testapp.models import Author, Book
from django.db import IntegrityError, connection, connections, transaction
from django.http import JsonResponse
from django.urls import path

from restflow.caching import CACHE_MISSING, ArgsKeyField, InvalidationRule, _transactions

KEY = {"author_id": ArgsKeyField("author_id", partition=True)}
db = pytest.mark.django_db(transaction=True)


def titles(face, **options):
    def load(author_id):
        return sorted(Book.objects.filter(author_id=author_id).values_list("title", flat=True))

    rule = InvalidationRule(model=Book, field_mapping={"author_id": "author_id"}, trigger_on_create=True, **options)
    if face.is_async:
        from asgiref.sync import sync_to_async

        from restflow.caching import cache_result

        inner = load

        async def load(author_id):
            return await sync_to_async(inner)(author_id)

        return cache_result(key_constructor=KEY, invalidates_on=[rule])(load)
    return face.cache(load, key_constructor=KEY, invalidates_on=[rule])


@pytest.fixture
def authors():
    return [Author.objects.create(name=name) for name in ("one", "two")]


@db
def test_own_writes_are_seen_and_never_enter_the_cache(face, authors):
    load = titles(face)
    one, two = (author.pk for author in authors)
    assert face(load, one) == face(load, two) == []
    with transaction.atomic():
        Book.objects.create(title="x", author=authors[0])
        assert face.status(load, one) == "BYPASS"
        assert face(load, one) == ["x"]
        assert face.do(load, "get_cache_only", one) is CACHE_MISSING
        assert face.status(load, two) == "HIT"  # other partitions go on hitting
        transaction.set_rollback(True)
    assert face.status(load, one) == "HIT"
    assert face(load, one) == []
    with transaction.atomic():
        Book.objects.create(title="y", author=authors[0])
    assert face.status(load, one) == "MISS"
    assert face(load, one) == ["y"]


@db
def test_another_thread_keeps_the_committed_value_meanwhile(face, authors, threads):
    load = titles(face)
    one = authors[0].pk
    face(load, one)
    with transaction.atomic():
        Book.objects.create(title="x", author=authors[0])
        assert threads(lambda: face.do(load, "get_cache_only", one)) == [[]]


@db
def test_a_savepoints_rollback_ends_its_part(face, authors):
    load = titles(face)
    one, two = (author.pk for author in authors)
    face(load, one), face(load, two)
    with transaction.atomic():
        Book.objects.create(title="x", author=authors[0])
        with transaction.atomic():
            Book.objects.create(title="y", author=authors[1])
            assert face.status(load, two) == "BYPASS"
            transaction.set_rollback(True)
        assert face.status(load, two) == "HIT"
        assert face.status(load, one) == "BYPASS"


@db
def test_an_error_in_the_middle_leaves_no_connection_bypassing(face, authors):
    load = titles(face)
    one = authors[0].pk
    face(load, one)
    with pytest.raises(IntegrityError), transaction.atomic():  # noqa: PT012
        book = Book.objects.create(title="x", author=authors[0])
        Book.objects.create(pk=book.pk, author=authors[0])
    assert face.status(load, one) == "HIT"
    assert not _transactions.open_changes(connection)
    with transaction.atomic():
        assert face.status(load, one) == "HIT"


@db
def test_a_request_that_is_one_transaction_sees_its_own_writes_and_leaks_none(authors, client, settings, monkeypatch):
    from restflow.caching import cache_result

    one = authors[0].pk
    rule = InvalidationRule(model=Book, field_mapping={"author_id": "author_id"}, trigger_on_create=True)

    @cache_result(key_constructor=KEY, invalidates_on=[rule])
    def load(author_id):
        return sorted(Book.objects.filter(author_id=author_id).values_list("title", flat=True))

    def view(request):
        Book.objects.create(title=request.GET["title"], author_id=one)
        value, metadata = load.get_with_metadata(one)
        if "fail" in request.GET:
            raise IntegrityError
        return JsonResponse({"value": value, "status": metadata["cache_status"], "stored": metadata["stored"]})

    settings.ROOT_URLCONF = type("Urls", (), {"urlpatterns": [path("write/", view)]})
    monkeypatch.setitem(connections.settings["default"], "ATOMIC_REQUESTS", True)
    assert load(one) == []
    assert client.get("/write/?title=a").json() == {"value": ["a"], "status": "BYPASS", "stored": False}
    assert load.get_with_metadata(one)[1]["cache_status"] == "MISS"
    with pytest.raises(IntegrityError):
        client.get("/write/?title=b&fail=1")
    value, metadata = load.get_with_metadata(one)
    assert (value, metadata["cache_status"]) == (["a"], "HIT")


@db
def test_a_function_that_writes_what_it_is_made_from_is_not_stored(authors):
    from restflow.caching import cache_result

    rule = InvalidationRule(model=Book, field_mapping={"author_id": "author_id"}, trigger_on_create=True)

    @cache_result(key_constructor=KEY, invalidates_on=[rule])
    def load(author_id):
        Book.objects.create(author_id=author_id)
        return 1

    with transaction.atomic():
        assert load.get_with_metadata(authors[0].pk)[1]["stored"] is False


@pytest.mark.django_db
def test_a_test_case_sees_fresh_data_after_a_change(face, authors, django_capture_on_commit_callbacks):
    load = titles(face)
    one = authors[0].pk
    assert face(load, one) == []
    with django_capture_on_commit_callbacks(execute=True):
        Book.objects.create(title="x", author=authors[0])
        Book.objects.create(title="y", author=authors[0])
        assert face(load, one) == ["x", "y"]
    assert face.status(load, one) == "MISS"
    assert face.status(load, one) == "HIT"
    Book.objects.create(title="z", author=authors[0])
    assert face.status(load, one) == "BYPASS"


@pytest.mark.needs("postgres")
@pytest.mark.django_db(transaction=True, databases=["default", "postgres"])
def test_each_database_commits_for_itself():
    if "postgres" not in connections.settings:
        pytest.skip("no psycopg in this environment")
    from restflow.caching import cache_result

    rules = [
        InvalidationRule(model=Author, field_mapping={"name": "name"}, using="postgres", trigger_on_create=True),
    ]

    @cache_result(key_constructor={"name": ArgsKeyField("name", partition=True)}, invalidates_on=rules)
    def load(name):
        return name

    load("a")
    Author.objects.using("default").create(name="a")
    assert load.get_cache_only("a") == "a"
    with transaction.atomic(using="default"):
        Author.objects.using("postgres").create(name="a")  # in autocommit: at once
        assert load.get_cache_only("a") is CACHE_MISSING
    load("a")
    with transaction.atomic(using="postgres"):
        Author.objects.using("postgres").create(name="a")
        with transaction.atomic(using="default"):
            Author.objects.using("default").create(name="b")
        assert load.get_with_metadata("a")[1]["cache_status"] == "BYPASS"
    assert load.get_cache_only("a") is CACHE_MISSING


@pytest.mark.needs("postgres")
@pytest.mark.django_db(transaction=True, databases=["default", "postgres"])
@pytest.mark.parametrize("level", ["READ_COMMITTED", "REPEATABLE_READ", "SERIALIZABLE"])
def test_values_of_an_old_snapshot_are_returned_and_not_stored(face, level):
    psycopg = pytest.importorskip("psycopg")
    from django.test import override_settings

    connections["postgres"].close()
    isolation = getattr(psycopg.IsolationLevel, level)
    options = connections.settings["postgres"].setdefault("OPTIONS", {})
    options["isolation_level"] = isolation
    connections["postgres"].isolation_level = isolation
    load = face.cache(lambda n: n)
    try:
        with override_settings():
            _transactions._snapshots.clear()
            keeps = level != "READ_COMMITTED"
            with transaction.atomic(using="postgres"):
                metadata = face.do(load, "get_with_metadata", 1)[1]
                assert (metadata["cache_status"], metadata["stored"]) == ("MISS", not keeps)
            face(load, 1)
            with transaction.atomic(using="postgres"):
                assert face.status(load, 1) == "HIT"
    finally:
        del options["isolation_level"]
        connections["postgres"].close()
        connections["postgres"].isolation_level = psycopg.IsolationLevel.READ_COMMITTED
        _transactions._snapshots.clear()


@db
def test_a_wipe_of_an_async_function_inside_a_transaction_is_repeated_after_the_commit(authors):
    from restflow.caching import cache_result

    @cache_result(key_constructor=KEY)
    async def load(author_id):
        return 1

    with transaction.atomic():
        async_to_sync(load.adelete_by_prefix)(author_id=1)
        async_to_sync(load)(1)
    assert async_to_sync(load.aget_cache_only)(1) is CACHE_MISSING


@db
def test_changes_of_many_threads_stay_with_their_own_connections(authors, threads):
    from restflow.caching import cache_result

    barrier = threading.Barrier(2)

    @cache_result(key_constructor=KEY)
    def load(author_id):
        return 1

    def bystander():
        barrier.wait(10)
        status = load.get_with_metadata(1)[1]["cache_status"]
        barrier.wait(10)
        return status

    def writer():
        with transaction.atomic():
            changes = _transactions.changes_for("default", lambda together: None)
            changes.items.append(
                type("Item", (), {"doomed": lambda self: {(load.alias, 1, load.plan.function_token)}})()
            )
            barrier.wait(10)
            barrier.wait(10)
            own = load.get_with_metadata(1)[1]["cache_status"]
            transaction.set_rollback(True)
        return own

    assert threads(bystander, writer) == ["MISS", "BYPASS"]
