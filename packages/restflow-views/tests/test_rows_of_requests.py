"""Listings of views and helpers make their instances in the cheaper way, and read a queryset once."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from views_testapp.models import Book, Tag
from views_testapp.views import AsyncBooks, Books

from restflow.views import APIView, AsyncAPIView

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def books(library: Any) -> None:
    library.books[0].tags.add(Tag.objects.create(name="tagged"))


@pytest.mark.parametrize("viewset", [Books, AsyncBooks])
def test_a_page_is_made_so(viewset: Any, factory: Any, answer: Any, made: list[type]) -> None:
    response = answer(viewset.as_view({"get": "list"}), factory.get("/"))
    assert len(response.data["results"]) == 3
    assert made == [Book]


def test_many_without_a_page_is_made_so(factory: Any, answer: Any, made: list[type]) -> None:
    class All(AsyncAPIView):
        response_serializer_class = Books.serializer_class

        async def get(self, request: Any) -> Any:
            return await self.aserialized_response(Book.objects.all(), many=True)

    assert len(answer(All.as_view(), factory.get("/")).data) == 3
    assert made == [Book]


@pytest.mark.parametrize("base", [AsyncAPIView, APIView])
@pytest.mark.parametrize("paged", [False, True])
def test_a_queryset_that_a_helper_has_read_keeps_its_rows(paged: bool, base: Any, factory: Any, answer: Any) -> None:
    """As it does when REST framework serializes it: whoever holds it asks the database no second time."""

    class View(base):  # type: ignore[misc]
        response_serializer_class = Books.serializer_class

        def get(self, request: Any) -> Any:
            rows = Book.objects.prefetch_related("tags").order_by("pk")
            response = self.paginated_response(rows) if paged else self.serialized_response(rows, many=True)
            response["Titles"] = ", ".join(row.title for row in rows if row.tags.all() is not None)
            return response

    with CaptureQueriesContext(connection) as captured:
        response = answer(View.as_view(), factory.get("/"))
    assert response["Titles"] == "Book 0, Book 1, Book 2"
    assert len(captured) == 2
