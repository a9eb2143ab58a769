"""`HyperlinkedModelSerializer` as its users use it: models in annotations are links, in and out, on both faces."""

from types import SimpleNamespace
from typing import Any

import pytest
from django.db import models
from django.test import override_settings
from django.urls import path
from rest_framework import fields as drf
from rest_framework import relations
from rest_framework import serializers as drf_serializers
from rest_framework.test import APIRequestFactory
from serializers_testapp.models import Author, Book, Chapter, Tag

from restflow.serializers import Field, HyperlinkedModelSerializer, ModelSerializer


class Routes(SimpleNamespace):
    """A URLconf that is no module."""

    __hash__ = object.__hash__


NAMES = ("author", "book", "chapter", "tag")
ROUTES = Routes(urlpatterns=[path(f"{name}s/<pk>", lambda request, pk: None, name=f"{name}-detail") for name in NAMES])
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_routes")]


@pytest.fixture
def _routes() -> Any:
    with override_settings(ROOT_URLCONF=ROUTES):
        yield


class Linked(HyperlinkedModelSerializer):
    author: Author | None
    tags: list[Tag]
    chapters: list[Chapter] = Field(read_only=True)

    class Meta:
        model = Book
        fields = ["url", "title"]


class AsRestFrameworkHasIt(drf_serializers.HyperlinkedModelSerializer[Any]):
    class Meta:
        model = Book
        fields = ["url", "title", "author", "tags", "chapters"]
        read_only_fields = ["chapters"]


def context() -> dict[str, Any]:
    return {"request": APIRequestFactory().get("/")}


@pytest.fixture
def book() -> Book:
    made = Book.objects.create(isbn="1", title="t", author=Author.objects.create(name="a"))
    made.tags.set([Tag.objects.create(name=name) for name in "xy"])
    Chapter.objects.create(book=made, title="c")
    return made


def test_output_is_that_of_rest_framework(book: Book) -> None:
    expected = AsRestFrameworkHasIt(book, context=context()).data
    assert expected["author"] == f"http://testserver/authors/{book.author_id}"  # type: ignore[attr-defined]
    assert Linked(book, context=context()).data == expected
    assert Linked([book], many=True, context=context()).data == [expected]


async def test_the_async_face_takes_one_crossing_a_step(book: Book, crossings: Any) -> None:
    tag = await Tag.objects.acreate(name="z")
    crossings.count = 0
    sent = {"title": "n", "author": None, "tags": [f"http://testserver/tags/{tag.pk}"]}
    serializer = Linked(book, data=sent, context=context())
    assert await serializer.ais_valid(raise_exception=True)
    assert crossings.count == 1
    await serializer.asave()
    assert crossings.count == 2
    data = await serializer.adata
    assert crossings.count == 3
    assert (data["title"], data["author"], data["tags"]) == ("n", None, [f"http://testserver/tags/{tag.pk}"])


NOWHERE = {"title": "n", "author": "/authors/0", "tags": ["/nowhere", 3, "/authors/1"]}


@pytest.mark.parametrize("cls", [Linked, AsRestFrameworkHasIt])
def test_links_that_lead_nowhere_are_errors(book: Book, cls: Any) -> None:
    serializer = cls(book, data=NOWHERE, context=context())
    assert not serializer.is_valid()
    assert {name: errors[0].code for name, errors in serializer.errors.items()} == {
        "author": "does_not_exist",
        "tags": "no_match",
    }


async def test_they_are_errors_on_the_async_face_too(book: Book) -> None:
    serializer = Linked(book, data=NOWHERE, context=context())
    assert not await serializer.ais_valid()
    assert set(serializer.errors) == {"author", "tags"}


def test_without_a_request_it_says_what_is_missing(book: Book) -> None:
    with pytest.raises(AssertionError, match="requires the request in the serializer context"):
        Linked(book).data  # noqa: B018


def test_keywords_reach_the_link_and_another_field_may_stand_for_it() -> None:
    class Given(HyperlinkedModelSerializer):
        author: Author = Field(view_name="writer", lookup_field="name")
        named: dict[str, Author] = Field(read_only=True)

        class Meta:
            model = Book
            fields: list[str] = []

    fields: Any = Given().fields
    assert (fields["author"].view_name, fields["author"].lookup_field) == ("writer", "name")
    assert isinstance(fields["named"].child, relations.HyperlinkedRelatedField)

    class Slugs(HyperlinkedModelSerializer):
        serializer_related_field = relations.SlugRelatedField
        author: Author = Field(slug_field="name")

        class Meta:
            model = Book
            fields: list[str] = []

    assert Slugs(Book(author=Author(name="a"))).data == {"author": "a"}


def test_queries_do_not_grow(book: Book, django_assert_num_queries: Any) -> None:
    for number in range(3):
        Book.objects.create(isbn=f"n{number}", title="t", author=book.author).tags.set(book.tags.all())
    with django_assert_num_queries(3):
        rows = Linked(Linked.optimize_queryset(Book.objects.all()), many=True, context=context()).data
    assert len(rows) == 4


@pytest.mark.parametrize(
    ("own", "theirs"),
    [
        (ModelSerializer, drf_serializers.ModelSerializer),
        (HyperlinkedModelSerializer, drf_serializers.HyperlinkedModelSerializer),
    ],
)
def test_what_is_missing_in_the_meta_is_told_as_rest_framework_tells_it(own: Any, theirs: Any) -> None:
    def told(base: Any, meta: Any) -> tuple[type, str]:
        body = {"a": drf.IntegerField(), "__module__": __name__, **({} if meta is None else {"Meta": meta})}
        try:
            type("Some", (base,), body)().fields  # noqa: B018
        except (AssertionError, ValueError) as error:
            return type(error), str(error)
        raise AssertionError("nothing was told")

    options = type("Meta", (), {"abstract": True, "app_label": "serializers_testapp"})
    abstract = type("Abstract", (models.Model,), {"__module__": Book.__module__, "Meta": options})
    for meta in (None, {"fields": ["a"]}, {"model": Book}, {"model": abstract, "fields": ["a"]}):
        made = None if meta is None else type("Meta", (), meta)
        assert told(own, made) == told(theirs, made)
