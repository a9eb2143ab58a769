"""Rules on PostgreSQL and on MariaDB: the same promises where transactions, locks and snapshots are a server's."""

from contextlib import suppress

import pytest
from caching_testapp.books import books_of, cached, rule
from caching_testapp.models import Audiobook, Author, Bestseller, Book, Tag
from caching_testapp.servers import RUN, SERVERS, database, install_driver, need
from django.db import IntegrityError, connections, transaction
from django.db.models import F

from restflow.caching import CACHE_MISSING, _transactions, cache_result
from testsite import services

NAME = f"test_rules_{RUN}".replace("-", "_")
MODELS = [Author, Tag, Book, Audiobook]


@pytest.fixture(scope="module", params=list(SERVERS))
def using(request, django_db_blocker):
    """The alias of a database of this module's own, with the tables of the test app."""
    service = request.param
    need(service)
    install_driver(service)
    usual = services.urlsplit(services.url(service)).path.lstrip("/")
    known = connections.settings["default"]
    admin, alias = f"{service}-admin", f"{service}-own"
    for added, name in ((admin, usual), (alias, NAME)):
        entry = connections.configure_settings({"default": dict(known), added: database(service, name)})[added]
        connections.settings[added] = entry
    quoted = connections[admin].ops.quote_name(NAME)
    with django_db_blocker.unblock():
        try:
            with connections[admin].cursor() as cursor:
                cursor.execute(f"DROP DATABASE IF EXISTS {quoted}")
                cursor.execute(f"CREATE DATABASE {quoted}")
            with connections[alias].schema_editor() as editor:
                for model in MODELS:
                    editor.create_model(model)
            yield alias
        finally:
            connections[alias].close()
            with connections[admin].cursor() as cursor:
                cursor.execute(f"DROP DATABASE {quoted}")
            connections[admin].close()
            for added in (admin, alias):
                del connections[added], connections.settings[added]


@pytest.fixture
def authors(using):
    yield [Author.objects.using(using).create(name=name) for name in ("one", "two", "three")]
    for model in MODELS[::-1]:
        model._base_manager.using(using).all().delete()


def test_saves_moves_and_deletes(using, authors):
    wrapper = books_of(rule())
    book = Book.objects.using(using).create(author=authors[0])
    cached(wrapper, authors)
    book.save()
    assert cached(wrapper, authors) == [False, True, True]
    book.author = authors[1]
    book.save()
    assert cached(wrapper, authors) == [False, False, True]
    book.author = None
    book.save(update_fields=["author"])
    assert cached(wrapper, authors) == [True, False, True]
    book.author = authors[2]
    book.save(update_fields=["title"])  # it did not move: the row still has no author
    assert cached(wrapper, authors) == [True, True, True]
    Bestseller.objects.using(using).filter(pk=book.pk).delete()
    Audiobook.objects.using(using).create(author=authors[0]).delete()
    assert cached(wrapper, authors) == [False, True, True]
    Book.objects.using(using).create(author=authors[1])
    pks = [author.pk for author in authors]
    authors[1].delete()  # the cascade reaches the book
    assert [wrapper.get_cache_only(pk) is CACHE_MISSING for pk in pks] == [False, True, False]


@pytest.mark.parametrize("how", ["by hand", "deferred", "expression"])
def test_the_old_state_is_found_where_it_is_not_known(using, authors, how):
    book = Book.objects.using(using).create(author=authors[0])
    wrapper = books_of(rule())
    cached(wrapper, authors)
    if how == "by hand":
        Book(pk=book.pk, author_id=authors[1].pk).save(using=using)
    elif how == "deferred":
        found = Book.objects.using(using).only("title").get(pk=book.pk)
        found.author_id = authors[1].pk
        found.save()
    else:
        book.author_id = F("author_id") + (authors[1].pk - authors[0].pk)
        book.save()
    assert cached(wrapper, authors) == [False, False, True]


