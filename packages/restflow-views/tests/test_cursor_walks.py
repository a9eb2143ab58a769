"""Walking a list by cursors visits every row once, forward and back, whatever the values and the changes meanwhile."""

import json
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.core.exceptions import ImproperlyConfigured
from django.db import connections
from django.db.models import Count, F
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pagination_testapp.models import Entry, Writer
from pagination_testapp.walking import FIELDS, fill, paged, term, walk, walk_back
from rest_framework.filters import OrderingFilter
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from restflow.pagination import CursorPagination
from restflow.test import assert_max_crossings, assert_num_queries

DATABASES = ["default", "postgres"] if "postgres" in django_settings.DATABASES else ["default"]
pytestmark = pytest.mark.django_db(databases=DATABASES)


@pytest.fixture(params=DATABASES)
def database(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.parametrize("sign", ["", "-"])
@pytest.mark.parametrize("field", FIELDS)
def test_each_kind_of_value_is_walked_in_the_databases_own_order(database: str, field: str, sign: str) -> None:
    fill(database)
    rows = Entry.objects.using(database).all()
    ordering = f"{sign}{field}"
    expected = list(rows.order_by(ordering, f"{sign}pk"))
    found, last = walk(rows, ordering)
    assert [row.pk for row in found] == [row.pk for row in expected]
    back = walk_back(rows, ordering, last)
    assert [row.pk for row in back] == [row.pk for row in expected[: len(back)]]
    assert len(back) >= len(expected) - 3


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ordering=st.lists(term, min_size=1, max_size=4), size=st.integers(1, 7))
def test_any_ordering_visits_every_row_once_forward_and_back(database: str, ordering: list[Any], size: int) -> None:
    if not Entry.objects.using(database).exists():
        fill(database, 25)
    rows = Entry.objects.using(database).all()
    found, last = walk(rows, ordering, size)
    assert sorted(row.pk for row in found) == sorted(rows.values_list("pk", flat=True))
    back = walk_back(rows, ordering, last, size)
    assert [row.pk for row in back] == [row.pk for row in found[: len(back)]]
    assert len(found) - len(back) <= size


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_changes_meanwhile_shift_nothing(database: str, data: Any) -> None:
    Entry.objects.using(database).all().delete()
    fill(database, 20)
    rows = Entry.objects.using(database).all()
    ordering = data.draw(st.sampled_from(["-score,name", "created", "writer__name,-price"]))
    staying = set(rows.values_list("pk", flat=True))
    seen: list[int] = []
    url = None
    for _ in range(100):
        page, paginator = paged(rows, ordering, url)
        seen += [row.pk for row in page]
        url = paginator.get_next_link()
        if url is None:
            break
        if data.draw(st.booleans()):
            fill(database, 2, seed=data.draw(st.integers(0, 99)))
        if data.draw(st.booleans()) and staying:
            gone = data.draw(st.sampled_from(sorted(staying)))
            rows.filter(pk=gone).delete()
            staying.discard(gone)
    assert len(seen) == len(set(seen))
    assert staying <= set(seen)


def test_rows_may_be_dicts_and_annotated(database: str) -> None:
    fill(database)
    rows = Entry.objects.using(database)
    found, _ = walk(rows.values("name"), "-score")
    assert [set(row) for row in found] == [{"name"}] * 40
    counted = Writer.objects.using(database).annotate(entries=Count("entry"))
    found, _ = walk(counted, "-entries", size=1)
    assert [row.entries for row in found] == sorted((row.entries for row in counted), reverse=True)
    grouped = rows.values("name").annotate(many=Count("id"))
    found, _ = walk(grouped, "-many", size=2)
    assert sorted(row["name"] for row in found) == sorted(row["name"] for row in grouped)
    distinct = rows.values("score", "rank").distinct()
    found, _ = walk(distinct, "rank", size=2)
    assert len(found) == distinct.count()


@pytest.mark.parametrize("door", ["sync", "async"])
def test_a_page_costs_one_query_and_one_crossing(door: str) -> None:
    fill("default")
    for rows in (Entry.objects.all(), Entry.objects.only("name"), Entry.objects.defer("writer", "score")):
        _, paginator = paged(rows, "writer__name,score")
        with assert_num_queries(1) as made, assert_max_crossings(1) as crossings:
            page, paginator = paged(rows, "writer__name,score", paginator.get_next_link(), door=door)
            paginator.get_paginated_response([])
        assert len(page) == 3
        assert "OFFSET" not in made.queries[0]
        assert crossings.count == (door == "async")
        assert not [name for name in page[0].__dict__ if name.startswith("_restflow")]


