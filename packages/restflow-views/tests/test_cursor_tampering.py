"""Cursors that nobody has handed out: refused, or a starting point in rows that the client may list anyway."""

import base64
import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings as django_settings
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pagination_testapp.models import Entry
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from restflow.pagination import CursorPagination

DATABASES = ["default", "postgres"] if "postgres" in django_settings.DATABASES else ["default"]
pytestmark = pytest.mark.django_db(databases=DATABASES)
FIELDS = [
    "name",
    "score",
    "rank",
    "price",
    "ratio",
    "flag",
    "uid",
    "day",
    "hour",
    "took",
    "created",
    "writer_id",
    "blob",
]


@pytest.fixture(params=DATABASES)
def database(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def asked(ordering: str, cursor: str, database: str = "default") -> Any:
    paginator = type("Cursors", (CursorPagination,), {"page_size": 2, "ordering": ordering})()
    request = Request(APIRequestFactory().get("/rows/", {"cursor": cursor}))
    rows = Entry.objects.using(database).all()
    with transaction.atomic(using=database):
        return paginator.paginate_queryset(rows, request), paginator


def cursor_of(ordering: str, database: str = "default") -> str:
    _, paginator = asked(ordering, "", database)
    return parse_qs(urlsplit(paginator.get_next_link()).query)["cursor"][0]


def opened(cursor: str) -> Any:
    return json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))


def closed(content: Any) -> str:
    text = content if isinstance(content, str) else json.dumps(content)
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


@pytest.fixture
def rows(database: str) -> str:
    created = datetime(2026, 1, 1, tzinfo=UTC)
    Entry.objects.using(database).bulk_create(Entry(name=str(n), score=n, created=created) for n in range(6))
    return database


@pytest.mark.parametrize(
    "cursor",
    ["x", "====", "é", "\0", "a" * 10_000, "cD0yMDI2", closed("null"), closed("[]"), closed([1, 2, 3, 4]),
     closed({"a": 1}), closed("[" * 3000), closed("[1,2,3,NaN]"), base64.b64encode(b"\xff\xfe").decode()],
)  # fmt: skip
def test_what_is_no_cursor_is_404(rows: str, cursor: str) -> None:
    with pytest.raises(NotFound, match="Invalid cursor"):
        asked("name", cursor, rows)


def test_an_empty_cursor_is_the_first_page(rows: str) -> None:
    page, paginator = asked("name", "", rows)
    assert [row.name for row in page] == ["0", "1"]
    assert paginator.get_previous_link() is None


def test_a_cursor_of_another_ordering_or_version_is_404(rows: str) -> None:
    cursor = cursor_of("name", rows)
    asked("name", cursor, rows)
    for ordering in ("-name", "score", "name,score"):
        with pytest.raises(NotFound):
            asked(ordering, cursor, rows)
    version, fingerprint, reverse, values = opened(cursor)
    for other in (
        [version + 1, fingerprint, reverse, values],
        [version, fingerprint, 2, values],
        [version, fingerprint, reverse, values[:1]],
        [version, fingerprint, reverse, [*values, 1]],
        [version, fingerprint, reverse, [None, values[1]]],
        [version, fingerprint, reverse, [["a"], values[1]]],
    ):
        with pytest.raises(NotFound):
            asked("name", closed(other), rows)


WRONG: list[tuple[str, Any]] = [
    ("score", "text"), ("score", 1.5), ("score", True), ("score", 2**70),
    ("name", 3), ("name", "a\0b"), ("name", "\ud800"), ("flag", 1), ("price", "NaN"),
    ("price", "Infinity"), ("price", "1E+99999"), ("price", "123456789012.5"), ("price", 1), ("ratio", "x"),
    ("ratio", 1), ("day", "2026-02-30"), ("day", "x"), ("hour", "25:00"), ("hour", "10:00+02:00"),
    ("created", "2026-01-01"), ("created", "2026-01-01T00:00:00"), ("created", "0001-01-01T00:00:00+23:59"),
    ("created", "x"), ("uid", "x"), ("took", "x"), ("took", 2**80), ("blob", "%"), ("writer_id", 2**64),
    ("writer_id", "1; DROP TABLE"),
]  # fmt: skip


@pytest.mark.parametrize(("field", "value"), WRONG)
def test_a_value_that_the_field_refuses_is_404(rows: str, field: str, value: Any) -> None:
    version, fingerprint, reverse, values = opened(cursor_of(field, rows))
    with pytest.raises(NotFound):
        asked(field, closed([version, fingerprint, reverse, [value, values[1]]]), rows)


@pytest.mark.needs("postgres")
@pytest.mark.skipif("postgres" not in DATABASES, reason="no driver")
@pytest.mark.parametrize(("field", "value"), [("score", 2**31), ("score", -(2**40)), ("rank", 2**15)])
def test_an_integer_out_of_its_columns_range_is_404(field: str, value: int) -> None:
    created = datetime(2026, 1, 1, tzinfo=UTC)
    Entry.objects.using("postgres").bulk_create(Entry(name=str(n), score=n, created=created) for n in range(6))
    version, fingerprint, reverse, values = opened(cursor_of(field, "postgres"))
    with pytest.raises(NotFound):
        asked(field, closed([version, fingerprint, reverse, [value, values[1]]]), "postgres")


def test_a_made_up_position_only_picks_a_starting_point(rows: str) -> None:
    version, fingerprint, _, _ = opened(cursor_of("score", rows))
    page, _ = asked("score", closed([version, fingerprint, 0, [3, 0]]), rows)
    assert [row.score for row in page] == [3, 4]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.datetimes().map(str),
    lambda inner: st.lists(inner, max_size=2),
    max_leaves=3,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_mutated_cursors_are_never_an_error_of_the_server(database: str, data: Any) -> None:
    if not Entry.objects.using(database).exists():
        created = datetime(2026, 1, 1, tzinfo=UTC)
        Entry.objects.using(database).bulk_create(Entry(name=str(n), score=n, created=created) for n in range(6))
    field = data.draw(st.sampled_from(FIELDS))
    cursor = cursor_of(field, database)
    version, fingerprint, _, values = opened(cursor)
    made = data.draw(
        st.one_of(
            st.text(),
            st.binary().map(lambda raw: base64.urlsafe_b64encode(raw).decode()),
            st.tuples(json_values, json_values).map(lambda pair: closed([version, fingerprint, 0, list(pair)])),
            json_values.map(lambda value: closed([version, fingerprint, 1, [value, values[1]]])),
            st.integers(0, len(cursor) - 1).map(lambda at: cursor[:at] + "A" + cursor[at + 1 :]),
        )
    )
    try:
        page, _ = asked(field, made, database)
    except NotFound:
        return
    assert {row.pk for row in page} <= set(Entry.objects.using(database).values_list("pk", flat=True))
