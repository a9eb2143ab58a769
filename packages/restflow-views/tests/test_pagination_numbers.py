"""Pages by number, by offset and without a count: what each request is answered with, and what it costs."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from asgiref.sync import async_to_sync
from django.conf import settings as django_settings
from django.core.cache import caches
from django.core.exceptions import ImproperlyConfigured
from django.core.paginator import Paginator, UnorderedObjectListWarning
from django.db import connections
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pagination_testapp.models import Entry
from rest_framework import pagination as drf
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from restflow.pagination import (
    BasePagination,
    FastPageNumberPagination,
    LimitOffsetPagination,
    PageNumberPagination,
)
from restflow.test import assert_max_crossings, assert_num_queries

DATABASES = ["default", "postgres"] if "postgres" in django_settings.DATABASES else ["default"]
pytestmark = pytest.mark.django_db(databases=DATABASES)


class Numbers(PageNumberPagination):
    page_size = 10
    page_size_query_param = "size"


class Limits(LimitOffsetPagination):
    default_limit = 10


class Fast(FastPageNumberPagination):
    page_size = 10
    page_size_query_param = "size"


ALL = [Numbers, Limits, Fast]


@pytest.fixture(params=DATABASES)
def database(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=["sync", "async"])
def door(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def entries(count: int, database: str = "default") -> Any:
    created = datetime(2026, 1, 1, tzinfo=UTC)
    Entry.objects.using(database).bulk_create(Entry(name=f"{n:03}", created=created) for n in range(count))
    return Entry.objects.using(database).order_by("name")


def asked(query: Any = "") -> Request:
    return Request(APIRequestFactory().get("/rows/", query) if isinstance(query, dict)
                   else APIRequestFactory().get(f"/rows/?{query}"))  # fmt: skip


def page_of(paginator: Any, rows: Any, query: Any = "", door: str = "sync") -> Any:
    if door == "sync":
        return paginator.paginate_queryset(rows, asked(query))
    return async_to_sync(paginator.apaginate_queryset)(rows, asked(query))


def names(page: Any) -> list[str]:
    return [row.name for row in page]


@pytest.mark.parametrize(
    ("query", "first", "length"),
    [("", 0, 10), ("page=", 0, 10), ("page=2", 10, 10), ("page=last", 20, 5), ("page=3", 20, 5),
     ("size=7&page=2", 7, 7), ("size=0", 0, 10), ("size=-3", 0, 10), ("size=x", 0, 10), ("size=" + "9" * 30, 0, 25),
     ("size=%00", 0, 10), ("page=%2B2", 10, 10)],
)  # fmt: skip
def test_page_numbers(door: str, query: str, first: int, length: int) -> None:
    paginator = Numbers()
    page = page_of(paginator, entries(25), query, door)
    assert names(page) == [f"{n:03}" for n in range(first, first + length)]
    assert paginator.get_paginated_response([]).data["count"] == 25


BAD_PAGES = ["0", "-1", "x", "1.5", "4", "9" * 18, "9" * 30, "9" * 5000, "%00", "1%00", "%ff", "%D9%A1x", "1e3"]


@pytest.mark.parametrize("cls", [Numbers, Fast])
@pytest.mark.parametrize("page", BAD_PAGES)
def test_a_page_that_is_not_there_is_404(door: str, cls: Any, page: str, database: str) -> None:
    with pytest.raises(NotFound, match="Invalid page"):
        page_of(cls(), entries(25, database), f"page={page}", door)


@pytest.mark.parametrize("cls", ALL)
def test_the_first_page_of_nothing_is_empty(door: str, cls: Any) -> None:
    paginator = cls()
    assert page_of(paginator, entries(0), "", door) == []
    data = paginator.get_paginated_response([]).data
    assert (data["next"], data["previous"], data["results"]) == (None, None, [])
    assert data.get("count", 0) == 0
    if cls is not Limits:
        with pytest.raises(NotFound):
            page_of(cls(), entries(0), "page=2", door)


@pytest.mark.parametrize(
    ("query", "expected"),
    [("", (0, 10)), ("limit=5&offset=5", (5, 5)), ("limit=0", (0, 10)), ("limit=-1", (0, 10)), ("limit=x", (0, 10)),
     ("offset=-1", (0, 10)), ("offset=x", (0, 10)), ("offset=25", (0, 0)), ("offset=" + "9" * 18, (0, 0)),
     ("offset=" + "9" * 40, (0, 0)), ("limit=" + "9" * 40, (0, 25)), ("offset=%00&limit=%00", (0, 10)),
     ("limit=" + "9" * 40 + "&offset=5", (0, 0)), ("limit=9223372036854775807", (0, 25))],
)  # fmt: skip
def test_limits_and_offsets(door: str, query: str, expected: tuple[int, int], database: str) -> None:
    paginator = Limits()
    first, length = expected
    page = page_of(paginator, entries(25, database), query, door)
    assert names(page) == [f"{n:03}" for n in range(first, first + length)]
    assert paginator.count == 25
    previous = paginator.get_previous_link()
    if not length and previous:
        again = page_of(Limits(), Entry.objects.using(database).order_by("name"), urlsplit(previous).query)
        assert again


COSTS = [
    # class, rows, query, queries
    (Numbers, 5, "", 1),
    (Numbers, 10, "", 2),
    (Numbers, 25, "", 2),
    (Numbers, 25, "page=3", 2),
    (Numbers, 25, "page=last", 2),
    (Numbers, 0, "", 1),
    (Limits, 5, "", 1),
    (Limits, 10, "", 2),
    (Limits, 25, "offset=20", 2),
    (Limits, 25, "offset=30", 1),
    (Fast, 5, "", 1),
    (Fast, 25, "page=2", 1),
]


@pytest.mark.parametrize(("cls", "count", "query", "queries"), COSTS)
def test_what_a_page_costs(door: str, cls: Any, count: int, query: str, queries: int) -> None:
    rows = entries(count)
    with assert_num_queries(queries) as made, assert_max_crossings(1) as crossings:
        paginator = cls()
        page_of(paginator, rows, query, door)
        paginator.get_paginated_response([])
        if cls is Numbers:
            page = paginator.page
            assert (list(page), page.paginator.count) == (list(page.object_list), count)
            assert (page.has_next(), page.start_index(), page.paginator.num_pages) is not None
    assert crossings.count == (door == "async")
    assert ("COUNT" in str(made.queries)) is (queries == 2 or query == "offset=30")


@pytest.mark.parametrize("cls", ALL)
def test_lists_are_sliced_in_place(door: str, cls: Any) -> None:
    with assert_max_crossings(0):
        paginator = cls()
        query = "offset=10" if cls is Limits else "page=2"
        assert page_of(paginator, list(range(25)), query, door) == list(range(10, 20))
        assert paginator.get_next_link() is not None


class Source:
    """A source with async faces alone."""

    def __init__(self, numbers: range) -> None:
        self.numbers = numbers

    async def acount(self) -> int:
        return len(self.numbers)

    def __getitem__(self, index: slice) -> "Source":
        return Source(self.numbers[index])

    async def __aiter__(self) -> Any:
        for number in self.numbers:
            yield number


@pytest.mark.parametrize("cls", ALL)
def test_an_async_source_is_awaited(door: str, cls: Any) -> None:
    with assert_max_crossings(0):
        paginator = cls()
        query = "offset=10" if cls is Limits else "page=2"
        assert page_of(paginator, Source(range(25)), query, door) == list(range(10, 20))


def test_orphans_and_an_own_count_of_djangos_paginator_are_honoured(door: str) -> None:
    class Orphans(Paginator):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, orphans=3, **kwargs)

    class Capped(Paginator):
        count = 12

    paginator = Numbers()
    paginator.django_paginator_class = Orphans
    assert len(page_of(paginator, entries(13), "", door)) == 13
    assert paginator.get_next_link() is None
    assert len(page_of(paginator, Entry.objects.order_by("name")[:12], "", door)) == 12
    Entry.objects.filter(name="000").delete()
    more = Numbers()
    more.django_paginator_class = Capped
    page_of(more, Entry.objects.order_by("name"), "", door)
    assert more.get_paginated_response([]).data["count"] == 12


@pytest.mark.parametrize("cls", [PageNumberPagination, LimitOffsetPagination])
def test_a_count_may_be_an_estimate(door: str, cls: Any) -> None:
    class SyncEstimate(cls):
        page_size = default_limit = 10

        def get_count(self, queryset: Any) -> int:
            return 1000

    class AsyncEstimate(cls):
        page_size = default_limit = 10

        async def aget_count(self, queryset: Any) -> int:
            return 1000

    rows = entries(15)
    for estimate in (SyncEstimate, AsyncEstimate):
        paginator = estimate()
        assert len(page_of(paginator, rows, "", door)) == 10
        assert paginator.get_paginated_response([]).data["count"] == 1000
        assert paginator.get_next_link() is not None
        query = "offset=10" if cls is LimitOffsetPagination else "page=2"
        paginator = estimate()
        assert len(page_of(paginator, rows, query, door)) == 5
        assert paginator.get_next_link() is None
        if cls is PageNumberPagination:
            with pytest.raises(NotFound):
                page_of(estimate(), rows, "page=3", door)


def test_an_estimate_that_is_too_low_hides_no_row_of_a_page(door: str) -> None:
    class Low(Numbers):
        def get_count(self, queryset: Any) -> int:
            return 5

    assert len(page_of(Low(), entries(25), "", door)) == 10


def test_counts_are_kept_apart_by_filter_and_database(door: str, settings: Any) -> None:
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "counts"}}

    caches["default"].clear()

    class Kept(Numbers):
        count_ttl = 60

    rows = entries(25)
    for filtered, count in ((rows, 25), (rows.filter(name__lt="020"), 20), (rows.filter(name__lt="015"), 15)):
        for queries in (2, 1):
            with CaptureQueriesContext(connections["default"]) as captured:
                paginator = Kept()
                page_of(paginator, filtered, "", door)
            assert paginator.page.paginator.count == count
            assert len(captured) == queries
    assert page_of(Kept(), rows.none(), "", door) == []


@pytest.mark.needs("postgres")
@pytest.mark.skipif("postgres" not in DATABASES, reason="no driver")
def test_long_json_parameters_do_not_share_a_count(settings: Any) -> None:
    from restflow.pagination._sources import _count_key

    rows = Entry.objects.using("postgres")
    long = "x" * 100
    assert _count_key(rows.filter(extra__contains={"a": long + "1"})) != _count_key(
        rows.filter(extra__contains={"a": long + "2"})
    )


@pytest.mark.parametrize("cls", ALL)
def test_unordered_querysets_are_warned_of(door: str, cls: Any) -> None:
    entries(3)
    with pytest.warns(UnorderedObjectListWarning):
        page_of(cls(), Entry.objects.all(), "", door)


@pytest.mark.parametrize("cls", ALL)
def test_raw_querysets_are_refused(door: str, cls: Any) -> None:
    with pytest.raises(ImproperlyConfigured, match=cls.__name__):
        page_of(cls(), Entry.objects.raw("SELECT * FROM pagination_testapp_entry"), "", door)


@pytest.mark.parametrize("cls", ALL)
def test_max_offset_bounds_how_deep_pages_go(door: str, cls: Any) -> None:
    class Shallow(cls):
        max_offset = 10

    rows = entries(40)
    second, third = ("offset=10", "offset=20") if cls is Limits else ("page=2", "page=3")
    paginator = Shallow()
    assert len(page_of(paginator, rows, second, door)) == 10
    assert paginator.get_next_link() is None
    with pytest.raises(NotFound):
        page_of(Shallow(), rows, third, door)
    if cls is Numbers:
        with pytest.raises(NotFound):
            page_of(Shallow(), rows, "page=last", door)


def test_a_page_size_may_be_bounded(door: str) -> None:
    class Bounded(Numbers):
        max_page_size = 12

    assert len(page_of(Bounded(), entries(25), "size=100", door)) == 12


def test_the_page_size_follows_the_setting(settings: Any, door: str) -> None:
    settings.REST_FRAMEWORK = {"PAGE_SIZE": 4}
    rows = entries(9)
    for cls in (PageNumberPagination, LimitOffsetPagination, FastPageNumberPagination):
        assert len(page_of(cls(), rows, "", door)) == 4
    settings.REST_FRAMEWORK = {}
    assert page_of(PageNumberPagination(), rows, "", door) is None


def test_fast_pages_know_whether_more_follows(door: str) -> None:
    rows = entries(20)
    paginator = Fast()
    page_of(paginator, rows, "", door)
    assert (paginator.has_next, paginator.page_number) == (True, 1)
    paginator = Fast()
    assert len(page_of(paginator, rows, "page=2&a=%C3%A4", door)) == 10
    assert (paginator.has_next, paginator.page_number) == (False, 2)
    data = paginator.get_paginated_response([]).data
    assert "count" not in data
    assert data["next"] is None
    assert data["previous"] == "http://testserver/rows/?a=%C3%A4"
    with pytest.raises(NotFound):
        page_of(Fast(), rows, "page=last", door)


def test_links_keep_other_parameters(door: str) -> None:
    paginator = Numbers()
    page_of(paginator, entries(25), "page=2&q=a%26b&size=5", door)
    query = parse_qs(urlsplit(paginator.get_next_link()).query)
    assert query == {"page": ["3"], "q": ["a&b"], "size": ["5"]}


@pytest.mark.parametrize(("ours", "theirs"), [(PageNumberPagination, drf.PageNumberPagination),
                                              (LimitOffsetPagination, drf.LimitOffsetPagination)])  # fmt: skip
@pytest.mark.parametrize("query", ["", "page=2", "page=3", "page=last", "offset=5&limit=7", "offset=20"])
def test_valid_requests_are_answered_as_rest_framework_does(ours: Any, theirs: Any, query: str, door: str) -> None:
    rows = entries(25)
    bodies = []
    for cls in (ours, theirs):
        paginator = type("Same", (cls,), {"page_size": 10, "default_limit": 10, "page_size_query_param": "size"})()
        page = page_of(paginator, rows, query, door if cls is ours else "sync")
        response = paginator.get_paginated_response(names(page))
        bodies.append((response.data, paginator.to_html(), paginator.get_schema_operation_parameters(None)))
    assert bodies[0] == bodies[1]


@pytest.mark.parametrize("cls", ALL)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_value_of_a_parameter_is_an_error_of_the_server(cls: Any, database: str, data: Any) -> None:
    number = st.integers(min_value=-(10**25), max_value=10**25).map(str) | st.text(max_size=8) | st.sampled_from(
        [str(2**63 + delta) for delta in (-2, -1, 0, 1)] + [str(2**31), "9" * 400, "\0", "last"]
    )  # fmt: skip
    query = {name: data.draw(number) for name in ("page", "size", "limit", "offset")}
    if not Entry.objects.using(database).exists():
        entries(3, database)
    paginator = cls()
    try:
        page_of(paginator, Entry.objects.using(database).order_by("name"), query)
    except NotFound:
        return
    paginator.get_paginated_response([])
    paginator.get_html_context()


@pytest.mark.parametrize("cls", [*ALL])
def test_the_schema_describes_the_body(cls: Any) -> None:
    paginator = cls()
    page_of(paginator, entries(25))
    schema = paginator.get_paginated_response_schema({"type": "array"})
    data = paginator.get_paginated_response([1]).data
    assert set(data) == set(schema["properties"])
    assert set(schema["required"]) <= set(data)
    assert cls.__mro__[1].results_key == "results"
    assert [parameter["in"] for parameter in paginator.get_schema_operation_parameters(None)] == ["query", "query"]


# faces


def test_a_paginator_with_one_face_works_through_both(door: str) -> None:
    class OnlySync(BasePagination):
        def paginate_queryset(self, queryset: Any, request: Any, view: Any = None) -> Any:
            return ["sync"]

    class OnlyAsync(BasePagination):
        async def apaginate_queryset(self, queryset: Any, request: Any, view: Any = None) -> Any:
            return ["async"]

    class Calling(Numbers):
        def paginate_queryset(self, queryset: Any, request: Any, view: Any = None) -> Any:
            return ["first", *(super().paginate_queryset(queryset, request, view) or ())]

    assert page_of(OnlySync(), [], "", door) == ["sync"]
    assert page_of(OnlyAsync(), [], "", door) == ["async"]
    assert page_of(Calling(), [1], "", door) == ["first", 1]
    with pytest.raises(NotImplementedError):
        page_of(BasePagination(), [], "", door)


async def test_an_async_paginator_is_refused_on_a_running_loop() -> None:
    class OnlyAsync(Numbers):
        async def apaginate_queryset(self, queryset: Any, request: Any, view: Any = None) -> Any:
            return ["async"]

    with pytest.raises(RuntimeError, match="apaginate_queryset"):
        OnlyAsync().paginate_queryset([], asked())