def test_previous_of_the_second_page_is_the_first(database: str) -> None:
    fill(database)
    rows = Entry.objects.using(database).all()
    first, paginator = paged(rows, "name")
    assert paginator.get_previous_link() is None
    _, paginator = paged(rows, "name", paginator.get_next_link())
    again, paginator = paged(rows, "name", paginator.get_previous_link())
    assert again == first
    assert paginator.get_previous_link() is None
    assert paginator.get_next_link() is not None


def test_an_empty_page_links_to_the_rows_that_are_left(database: str) -> None:
    fill(database, 9)
    rows = Entry.objects.using(database).all()
    first, paginator = paged(rows, "pk")
    after_first = paginator.get_next_link()
    _, paginator = paged(rows, "pk", after_first)
    before_second = paginator.get_previous_link()
    rows.exclude(pk__in=[row.pk for row in first]).delete()
    page, paginator = paged(rows, "pk", after_first)
    assert (page, paginator.get_next_link()) == ([], None)
    page, paginator = paged(rows, "pk", paginator.get_previous_link())
    assert page == first
    rows.all().delete()
    page, paginator = paged(rows, "pk", before_second)
    assert page == []
    fill(database, 3)
    page, _ = paged(rows, "pk", paginator.get_next_link())
    assert len(page) == 3


def test_the_querysets_own_ordering_is_used_where_none_is_declared(database: str) -> None:
    fill(database)
    for rows in (Entry.objects.using(database).order_by("-rank", "name"), Entry.objects.using(database).order_by(
            "rank", F("score").desc(nulls_last=True)).reverse()):  # fmt: skip
        found, _ = walk(rows, None)
        expected = [(row.rank, row.name) for row in rows]
        if "name" in str(rows.query.order_by):
            assert [(row.rank, row.name) for row in found] == expected
        assert [row.rank for row in found] == [rank for rank, _ in expected]
        assert len(found) == 40


def test_a_filter_backend_may_tell_the_ordering() -> None:
    fill("default")

    class View:
        filter_backends = [OrderingFilter]
        ordering_fields = ["name"]
        ordering = None

    request = Request(APIRequestFactory().get("/?ordering=-name"))
    paginator = type("Cursors", (CursorPagination,), {"page_size": 50})()
    page = paginator.paginate_queryset(Entry.objects.all(), request, View())
    assert [row.name for row in page] == sorted((row.name for row in page), reverse=True)


REFUSED = ["?", "tags", "tags__name", "nope", "writer__nope", "created__year", "extra", "extra__a", F("score") + 1,
           "entry_set", ""]  # fmt: skip


@pytest.mark.parametrize("ordering", REFUSED, ids=str)
def test_what_cannot_be_a_position_is_refused(ordering: Any) -> None:
    with pytest.raises(ImproperlyConfigured, match="Cursors"):
        paged(Entry.objects.all(), [ordering])


def test_querysets_that_cannot_be_paged_are_refused() -> None:
    rows = Entry.objects.all()
    for refused in (rows[:5], [1, 2], rows.values_list("pk"), rows.union(rows), Entry.objects.raw("SELECT 1")):
        with pytest.raises(ImproperlyConfigured, match="Cursors"):
            paged(refused, "pk")
    with pytest.raises(ImproperlyConfigured, match="ordering is 3"):
        paged(rows, 3)


@pytest.mark.needs("postgres")
@pytest.mark.skipif("postgres" not in DATABASES, reason="no driver")
@pytest.mark.parametrize("ordering", ["rank", "-rank,-id"])
def test_a_page_in_the_middle_of_100_000_rows_is_read_from_the_index(ordering: str) -> None:
    rows = Entry.objects.using("postgres").all()
    with connections["postgres"].cursor() as cursor:
        cursor.execute(
            "INSERT INTO pagination_testapp_entry (name, rank, ratio, flag, uid, created, blob, extra) SELECT 'x',"
            " n % 1000, 0, false, '00000000-0000-0000-0000-000000000001', '2026-01-01', '', '{}'"
            " FROM generate_series(1, 100000) n"
        )
        cursor.execute("ANALYZE pagination_testapp_entry")
    half = rows.filter(rank__lte=500) if ordering.startswith("-") else rows.filter(rank__gte=500)
    _, paginator = paged(half, ordering)
    with CaptureQueriesContext(connections["postgres"]) as captured:
        paged(rows, ordering, paginator.get_next_link(), size=20)
    with connections["postgres"].cursor() as cursor:
        cursor.execute("EXPLAIN (ANALYZE, FORMAT JSON) " + captured[0]["sql"])
        ((found,),) = cursor.fetchall()
    plan = (json.loads(found) if isinstance(found, str) else found)[0]["Plan"]
    assert plan["Node Type"] == "Limit"
    (scan,) = plan["Plans"]
    assert scan["Node Type"] == "Index Scan"
    assert scan["Index Name"] == "entry_rank_id"
    assert "rank" in scan["Index Cond"]
    assert scan["Rows Removed by Filter"] < 100  # the rows of the position's own rank, not all before it
