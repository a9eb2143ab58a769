"""Pages through views of both kinds: hostile query strings are answered by the envelope, on every database."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.conf import settings as django_settings
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pagination_testapp.models import Entry
from rest_framework import serializers
from rest_framework.test import APIRequestFactory

from restflow.pagination import (
    CursorPagination,
    FastPageNumberPagination,
    LimitOffsetPagination,
    PageNumberPagination,
)
from restflow.test import assert_max_crossings
from restflow.views import AsyncListAPIView, ListAPIView

DATABASES = ["default", "postgres"] if "postgres" in django_settings.DATABASES else ["default"]
pytestmark = pytest.mark.django_db(databases=DATABASES)
PAGINATORS = [PageNumberPagination, LimitOffsetPagination, FastPageNumberPagination, CursorPagination]


class EntrySerializer(serializers.ModelSerializer):
    class Meta:
        model = Entry
        fields = ["name"]


def view(base: Any, paginator: Any, database: str) -> Any:
    attributes = {"page_size": 2, "default_limit": 2, "page_size_query_param": "page_size", "ordering": "name"}
    return type("View", (base,), {
        "queryset": Entry.objects.using(database).order_by("name"),
        "serializer_class": EntrySerializer,
        "authentication_classes": [],
        "pagination_class": type("Pages", (paginator,), attributes),
    }).as_view()  # fmt: skip


@pytest.fixture(autouse=True)
def configured(settings: Any) -> None:
    settings.REST_FRAMEWORK = {"EXCEPTION_HANDLER": "restflow.exceptions.exception_handler"}


@pytest.fixture(params=DATABASES)
def database(request: pytest.FixtureRequest) -> str:
    created = datetime(2026, 1, 1, tzinfo=UTC)
    name = str(request.param)
    Entry.objects.using(name).bulk_create(Entry(name=str(n), created=created) for n in range(5))
    return name


@pytest.mark.parametrize("base", [ListAPIView, AsyncListAPIView])
@pytest.mark.parametrize("paginator", PAGINATORS)
def test_a_list_is_walked_by_its_links(database: str, base: Any, paginator: Any, answer: Any) -> None:
    url, names, pages = "/rows/", [], view(base, paginator, database)
    while url is not None:
        with assert_max_crossings(1 if base is AsyncListAPIView else 0):
            response = answer(pages, APIRequestFactory().get(url))
        assert response.status_code == 200
        names += [row["name"] for row in response.data["results"]]
        url = response.data["next"]
    assert names == ["0", "1", "2", "3", "4"]


hostile = st.text(max_size=10) | st.integers().map(str) | st.sampled_from(
    ["last", "-1", str(2**63), "9" * 5000, "\0", "1\0", "e30", "WzFd", "' OR 1=1 --", "\ud7ff", "inf", "nan", "1e9"]
)  # fmt: skip


@pytest.mark.parametrize("base", [ListAPIView, AsyncListAPIView])
@pytest.mark.parametrize("paginator", PAGINATORS)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_hostile_values_are_200_or_an_envelope(
    database: str, base: Any, paginator: Any, answer: Any, data: Any
) -> None:
    query = {name: data.draw(hostile) for name in ("page", "page_size", "limit", "offset", "cursor")}
    raw = APIRequestFactory().get("/rows/", query)
    response = answer(view(base, paginator, database), raw)
    assert response.status_code in (200, 400, 404)
    if response.status_code == 200:
        assert {row["name"] for row in response.data["results"]} <= set("01234")
    else:
        assert set(response.data) == {"error"}
        assert set(response.data["error"]) == {"code", "message", "details"}
