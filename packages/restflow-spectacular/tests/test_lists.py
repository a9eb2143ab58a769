"""An operation is a list, a page or one object by its action, its config and its class."""

import pytest
from django.urls import path
from rest_framework import generics, viewsets
from rest_framework.decorators import action
from rest_framework.pagination import PageNumberPagination
from rest_framework.routers import SimpleRouter
from spectacular_testapp import protocol
from spectacular_testapp.generating import VERSIONS, generate, project, warnings

from restflow.spectacular import RestflowAutoSchema


def success(document, where, method="get", status="200"):
    (media,) = [
        value
        for name, value in document["paths"][where][method]["responses"][status]["content"].items()
        if name == "application/json"
    ]
    schema = media["schema"]
    return schema.get("$ref", schema).removeprefix("#/components/schemas/") if "$ref" in schema else schema


def names(document, where, method="get"):
    return {parameter["name"] for parameter in document["paths"][where][method].get("parameters", ())}


class Books(protocol.ModelViewSet):
    queryset = protocol.Book.objects.all()
    serializer_class = protocol.BookSerializer
    pagination_class = protocol.PagePagination
    action_configs = {
        "list": protocol.ActionConfig(
            response_serializer_class=protocol.BookRowSerializer, pagination_class=protocol.FastPageNumberPagination
        ),
        "recent": protocol.ActionConfig(pagination_class=protocol.PagePagination),
    }

    @action(detail=False)
    def stats(self, request):
        raise AssertionError

    @action(detail=False)
    def recent(self, request):
        raise AssertionError

    @action(detail=False, pagination_class=protocol.ByIdPagination)
    def feed(self, request):
        raise AssertionError


def books(**settings):
    router = SimpleRouter()
    router.register("books", Books)
    return generate(router.urls, **settings)


@pytest.mark.parametrize("oas", VERSIONS)
def test_an_action_takes_serializer_and_page_from_its_config(oas):
    document = books(oas=oas)
    assert success(document, "/books/") == "FastPageNumberBookRowList"
    assert names(document, "/books/") == {"page"}
    assert success(document, "/books/{id}/") == "Book"
    null = {"type": "string", "nullable": True} if oas == "3.0.3" else {"type": ["string", "null"]}
    assert document["components"]["schemas"]["FastPageNumberBookRowList"]["properties"]["next"] == null


def test_extra_actions_are_pages_only_where_their_own_declaration_says_so():
    document = books()
    assert success(document, "/books/stats/") == "Book"
    assert names(document, "/books/stats/") == set()
    assert success(document, "/books/recent/") == "PaginatedBookList"
    assert success(document, "/books/feed/") == "ByIdBookList"


def test_operation_ids_are_those_of_rest_framework():
    document = books()
    ids = {
        (where, method): operation["operationId"]
        for where, methods in document["paths"].items()
        for method, operation in methods.items()
    }
    assert ids["/books/", "get"] == "books_list"
    assert ids["/books/", "post"] == "books_create"
    assert ids["/books/{id}/", "get"] == "books_retrieve"
    assert ids["/books/{id}/", "delete"] == "books_destroy"


def test_a_config_without_pagination_is_an_array():
    class Plain(Books):
        action_configs = {"list": protocol.ActionConfig(pagination_class=None)}

    document = generate([path("books/", Plain.as_view({"get": "list"}))])
    assert success(document, "/books/") == {"type": "array", "items": {"$ref": "#/components/schemas/Book"}}
    assert names(document, "/books/") == set()


def test_a_singleton_is_no_list_whatever_pages():
    class Me(protocol.Split, generics.RetrieveAPIView):
        serializer_class = protocol.AuthorSerializer
        pagination_class = protocol.PagePagination
        queryset = protocol.Author.objects.all()

    assert success(generate([path("me/", Me.as_view())]), "/me/") == "Author"


def test_lookup_variables_are_compared_as_variables():
    class Guides(protocol.ListCreateAPIView):
        serializer_class = protocol.AuthorSerializer
        queryset = protocol.Author.objects.all()
        lookup_field = "id"

    document = generate([path("guides/", Guides.as_view())])
    assert success(document, "/guides/")["type"] == "array"
    assert success(document, "/guides/", "post", "201") == "Author"


def test_a_plain_view_pages_where_it_has_a_paginator():
    class Feed(protocol.APIView):
        response_serializer_class = protocol.NoteSerializer
        pagination_class = protocol.PagePagination

        def get(self, request):
            raise AssertionError

    document = generate([path("feed/", Feed.as_view()), path("feed/<int:pk>/", Feed.as_view())])
    assert success(document, "/feed/") == "PaginatedNoteList"
    assert success(document, "/feed/{id}/") == "Note"


def test_two_paginators_of_one_name_and_other_envelopes_are_named_in_a_warning():
    def fast():
        class FastPageNumberPagination(PageNumberPagination):
            def get_paginated_response_schema(self, schema):
                return {"type": "object", "properties": {"rows": schema}}

        return FastPageNumberPagination

    class One(Books):
        action_configs = {"list": protocol.ActionConfig(pagination_class=protocol.FastPageNumberPagination)}

    class Two(Books):
        action_configs = {"list": protocol.ActionConfig(pagination_class=fast())}

    generate([path("1/", One.as_view({"get": "list"})), path("2/", Two.as_view({"get": "list"}))], quiet=False)
    with project():
        (said,) = warnings()
    assert "FastPageNumberBookList" in said


def test_a_paginator_that_fails_is_named_once_and_left_out():
    class Broken(PageNumberPagination):
        def get_paginated_response_schema(self, schema):
            raise KeyError("request")

    class Shelf(Books):
        action_configs = {"list": protocol.ActionConfig(pagination_class=Broken)}

    document = generate([path("books/", Shelf.as_view({"get": "list"}))], quiet=False)
    assert len(warnings()) == 1
    assert "Broken.get_paginated_response_schema" in warnings()[0]
    assert success(document, "/books/")["type"] == "array"


@pytest.mark.parametrize("oas", VERSIONS)
def test_plain_rest_framework_is_described_as_by_drf_spectacular(oas):
    class PlainBooks(viewsets.ModelViewSet):
        queryset = protocol.Book.objects.all()
        serializer_class = protocol.BookSerializer
        pagination_class = protocol.PagePagination

        @action(detail=True, methods=["post"])
        def archive(self, request, pk=None):
            """Put it away."""

    class Notes(generics.ListCreateAPIView):
        queryset = protocol.Note.objects.all()
        serializer_class = protocol.NoteSerializer

    router = SimpleRouter()
    router.register("books", PlainBooks)
    patterns = [*router.urls, path("notes/", Notes.as_view())]
    ours = generate(patterns, oas=oas, schema={"ERROR_STATUSES": ()})
    theirs = generate(patterns, oas=oas, rest={"DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema"})
    assert ours["paths"] == theirs["paths"]
    assert ours["components"] == theirs["components"]


def test_a_schema_object_on_a_class_serves_every_view_by_its_own_copy():
    class Shelf(protocol.APIView):
        schema = RestflowAutoSchema()

    one, two = Shelf(), Shelf()
    assert one.schema is one.schema
    assert one.schema is not two.schema
    assert one.schema.view is one
