"""What a post-fetch attaches has its shape where the field that reads it has none, and nothing is queried for it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db.models import Avg, Count, DecimalField, F, Func, Value
from django.urls import path
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.routers import SimpleRouter
from spectacular_testapp import protocol
from spectacular_testapp.generating import VERSIONS, generate, warnings
from spectacular_testapp.models import Author, Book


@dataclass(frozen=True)
class PostFetch:
    """The arguments of restflow's, as attributes."""

    queryset: Any
    to_attr: str = "latest"
    values: tuple[str, ...] | None = None
    values_dict: Mapping[str, Any] | None = None
    limit: int | None = 1
    on: Mapping[str, str] = field(default_factory=lambda: {"author_id": "id"})


def serializer_of(latest, name="AuthorRow"):
    body = {"id": serializers.IntegerField(), "latest": latest, "get_latest": lambda self, author: author.latest}
    return type(name, (serializers.Serializer,), body)


def document_of(post_fetch, latest=None, **settings):
    class View(protocol.APIView):
        response_serializer_class = serializer_of(latest or serializers.ReadOnlyField())

        def get_post_fetches(self):
            return [post_fetch]

        def get(self, request):
            raise AssertionError

    document = generate([path("author/", View.as_view())], **settings)
    return document["components"]["schemas"]["AuthorRow"]["properties"]["latest"]


TITLE = {"type": "string", "description": "As printed on the cover."}
ANYTHING = {"readOnly": True}


@pytest.mark.parametrize(
    ("post_fetch", "expected"),
    [
        (PostFetch(Book.objects.all(), values=("title",)), {"title": str, "author_id": int}),
        (PostFetch(Book.objects, values=("author__name", "pk")), {"author__name": str, "pk": str, "author_id": int}),
        (PostFetch(lambda view: Book.objects.all(), values=("author",)), {"author": int, "author_id": int}),
        (
            PostFetch(Book.objects.all(), values=(), values_dict={"number": Count("pk"), "by": F("author__name")}),
            {"author_id": int, "number": int, "by": str},
        ),
        (
            PostFetch(Book.objects.all(), values_dict={"mean": Avg("author_id"), "price": Value(1, DecimalField())}),
            {"author_id": int, "mean": float, "price": str},
        ),
        (PostFetch(Book.objects.annotate(n=Count("pk")), values=("n",)), {"n": int, "author_id": int}),
        (PostFetch(Book.objects.all()), {"id": str, "title": str, "author_id": int}),
    ],
    ids=["values", "lookups", "callable", "values_dict", "output_field", "annotation", "instances"],
)
def test_columns_and_expressions_are_properties(post_fetch, expected):
    found = document_of(post_fetch)
    names = {str: "string", int: "integer", float: "number"}
    assert {name: one["type"] for name, one in found["properties"].items()} == {
        name: names[kind] for name, kind in expected.items()
    }
    assert sorted(found["required"]) == sorted(expected)


@pytest.mark.parametrize("oas", VERSIONS)
@pytest.mark.parametrize(("limit", "most"), [(1, None), (3, 3), (None, None)])
def test_the_limit_makes_an_object_or_an_array(oas, limit, most):
    found = document_of(PostFetch(Book.objects.all(), values=("title",), limit=limit), oas=oas)
    if limit == 1:
        nullable = {"type": "object", "nullable": True} if oas == "3.0.3" else {"type": ["object", "null"]}
        assert nullable.items() <= found.items()
        assert found["properties"]["title"] == TITLE
    else:
        assert (found["type"], found.get("maxItems"), found["readOnly"]) == ("array", most, True)
        assert found["items"]["properties"]["title"] == TITLE


def needs_a_request(view):
    raise KeyError("user")


@pytest.mark.parametrize(
    "post_fetch",
    [
        PostFetch(needs_a_request),
        PostFetch(lambda view: None),
        PostFetch(Book.objects.all(), values=("nothing",)),
        PostFetch(Author.objects.all(), values=("book",), on={"name": "name"}),
        PostFetch(Book.objects.all(), values_dict={"odd": Func(F("title"), Value(1), function="odd")}),
        PostFetch(Book.objects.values("title", "author_id")),
    ],
    ids=["request", "no queryset", "unknown lookup", "no column", "no output_field", "own values"],
)
def test_what_cannot_be_known_is_anything_without_a_message(post_fetch):
    assert document_of(post_fetch) == ANYTHING


@pytest.mark.parametrize(
    "latest",
    [
        serializers.ReadOnlyField(),
        serializers.JSONField(),
        serializers.DictField(),
        serializers.ListField(),
        serializers.SerializerMethodField(),
    ],
    ids=lambda one: type(one).__name__,
)
def test_fields_without_a_shape_take_it(latest):
    assert "title" in document_of(PostFetch(Book.objects.all()), latest)["properties"]


def test_another_name_reads_the_attribute_by_its_source():
    latest = serializers.ReadOnlyField(source="newest")
    assert "title" in document_of(PostFetch(Book.objects.all(), to_attr="newest"), latest)["properties"]


@pytest.mark.parametrize(
    "latest",
    [
        serializers.CharField(),
        serializers.ListField(child=serializers.IntegerField()),
        protocol.BookRowSerializer(allow_null=True),
    ],
    ids=["text", "list", "serializer"],
)
def test_a_field_with_a_shape_keeps_it(latest):
    assert "properties" not in document_of(PostFetch(Book.objects.all()), latest)


def hinted(self, author) -> int:
    raise AssertionError


@extend_schema_field(int)
def declared(self, author):
    raise AssertionError


@pytest.mark.parametrize("method", [hinted, declared])
def test_a_method_that_tells_its_shape_keeps_it(method):
    class View(protocol.APIView):
        response_serializer_class = type(
            "Row",
            (serializers.Serializer,),
            {"latest": serializers.SerializerMethodField(), "get_latest": method},
        )
        post_fetches = [PostFetch(Book.objects.all())]

        def get(self, request):
            raise AssertionError

    document = generate([path("author/", View.as_view())])
    assert document["components"]["schemas"]["Row"]["properties"]["latest"]["type"] == "integer"


def of_actions(first, second):
    class Authors(protocol.ModelViewSet):
        queryset = Author.objects.all()
        serializer_class = serializer_of(serializers.JSONField(read_only=True))
        http_method_names = ["get"]
        post_fetches = ()

        def get_post_fetches(self):
            return [first] if self.action == "list" else [second]

    router = SimpleRouter()
    router.register("authors", Authors, basename="author")
    return router.urls


def test_two_shapes_under_one_attribute_are_one_warning_that_names_both():
    titles, keys = PostFetch(Book.objects.all(), values=("title",)), PostFetch(Book.objects.all(), values=("pk",))
    document = generate(of_actions(titles, keys), quiet=False)
    (said,) = warnings()
    assert all(name in said for name in ("AuthorRow.latest", "GET /authors/ and GET /authors/{id}/", "Declare it"))
    assert "title" in document["components"]["schemas"]["AuthorRow"]["properties"]["latest"]["properties"]


def test_one_shape_in_two_operations_is_no_message():
    generate(of_actions(PostFetch(Book.objects.all()), PostFetch(Book.objects.all())))
