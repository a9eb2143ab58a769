"""When rules fire, and in which states of a row."""

import pytest
from caching_testapp.books import books_of, cached, rule
from caching_testapp.models import Audiobook, Author, Bestseller, Book, Dated, Tag
from django.db import transaction
from django.db.models import F

from restflow.caching import (
    CACHE_MISSING,
    ArgsKeyField,
    KeyConstructor,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def authors():
    return [Author.objects.create(name=name) for name in ("one", "two", "three")]


def test_a_save_wipes_its_author_and_no_other(authors):
    wrapper = books_of(rule())
    book = Book.objects.create(author=authors[0])
    cached(wrapper, authors)
    book.title = "x"
    book.save()
    assert cached(wrapper, authors) == [False, True, True]


def test_moving_a_row_wipes_where_it_was_and_where_it_is(authors):
    wrapper = books_of(rule())
    book = Book.objects.create(author=authors[0])
    cached(wrapper, authors)
    book.author = authors[1]
    book.save()
    assert cached(wrapper, authors) == [False, False, True]
    book.author_id = authors[2].pk
    book.save()
    assert cached(wrapper, authors) == [True, False, False]


def test_a_column_that_was_not_written_stays_where_it_was(authors):
    wrapper = books_of(rule())
    book = Book.objects.create(author=authors[0])
    cached(wrapper, authors)
    book.author = authors[1]
    book.save(update_fields=["title"])
    assert cached(wrapper, authors) == [False, True, True]


def test_a_new_row_fires_only_where_the_rule_wants_it(authors):
    quiet = books_of(rule())
    cached(quiet, authors)
    Book.objects.create(author=authors[0])
    assert cached(quiet, authors) == [True, True, True]
    eager = books_of(rule(trigger_on_create=True))
    cached(eager, authors)
    Book.objects.create(author=authors[0])
    assert cached(eager, authors) == [False, True, True]


def test_deletes_cascades_and_querysets_of_them_fire(authors):
    wrapper = books_of(rule())
    books = [Book.objects.create(author=author) for author in authors]
    cached(wrapper, authors)
    books[0].delete()
    assert cached(wrapper, authors) == [False, True, True]
    authors[1].delete()
    assert cached(wrapper, authors) == [True, False, True]
    Book.objects.all().delete()
    assert cached(wrapper, authors) == [True, True, False]


def test_values_are_those_of_the_change_whatever_happens_to_the_instance_after_it(authors):
    wrapper = books_of(rule())
    book = Book.objects.create(author=authors[0])
    cached(wrapper, authors)
    with transaction.atomic():
        book.delete()
        book.author_id = authors[2].pk
    assert cached(wrapper, authors) == [False, True, True]


def test_a_rollback_drops_the_work_and_what_was_remembered(authors):
    wrapper = books_of(rule())
    book = Book.objects.create(author=authors[0])
    cached(wrapper, authors)
    with transaction.atomic():
        book.author = authors[1]
        book.save()
        transaction.set_rollback(True)
    assert cached(wrapper, authors) == [True, True, True]
    book.author = authors[2]  # the database still says the first
    book.save()
    assert cached(wrapper, authors) == [False, True, False]


def test_a_savepoints_rollback_drops_its_part(authors):
    wrapper = books_of(rule())
    books = [Book.objects.create(author=author) for author in authors]
    cached(wrapper, authors)
    with transaction.atomic():
        books[0].save()
        with transaction.atomic():
            books[1].save()
            transaction.set_rollback(True)
        with transaction.atomic():
            books[2].save()
    assert cached(wrapper, authors) == [False, True, False]


@pytest.mark.parametrize("how", ["by hand", "deferred", "expression", "refreshed", "loaded before the rule"])
def test_the_old_state_is_found_where_it_is_not_known(authors, how):
    book = Book.objects.create(author=authors[0])
    early = Book.objects.get(pk=book.pk)
    wrapper = books_of(rule())
    cached(wrapper, authors)
    if how == "by hand":
        Book(pk=book.pk, author=authors[1]).save()
    elif how == "deferred":
        found = Book.objects.only("title").get(pk=book.pk)
        found.author_id = authors[1].pk
        found.save()
    elif how == "expression":
        Book.objects.get(pk=book.pk)
        book.author_id = F("author_id") + 1
        book.save()
    elif how == "refreshed":
        stale = Book.objects.get(pk=book.pk)
        Book.objects.filter(pk=book.pk).update(author=authors[2])
        stale.refresh_from_db()
        stale.author = authors[1]
        stale.save()
        assert cached(wrapper, authors) == [True, False, False]
        return
    else:
        early.author = authors[1]
        early.save()
    assert cached(wrapper, authors) == [False, False, True]


def test_the_known_state_costs_no_query(authors, django_assert_num_queries):
    books_of(rule())
    book = Book.objects.create(author=authors[0])
    book = Book.objects.get(pk=book.pk)
    book.author = authors[1]
    with django_assert_num_queries(1):
        book.save()


def test_watched_fields_decide_by_what_was_written_or_what_differs(authors):
    wrapper = books_of(rule(watch_fields=["title"]))
    book = Book.objects.create(author=authors[0])
    cached(wrapper, authors)
    book.save()
    assert cached(wrapper, authors)[0]
    book.status = "live"
    book.save()
    assert cached(wrapper, authors)[0]
    book.title = "new"
    book.save()
    assert not cached(wrapper, authors)[0]
    book.save(update_fields=["status"])
    assert cached(wrapper, authors)[0]
    book.save(update_fields=["title"])
    assert not cached(wrapper, authors)[0]
    book.title = "now written"
    with transaction.atomic():
        book.save()
        book.title = "again"
        book.save()
    assert not cached(wrapper, authors)[0]


def test_an_expression_always_differs(authors):
    wrapper = books_of(rule(watch_fields=["stock"]))
    book = Book.objects.create(author=authors[0])
    cached(wrapper, authors)
    book.stock = F("stock") + 0
    book.save()
    assert not cached(wrapper, authors)[0]


def test_conditions_hold_for_either_state(authors):
    wrapper = books_of(rule(invalidate_when={"status": "live", "!author_id": None}))
    book = Book.objects.create(author=authors[0], status="draft")
    cached(wrapper, authors)
    book.save()
    assert cached(wrapper, authors)[0]
    book.status = "live"
    book.save()
    assert not cached(wrapper, authors)[0]
    book.status = "draft"
    book.save()  # leaving the state fires as much as entering it
    assert not cached(wrapper, authors)[0]
    book.save()
    assert cached(wrapper, authors)[0]


def test_a_state_without_a_required_value_is_skipped(authors):
    wrapper = books_of(rule())
    book = Book.objects.create(author=None)
    cached(wrapper, authors)
    book.save()
    assert cached(wrapper, authors) == [True, True, True]
    book.author = authors[0]
    book.save()
    assert cached(wrapper, authors) == [False, True, True]
    nulls = books_of(rule(require_args=False))
    nulls(None), cached(nulls, authors)
    book.author = None
    book.save()
    assert nulls.get_cache_only(None) is CACHE_MISSING


@pytest.mark.parametrize("model", [Book, Bestseller, "caching_testapp.Book", "caching_testapp.Bestseller", Dated])
def test_proxies_children_and_abstract_bases_fire(authors, model):
    wrapper = books_of(rule(model=model))
    audio = Audiobook.objects.create(author=authors[0])
    book = Book.objects.create(author=authors[1])
    proxy = Bestseller.objects.create(author=authors[2])
    cached(wrapper, authors)
    audio.save(), Bestseller.objects.get(pk=book.pk).save(), Book.objects.get(pk=proxy.pk).save()
    assert cached(wrapper, authors) == [False, False, False]


def test_a_rule_on_a_child_does_not_fire_for_the_parents_row_alone(authors):
    wrapper = books_of(rule(model=Audiobook))
    audio = Audiobook.objects.create(author=authors[0])
    cached(wrapper, authors)
    Book.objects.get(pk=audio.pk).save()
    assert cached(wrapper, authors)[0]
    audio.save()
    assert not cached(wrapper, authors)[0]


def test_many_to_many_changes_fire_from_both_sides(authors):
    wrapper = books_of(rule(m2m_fields=["tags"]))
    book, other = (Book.objects.create(author=author) for author in authors[:2])
    red, big = Tag.objects.create(name="red"), Tag.objects.create(name="big")
    changes = [
        lambda: book.tags.add(red),
        lambda: book.tags.remove(red),
        lambda: book.tags.set([big]),
        lambda: book.tags.clear(),
        lambda: red.books.add(book),
        lambda: red.books.remove(book),
        lambda: red.books.set([book]),
        lambda: red.books.clear(),
    ]
    cached(wrapper, authors)
    for number, change in enumerate(changes):
        change()
        assert cached(wrapper, authors) == [False, True, True], number
    assert other.tags.count() == 0


def test_paths_follow_relations_in_both_states(authors):
    class ByName(KeyConstructor):
        name = ArgsKeyField("author_id", partition=True)

        class Meta:
            namespace = "by-name"

    wrapper = books_of(rule(field_mapping={"author_id": "author.name"}), constructor=ByName)
    book = Book.objects.create(author=authors[0])
    for name in ("one", "two", "three"):
        wrapper(name)
    book = Book.objects.get(pk=book.pk)
    book.author = authors[1]
    book.save()
    assert [wrapper.get_cache_only(n) is CACHE_MISSING for n in ("one", "two", "three")] == [True, True, False]


def test_properties_can_be_mapped(authors):
    wrapper = books_of(rule(field_mapping={"author_id": "slug"}))
    book = Book.objects.create(title="Alpha")
    wrapper("alpha"), wrapper("beta"), wrapper("gamma")
    book.title = "Beta"
    book.save()
    assert [wrapper.get_cache_only(n) is CACHE_MISSING for n in ("alpha", "beta", "gamma")] == [True, True, False]


def test_a_mapping_that_ends_at_an_instance_wipes_everything_and_says_so(authors, caplog):
    wrapper = books_of(rule(field_mapping={"author_id": "author"}))
    book = Book.objects.create(author=authors[0])
    cached(wrapper, authors)
    book.save()
    assert cached(wrapper, authors) == [False, False, False]
    assert "_id column" in caplog.text
