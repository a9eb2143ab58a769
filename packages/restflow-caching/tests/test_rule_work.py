"""What rules do once they fire, and the helpers that make them fire by hand."""

import pytest
from caching_testapp.books import books_of, cached, rule
from caching_testapp.models import Author, Book, Note
from django.core import serializers
from django.db import transaction

from restflow.caching import (
    CACHE_MISSING,
    ArgsKeyField,
    CacheRegister,
    InvalidationRule,
    cache_result,
    invalidate_instance,
    invalidate_model,
    invalidate_queryset,
)
from restflow.caching.signals import cache_invalidated, invalidation_failed

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def authors():
    return [Author.objects.create(name=name) for name in ("one", "two", "three")]


def test_without_dimensions_the_one_entry_or_everything_is_wiped(authors):
    one = books_of(rule(field_mapping={"author_id": "author_id", "page": "stock"}), constructor={"a": ArgsKeyField()})
    book = Book.objects.create(author=authors[0], stock=2)
    one(authors[0].pk, 2), one(authors[0].pk, 3)
    book.save()
    assert one.get_cache_only(authors[0].pk, 2) is CACHE_MISSING
    assert one.get_cache_only(authors[0].pk, 3) is not CACHE_MISSING
    everything = books_of(rule(), constructor={"a": ArgsKeyField()})
    everything(authors[0].pk), everything(authors[1].pk)
    book.save()
    assert everything.get_cache_only(authors[1].pk) is CACHE_MISSING


def test_rewarming_wipes_the_partition_first_and_recomputes(authors):
    wrapper = books_of(rule(rewarm=True))
    book = Book.objects.create(author=authors[0])
    wrapper(authors[0].pk), wrapper(authors[0].pk, page=2)
    book.save()
    assert wrapper.get_cache_only(authors[0].pk) == 3
    assert wrapper.get_cache_only(authors[0].pk, page=2) is CACHE_MISSING


def test_a_failing_rewarm_leaves_the_entry_wiped_and_is_told(authors, caplog):
    failures = []

    def receiver(sender, rule_id, exception, **kwargs):
        failures.append((rule_id, type(exception)))

    broken = []

    @cache_result(key_constructor={"a": ArgsKeyField("author_id", partition=True)}, invalidates_on=[rule(rewarm=True)])
    def load(author_id):
        if broken:
            raise LookupError("broken")
        return 1

    book = Book.objects.create(author=authors[0])
    load(authors[0].pk)
    broken.append(1)
    invalidation_failed.connect(receiver)
    try:
        book.save()
    finally:
        invalidation_failed.disconnect(receiver)
    assert load.get_cache_only(authors[0].pk) is CACHE_MISSING
    assert failures == [(next(iter(CacheRegister.get_status()["models"]["caching_testapp.Book"]))["id"], LookupError)]


def test_invalidators_get_what_they_declare(authors):
    calls = []

    def some(wrapper, instance, signal_type):
        calls.append((wrapper, instance.pk, signal_type))

    async def all_of_it(wrapper, instance, **extras):
        calls.append((instance.title, extras))

    wrapper = books_of(
        InvalidationRule(model=Book, invalidator=some), InvalidationRule(model=Book, invalidator=all_of_it)
    )
    book = Book.objects.create(author=authors[0], title="old")
    pk = book.pk
    with transaction.atomic():
        book.delete()
        book.title = "later"
    assert calls == [
        (wrapper, pk, CacheRegister.SignalTypes.POST_DELETE),
        (
            "old",
            {"signal_type": "post_delete", "instance_created": False, "update_fields": None, "using": "default"},
        ),
    ]


def test_only_changes_on_the_rules_database_fire(authors):
    wrapper = books_of(rule(using="other"))
    book = Book.objects.create(author=authors[0])
    cached(wrapper, authors)
    book.save()
    assert cached(wrapper, authors)[0]


def test_fixtures_fire(authors):
    wrapper = books_of(rule(trigger_on_create=True))
    book = Book.objects.create(author=authors[0])
    data = serializers.serialize("json", [book])
    cached(wrapper, authors)
    for loaded in serializers.deserialize("json", data):
        loaded.save()
    assert cached(wrapper, authors) == [False, True, True]


def test_explicit_helpers_reach_what_signals_do_not(authors):
    wrapper = books_of(rule(watch_fields=["title"], invalidate_when={"status": "live"}))
    books = [Book.objects.create(author=author) for author in authors]
    cached(wrapper, authors)
    invalidate_instance(books[0])
    assert cached(wrapper, authors) == [False, True, True]
    Book.objects.filter(pk=books[1].pk).update(title="x")
    invalidate_queryset(Book.objects.filter(title="x"))
    assert cached(wrapper, authors) == [True, False, True]
    invalidate_model(Book)
    assert cached(wrapper, authors) == [False, False, False]
    with transaction.atomic():
        invalidate_instance(books[0])
        transaction.set_rollback(True)
    assert cached(wrapper, authors) == [True, True, True]


def test_the_invalidating_queryset_tells_itself(authors):
    wrapper = books_of(rule())
    books = [Book.objects.create(author=author) for author in authors]
    cached(wrapper, authors)
    Book.bulk.filter(pk=books[0].pk).update(author=authors[1])
    assert cached(wrapper, authors) == [False, False, True]
    books[0].author, books[1].author = authors[2], authors[2]
    Book.bulk.bulk_update(books[:2], ["author"])
    assert cached(wrapper, authors) == [True, False, False]
    eager = books_of(rule(trigger_on_create=True))
    cached(eager, authors)
    Book.bulk.bulk_create([Book(author=authors[0])])
    assert cached(eager, authors) == [False, True, True]
    Book.bulk.bulk_create(
        [Book(pk=books[2].pk, author=authors[0])],
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=["author"],
    )
    assert cached(eager, authors) == [False, True, False]


def test_models_without_rules_pay_nothing(django_assert_num_queries):
    note = Note.objects.create(text="a")
    CacheRegister.clear()
    with django_assert_num_queries(1):
        note.save()
    assert not hasattr(Note.objects.get()._state, "restflow_loaded")


def test_signals_tell_what_was_wiped_and_why(authors):
    told = []

    def receiver(sender, partitions, reason, **kwargs):
        told.append((partitions, reason))
        raise RuntimeError("a receiver's own trouble")

    wrapper = books_of(rule())
    book = Book.objects.create(author=authors[0])
    cache_invalidated.connect(receiver)
    try:
        book.save()
        wrapper.delete_by_prefix(author_id=5)
    finally:
        cache_invalidated.disconnect(receiver)
    assert told == [([{"author_id": authors[0].pk}], "rule"), ([{"author_id": 5}], "explicit")]


def test_the_register_knows_its_rules(authors):
    wrapper = books_of(rule(name="mine"), rule())
    path = f"{wrapper.func.__module__}:{wrapper.func.__qualname__}"
    assert CacheRegister.get_rule(f"{path}#mine").name == "mine"
    assert CacheRegister.get_rule(f"{path}#1").name is None
    ids = [entry["id"] for entry in CacheRegister.get_status()["models"]["caching_testapp.Book"]]
    assert {f"{path}#mine", f"{path}#1"} <= set(ids)
    again = books_of(rule())
    assert CacheRegister.get_rule(f"{path}#mine") is None
    assert CacheRegister.get_rule(f"{path}#0") is not None
    pending = books_of(rule(model="caching_testapp.Later"))
    assert CacheRegister.pending_count == 1
    with pytest.raises(AttributeError):
        CacheRegister.add(Book, len, rule())
    assert pending.path == again.path
