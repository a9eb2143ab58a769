"""Rows of few distinct values, and walks over them by the links that pages give."""

import random
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from asgiref.sync import async_to_sync
from django.db.models import F
from hypothesis import strategies as st
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from pagination_testapp.models import Entry, Writer
from restflow.pagination import CursorPagination


def paged(rows: Any, ordering: Any, url: str | None = None, size: int = 3, view: Any = None, door: str = "sync") -> Any:
    """Page and paginator for a link that an earlier page gave."""
    paginator = type("Cursors", (CursorPagination,), {"page_size": size, "ordering": ordering})()
    request = Request(APIRequestFactory().get(f"/rows/?{urlsplit(url).query if url else ''}"))
    if door == "async":
        return async_to_sync(paginator.apaginate_queryset)(rows, request, view), paginator
    return paginator.paginate_queryset(rows, request, view), paginator


def walk(rows: Any, ordering: Any, size: int = 3, door: str = "sync") -> tuple[list[Any], Any]:
    """All rows from the first page on, and the paginator of the last page."""
    found, url = [], None
    for _ in range(200):
        page, paginator = paged(rows, ordering, url, size, door=door)
        found += page
        url = paginator.get_next_link()
        if url is None:
            return found, paginator
    raise AssertionError("the walk does not end")


def walk_back(rows: Any, ordering: Any, paginator: Any, size: int = 3) -> list[Any]:
    found: list[Any] = []
    for _ in range(200):
        url = paginator.get_previous_link()
        if url is None:
            return found
        page, paginator = paged(rows, ordering, url, size)
        found = page + found
    raise AssertionError("the walk back does not end")


def fill(database: str, count: int = 40, seed: int = 1) -> None:
    """Rows of few distinct values, many of them NULL."""
    chance = random.Random(seed)
    writers = [Writer.objects.using(database).create(name=name) for name in ("b", "a", "b")]
    start = datetime(2026, 3, 1, 12, tzinfo=UTC)
    Entry.objects.using(database).bulk_create(
        Entry(
            name=chance.choice(["a", "b", "é", "Z", "%_", "'\""]),
            score=chance.choice([None, None, 1, 2, -(2**31)]),
            rank=chance.choice([0, 1]),
            price=chance.choice([None, Decimal("0.10"), Decimal("9.99"), Decimal("-1.00")]),
            ratio=chance.choice([0.1, 1 / 3, -2.5e300, 5e-324]),
            flag=chance.choice([True, False]),
            uid=UUID(int=chance.choice([1, 2**100])),
            day=chance.choice([None, date(1, 1, 1), date(9999, 12, 31)]),
            hour=chance.choice([None, time(0), time(23, 59, 59, 999999)]),
            took=chance.choice([None, timedelta(microseconds=1), timedelta(days=3)]),
            created=start + timedelta(microseconds=chance.choice([0, 1, 999999])),
            blob=chance.choice([b"", b"\0\xff"]),
            writer=chance.choice([None, *writers]),
        )
        for _ in range(count)
    )


FIELDS = ["name", "score", "rank", "price", "ratio", "flag", "uid", "day", "hour", "took", "created", "writer_id",
          "writer", "writer__name", "blob", "pk"]  # fmt: skip


term = st.sampled_from(FIELDS).flatmap(lambda name: st.sampled_from([name, f"-{name}"])) | st.builds(
    lambda name, descending, first: getattr(F(name), "desc" if descending else "asc")(
        **({"nulls_first": True} if first else {"nulls_last": True})
    ),
    st.sampled_from(["score", "price", "writer__name", "day"]),
    st.booleans(),
    st.booleans(),
)
