"""On MariaDB: walks by cursors, every number and cursor a client may send, and what its errors are answered with."""

import base64
import json
import os
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.cache.backends.db import DatabaseCache
from django.db import IntegrityError, OperationalError, connections, transaction
from django.db.models import Count, Max
from django.test.utils import CaptureQueriesContext
from exceptions_testapp.models import Item, Shelf
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pagination_testapp.models import Entry, Writer
from pagination_testapp.walking import FIELDS, fill, paged, term, walk, walk_back
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory
from views_testapp.models import Author, Book, Review, Tag

from restflow.exceptions import exception_handler
from restflow.pagination import FastPageNumberPagination, LimitOffsetPagination, PageNumberPagination
from restflow.test import assert_max_crossings, assert_num_queries
from restflow.throttling import SimpleRateThrottle
from restflow.views import PostFetch
from testsite import services

pytest.importorskip("pymysql", reason="PyMySQL is not installed")
pytestmark = pytest.mark.needs("mariadb")
ALIAS = "views_on_mariadb"


@pytest.fixture(scope="module")
def server(django_db_blocker: Any) -> Iterator[None]:
    """A database of this module's own, with the tables that it needs."""
    name = f"test_restflow_views_{os.environ.get('RESTFLOW_TEST_RUN', '')}_{os.getpid()}"
    entries = {"default": {}, ALIAS: services.mariadb_database(), f"{ALIAS}_made": services.mariadb_database(name)}
    configured = connections.configure_settings(entries)
    connections.settings[ALIAS] = configured[ALIAS]
    with django_db_blocker.unblock():
        administrator = connections[ALIAS]
        with administrator.cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS `{name}`")
            cursor.execute(f"CREATE DATABASE `{name}` CHARACTER SET utf8mb4")
        administrator.close()
        del connections[ALIAS]
        connections.settings[ALIAS] = configured[f"{ALIAS}_made"]
        try:
            with connections[ALIAS].schema_editor() as editor:
                for model in (Writer, Entry, Shelf, Item, Author, Book, Tag, Review):
                    editor.create_model(model)
            yield
        finally:
            with connections[ALIAS].cursor() as cursor:
                cursor.execute(f"DROP DATABASE `{name}`")
            connections[ALIAS].close()
            del connections[ALIAS]
            del connections.settings[ALIAS]


@pytest.fixture
def database(server: None, django_db_blocker: Any) -> Iterator[str]:
    """The alias, in a transaction that is rolled back."""
    with django_db_blocker.unblock(), transaction.atomic(using=ALIAS):
        yield ALIAS
        transaction.set_rollback(True, using=ALIAS)


# cursors


@pytest.mark.parametrize("sign", ["", "-"])
def test_each_kind_of_value_is_walked_in_the_databases_own_order(database: str, sign: str) -> None:
    fill(database)
    rows = Entry.objects.using(database).all()
    for field in FIELDS:
        expected = list(rows.order_by(f"{sign}{field}", f"{sign}pk"))
        found, last = walk(rows, f"{sign}{field}")
        assert [row.pk for row in found] == [row.pk for row in expected], field
        back = walk_back(rows, f"{sign}{field}", last)
        assert [row.pk for row in back] == [row.pk for row in expected[: len(back)]], field
        assert len(back) >= len(expected) - 3, field


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ordering=st.lists(term, min_size=1, max_size=3), size=st.integers(2, 7))
def test_any_ordering_visits_every_row_once_forward_and_back(database: str, ordering: list[Any], size: int) -> None:
    if not Entry.objects.using(database).exists():
        fill(database, 25)
    rows = Entry.objects.using(database).all()
    found, last = walk(rows, ordering, size)
    assert sorted(row.pk for row in found) == sorted(rows.values_list("pk", flat=True))
    back = walk_back(rows, ordering, last, size)
    assert [row.pk for row in back] == [row.pk for row in found[: len(back)]]


def test_a_page_costs_one_query_through_either_door(database: str) -> None:
    fill(database)
    rows = Entry.objects.using(database).all()
    _, paginator = paged(rows, "writer__name,score")
    for door in ("sync", "async"):
        with assert_num_queries(1, using=database) as made, assert_max_crossings(1) as crossings:
            page, _ = paged(rows, "writer__name,score", paginator.get_next_link(), door=door)
        assert (len(page), crossings.count) == (3, int(door == "async"))
        assert "OFFSET" not in made.queries[0]


