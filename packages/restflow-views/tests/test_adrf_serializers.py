"""adrf's serializers in restflow's views of both kinds: every CRUD action, with their async hooks obeyed."""

from typing import Any

import pytest
from adrf.serializers import ModelSerializer
from views_testapp.models import Book
from views_testapp.views import AsyncBooks, Books

pytestmark = pytest.mark.django_db

calls: list[str] = []


class BookSerializer(ModelSerializer):
    class Meta:
        model = Book
        fields = ["id", "title", "pages", "author"]


class HookedSerializer(BookSerializer):
    async def acreate(self, validated_data: Any) -> Any:
        calls.append("acreate")
        return await Book.objects.acreate(**validated_data | {"pages": 77})

    async def aupdate(self, instance: Any, validated_data: Any) -> Any:
        calls.append("aupdate")
        instance.title = validated_data["title"].upper()
        await instance.asave()
        return instance


@pytest.fixture(params=[Books, AsyncBooks], ids=["sync", "async"])
def ask(request: Any, library: Any, factory: Any, answer: Any) -> Any:
    """Sends a request for an action to the view over a serializer."""

    def send(serializer_class: Any, method: str, action: str, data: Any = None, **kwargs: Any) -> Any:
        calls.clear()
        view = type("Adrf", (request.param,), {"serializer_class": serializer_class}).as_view({method: action})
        return answer(view, getattr(factory, method)("/", data, format="json"), **kwargs)

    send.author = library.author.pk  # type: ignore[attr-defined]
    send.book = library.books[0].pk  # type: ignore[attr-defined]
    return send


def test_list_and_retrieve(ask: Any) -> None:
    listed = ask(BookSerializer, "get", "list")
    shown = ask(BookSerializer, "get", "retrieve", pk=ask.book)
    expected = {"id": ask.book, "title": "Book 0", "pages": 1, "author": ask.author}
    assert (listed.status_code, listed.data["count"], listed.data["results"][0]) == (200, 3, expected)
    assert (shown.status_code, shown.data) == (200, expected)


def test_create_and_its_errors(ask: Any) -> None:
    created = ask(BookSerializer, "post", "create", {"title": "New", "author": ask.author})
    assert created.status_code == 201, created.data
    assert Book.objects.get(pk=created.data["id"]).title == "New"
    refused = ask(BookSerializer, "post", "create", {"title": "", "author": 0})
    assert (refused.status_code, set(refused.data)) == (400, {"title", "author"})


def test_update_partial_update_and_destroy(ask: Any) -> None:
    changed = ask(BookSerializer, "put", "update", {"title": "Put", "author": ask.author}, pk=ask.book)
    assert (changed.status_code, changed.data["title"]) == (200, "Put"), changed.data
    patched = ask(BookSerializer, "patch", "partial_update", {"pages": 9}, pk=ask.book)
    assert (patched.status_code, patched.data["pages"], patched.data["title"]) == (200, 9, "Put")
    assert ask(BookSerializer, "delete", "destroy", pk=ask.book).status_code == 204
    assert not Book.objects.filter(pk=ask.book).exists()


def test_its_async_hooks_are_obeyed(ask: Any) -> None:
    data = {"title": "New", "author": ask.author}
    created = ask(HookedSerializer, "post", "create", data)
    assert (created.status_code, created.data["pages"], calls) == (201, 77, ["acreate"])
    changed = ask(HookedSerializer, "put", "update", data, pk=ask.book)
    assert (changed.status_code, changed.data["title"], calls) == (200, "NEW", ["aupdate"])