def test_many_to_many_changes_from_both_sides(using, authors):
    wrapper = books_of(rule(m2m_fields=["tags"]))
    first, second = (Book.objects.using(using).create(author=author) for author in authors[:2])
    tag, other = (Tag.objects.using(using).create(name=name) for name in "ab")
    for change in (
        lambda: first.tags.add(tag),
        lambda: first.tags.set([other]),
        lambda: first.tags.remove(other),
        lambda: tag.books.add(first),
        lambda: tag.books.clear(),
        lambda: tag.books.set([first]),
        lambda: first.tags.clear(),
    ):
        cached(wrapper, authors)
        change()
        assert cached(wrapper, authors) == [False, True, True]
    second.tags.add(tag)
    assert cached(wrapper, authors) == [True, False, True]


def test_savepoints_rollbacks_and_errors(using, authors):
    wrapper = books_of(rule())
    books = [Book.objects.using(using).create(author=author) for author in authors]
    cached(wrapper, authors)
    with transaction.atomic(using=using):
        books[0].save()
        with suppress(IntegrityError), transaction.atomic(using=using):
            books[1].save()
            assert wrapper.get_with_metadata(authors[1].pk)[1]["cache_status"] == "BYPASS"
            Book.objects.using(using).create(pk=books[2].pk)
        assert wrapper.get_with_metadata(authors[1].pk)[1]["cache_status"] == "HIT"
        with transaction.atomic(using=using), transaction.atomic(using=using):
            books[2].save()
    assert cached(wrapper, authors) == [False, True, False]
    with pytest.raises(IntegrityError), transaction.atomic(using=using):  # noqa: PT012
        books[0].save()
        Book.objects.using(using).create(pk=books[2].pk)
    assert cached(wrapper, authors) == [True, True, True]
    # the connection is used again, and bypasses nothing
    assert not _transactions.open_changes(connections[using])
    with transaction.atomic(using=using):
        assert wrapper.get_with_metadata(authors[0].pk)[1]["cache_status"] == "HIT"
    books[1].save()
    assert cached(wrapper, authors) == [True, False, True]


def test_bulk_changes_through_the_invalidating_queryset(using, authors):
    wrapper = books_of(rule())
    books = Book.bulk.using(using)
    made = books.bulk_create([Book(title=str(n), author_id=authors[0].pk) for n in range(2)])
    first, second = books.order_by("pk")
    assert len(made) == 2
    cached(wrapper, authors)
    books.filter(pk=first.pk).update(author_id=authors[1].pk)
    assert cached(wrapper, authors) == [False, False, True]
    second.author_id = authors[2].pk
    books.bulk_update([second], ["author_id"])
    assert cached(wrapper, authors) == [False, True, False]


LEVELS = {
    "postgres-own": {"READ_COMMITTED": True, "REPEATABLE_READ": False, "SERIALIZABLE": False},
    "mariadb-own": {"read committed": True, "repeatable read": False, "serializable": False, None: False},
}


def test_values_of_an_old_snapshot_are_returned_and_not_stored(using, authors):
    connection = connections[using]
    for level, stored in LEVELS[using].items():
        connection.close()
        options = connection.settings_dict["OPTIONS"]
        if using == "postgres-own":
            import psycopg

            options["isolation_level"] = psycopg.IsolationLevel[level]
        else:
            options["isolation_level"] = level
        _transactions._snapshots.clear()
        connection.ensure_connection()
        load = cache_result(lambda n: Author.objects.using(using).count())
        load.invalidate_all()
        try:
            with transaction.atomic(using=using):
                metadata = load.get_with_metadata(1)[1]
                assert (metadata["cache_status"], metadata["stored"]) == ("MISS", stored), level
            load(1)
            with transaction.atomic(using=using):
                assert load.get_with_metadata(1)[1]["cache_status"] == "HIT"
        finally:
            del options["isolation_level"]
            connection.close()
            _transactions._snapshots.clear()