FORGED: list[Any] = [
    None, True, 0, -1, 2**31, 2**63, -(2**63) - 1, 2**200, 1.5, 1e308, "", "x", "\0", "é" * 500, "'; --", "%", "\ud800",
    "0001-01-01", "9999-12-31T23:59:59.999999Z", "99999-01-01", "24:00", "nan", "Infinity", "1e400", [], {}, [1],
]  # fmt: skip


@pytest.mark.parametrize("field", FIELDS)
def test_a_forged_cursor_is_404_or_a_page(database: str, field: str) -> None:
    fill(database, 6)
    rows = Entry.objects.using(database).all()
    _, paginator = paged(rows, field)
    cursor = parse_qs(urlsplit(paginator.get_next_link()).query)["cursor"][0]
    version, fingerprint, reverse, values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    for place in range(len(values)):
        for forged in FORGED:
            content = [version, fingerprint, reverse, [*values[:place], forged, *values[place + 1 :]]]
            sent = base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")
            try:
                page, _ = paged(rows, field, f"/rows/?cursor={sent}")
            except NotFound:
                continue
            assert {row.pk for row in page} <= set(rows.values_list("pk", flat=True))


# numbers


class Numbers(PageNumberPagination):
    page_size = 10
    page_size_query_param = "size"


class Limits(LimitOffsetPagination):
    default_limit = 10


class Fast(FastPageNumberPagination):
    page_size = 10
    page_size_query_param = "size"


NUMBERS = ["", "0", "-1", "1", "2", "last", "x", "1.5", "1e3", "٣", "\0", " 1", "9" * 18, "9" * 19, "9" * 500,
           str(2**31), str(2**63 - 1), str(2**63), str(2**64)]  # fmt: skip


@pytest.mark.parametrize("paginator", [Numbers, Limits, Fast])
def test_no_number_of_a_client_is_an_error_of_the_server(database: str, paginator: Any) -> None:
    fill(database, 25)
    rows = Entry.objects.using(database).order_by("pk")
    first, second = ("limit", "offset") if paginator is Limits else ("size", "page")
    for one in NUMBERS:
        for other in NUMBERS:
            request = Request(APIRequestFactory().get("/", {first: one, second: other}))
            asked = paginator()
            try:
                page = asked.paginate_queryset(rows, request)
            except NotFound:
                continue
            assert page is not None
            assert len(page) <= 25
            asked.get_paginated_response([])


def test_a_page_by_number_costs_two_queries_and_a_short_list_one(database: str) -> None:
    fill(database, 25)
    rows = Entry.objects.using(database).order_by("pk")
    for given_rows, query, expected in ((rows, "", 2), (rows, "?page=2", 2), (rows.filter(pk=rows[0].pk), "", 1)):
        with CaptureQueriesContext(connections[database]) as captured:
            Numbers().paginate_queryset(given_rows, Request(APIRequestFactory().get(f"/{query}")))
        assert len(captured) == expected


# errors of the database


def test_violations_are_told_apart_by_the_drivers_code(database: str) -> None:
    shelf = Shelf.objects.using(database).create(name="A")
    item = Item.objects.using(database).create(shelf=shelf, weight=1)

    def answer(work: Callable[[], Any]) -> int | None:
        with pytest.raises(IntegrityError) as raised, transaction.atomic(using=database):
            work()
        response = exception_handler(raised.value, {})
        if response is None:
            return None
        assert response.data["error"] == {
            "code": "conflict",
            "message": "The request conflicts with existing data.",
            "details": {},
        }
        return response.status_code

    def remove_the_parent() -> None:
        with connections[database].cursor() as cursor:
            cursor.execute("DELETE FROM exceptions_testapp_shelf WHERE id = %s", [shelf.pk])

    assert answer(lambda: Shelf.objects.using(database).create(name="A")) == 409
    assert answer(lambda: Shelf.objects.using(database).create(pk=shelf.pk, name="B")) == 409
    assert answer(lambda: Item.objects.using(database).create(shelf_id=10**6, weight=1)) == 409
    assert answer(remove_the_parent) == 409
    assert answer(shelf.delete) == 409
    assert answer(lambda: Item.objects.using(database).create(shelf=shelf, weight=-1)) is None
    assert answer(lambda: Item.objects.using(database).filter(pk=item.pk).update(weight=None)) is None


def test_what_is_no_violation_is_unexpected(database: str) -> None:
    with pytest.raises(OperationalError) as raised, transaction.atomic(using=database):
        Item.objects.using(database).extra(where=["no_such_column = 1"]).first()
    request = Request(APIRequestFactory().get("/"))
    response = exception_handler(raised.value, {"request": request})
    assert response is not None
    assert response.status_code == 500
    assert "no_such_column" not in json.dumps(response.data)


# throttles in a cache whose table is there


def test_a_throttle_in_a_database_cache(server: None, database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    table = "throttles"
    with connections[database].cursor() as cursor:
        cursor.execute(
            f"CREATE TEMPORARY TABLE {table} (cache_key varchar(255) PRIMARY KEY, value longtext NOT NULL,"
            " expires datetime(6) NOT NULL)"
        )
    monkeypatch.setattr("django.db.router.db_for_read", lambda model, **hints: database)
    monkeypatch.setattr("django.db.router.db_for_write", lambda model, **hints: database)

    class Throttle(SimpleRateThrottle):
        rate = "3/min"
        scope = "mariadb"
        cache = DatabaseCache(table, {})

        def get_cache_key(self, request: Any, view: Any) -> str:
            return "throttle_mariadb"

    asked = Request(APIRequestFactory().get("/"))
    throttles = [Throttle() for _ in range(5)]
    for throttle in throttles:
        throttle.timer = lambda: 1_000_000_000.3
    assert [throttle.allow_request(asked, None) for throttle in throttles] == [True, True, True, False, False]
    wait = throttles[-1].wait()
    assert wait is not None
    assert 60 <= wait <= 66
    throttles[0].reset(asked, None)
    assert throttles[0].allow_request(asked, None)


# post-fetches


@pytest.fixture
def reviewed(database: str) -> list[Book]:
    """Three books with three, two and no reviews."""
    author = Author.objects.using(database).create(name="Ursula")
    books = [Book.objects.using(database).create(title=f"Book {n}", author=author) for n in range(3)]
    for book, ratings in zip(books, [[1, 5, 3], [2, 4], []], strict=True):
        for rating in ratings:
            Review.objects.using(database).create(book=book, rating=rating, reader=f"reader {rating}")
    return books


@pytest.mark.parametrize(("limit", "expected"), [(1, [5, 4, None]), (2, [[5, 3], [4, 2], []])])
def test_a_post_fetch_is_cut_for_each_object_in_one_query(
    database: str, reviewed: list[Book], limit: int, expected: list[Any]
) -> None:
    best = PostFetch(
        queryset=Review.objects.using(database).all(), to_attr="best", order_by=("-rating",), limit=limit, book_id="id"
    )
    with CaptureQueriesContext(connections[database]) as queries:
        books = best.fetch(reviewed)
    assert "ROW_NUMBER()" in queries[0]["sql"]
    assert len(queries) == 1
    ratings = [
        [review.rating for review in book.best] if limit > 1 else book.best and book.best.rating for book in books
    ]
    assert ratings == expected


def test_a_post_fetch_joins_by_uuids_and_aggregates(database: str, reviewed: list[Book]) -> None:
    reviews = Review.objects.using(database)
    rows = [{"code": str(review.code)} for review in reviews.order_by("pk")]
    by_code = PostFetch(queryset=reviews.all(), to_attr="readers", values=["reader"], code="code", limit=1)
    assert [row["readers"]["reader"] for row in by_code.fetch(rows)] == [f"reader {n}" for n in (1, 5, 3, 2, 4)]
    counted = PostFetch(
        queryset=reviews.all(),
        to_attr="numbers",
        values=[],
        values_dict={"n": Count("id"), "best": Max("rating")},
        limit=1,
        book_id="id",
    )
    books = counted.fetch(reviewed)
    assert [book.numbers and (book.numbers["n"], book.numbers["best"]) for book in books] == [(3, 5), (2, 4), None]
