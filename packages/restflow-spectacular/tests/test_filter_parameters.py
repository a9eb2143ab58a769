"""A filter set's parameters are shown on collections, once, and as the settings say."""

import pytest
from django.urls import include, path
from drf_spectacular.utils import extend_schema
from rest_framework.filters import SearchFilter
from rest_framework.routers import SimpleRouter
from spectacular_testapp import protocol
from spectacular_testapp.generating import VERSIONS, generate, project, warnings

from restflow.core import ConfigError
from restflow.spectacular import build_filterset_parameters, resolve_filterset_class


class Books(protocol.ModelViewSet):
    queryset = protocol.Book.objects.all()
    serializer_class = protocol.BookSerializer
    filterset_class = protocol.BookFilterSet
    filter_backends = [protocol.FilterBackend, SearchFilter]
    search_fields = ["title"]


def names(document, where, method="get"):
    return [parameter["name"] for parameter in document["paths"][where][method].get("parameters", ())]


def books(view=Books, **settings):
    router = SimpleRouter()
    router.register("books", view)
    return generate(router.urls, **settings)


@pytest.mark.parametrize("oas", VERSIONS)
def test_they_are_on_the_list_and_nowhere_else(oas):
    document = books(oas=oas)
    assert names(document, "/books/") == ["author", "search", "title", "title!"]
    assert names(document, "/books/", "post") == []
    assert names(document, "/books/{id}/") == ["id"]


def test_all_methods_of_collections_show_them_where_the_setting_says_so():
    document = books(schema={"FILTER_METHODS": None})
    assert names(document, "/books/", "post") == ["author", "title", "title!"]
    assert names(document, "/books/{id}/", "delete") == ["id"]


def test_negations_can_be_left_out_of_the_document():
    document = books(schema={"NEGATED_PARAMETERS": False})
    assert names(document, "/books/") == ["author", "search", "title"]
    marks = {p["name"]: p.get("x-negation") for p in document["paths"]["/books/"]["get"]["parameters"]}
    assert marks == {"author": None, "search": None, "title": "title!"}


@pytest.mark.parametrize(("filters", "expected"), [(False, []), (True, ["author", "title", "title!"])])
def test_extend_schema_decides(filters, expected):
    with project():

        class Declared(Books):
            filter_backends = []

            @extend_schema(filters=filters)
            def create(self, request):
                raise AssertionError

            @extend_schema(filters=filters)
            def list(self, request):
                raise AssertionError

    document = books(Declared)
    assert names(document, "/books/", "post") == expected
    assert names(document, "/books/") == expected


def test_extend_schema_that_is_silent_on_filters_changes_nothing():
    with project():

        class Declared(Books):
            @extend_schema(summary="All of them")
            def list(self, request):
                raise AssertionError

    assert names(books(Declared), "/books/") == ["author", "search", "title", "title!"]


def test_a_plain_view_shows_them_without_backends():
    class Shelf(protocol.APIView):
        response_serializer_class = protocol.BookSerializer
        filterset_class = protocol.BookFilterSet

        async def get(self, request):
            raise AssertionError

    document = generate([path("shelf/", Shelf.as_view())])
    assert names(document, "/shelf/") == ["author", "title", "title!"]
    assert "400" in document["paths"]["/shelf/"]["get"]["responses"]


def test_the_config_of_the_action_names_the_filter_set():
    class Configured(Books):
        filterset_class = None
        filter_backends = [protocol.FilterBackend]
        action_configs = {"list": protocol.ActionConfig(filterset_class=protocol.BookFilterSet)}

    assert names(books(Configured), "/books/") == ["author", "title", "title!"]


def test_a_getter_that_fails_falls_back_to_the_attribute():
    class Personal(Books):
        def get_filterset_class(self):
            return self.request.user.filterset_class

    view = Personal()
    view.request = None
    assert resolve_filterset_class(view) is protocol.BookFilterSet


def test_a_filter_set_is_built_once_and_copied():
    class Counted(protocol.BookFilterSet):
        built = 0

    first, second = build_filterset_parameters(Counted), build_filterset_parameters(Counted)
    first[0]["name"] = "spoilt"
    assert second[0]["name"] == "title"
    assert Counted.built == 1


def test_another_librarys_filter_set_is_left_to_its_own_extension():
    class Foreign:
        pass

    assert build_filterset_parameters(Foreign) == []
    assert build_filterset_parameters(None) == []


def test_a_filter_set_that_does_not_compile_stops_the_document():
    class Wrong(protocol.BookFilterSet):
        @classmethod
        def get_schema_operation_parameters(cls, view=None):
            raise ConfigError("Wrong.price: no such column.")

    class Broken(Books):
        filterset_class = Wrong

    with pytest.raises(ConfigError, match=r"Wrong\.price"):
        books(Broken)


def test_a_backend_that_fails_is_named_once():
    class Fails(SearchFilter):
        def get_schema_operation_parameters(self, view):
            raise KeyError("request")

    class Broken(Books):
        filter_backends = [Fails]

    books(Broken, quiet=False)
    assert len(warnings()) == 1
    assert "Fails.get_schema_operation_parameters" in warnings()[0]


HOOK = {"POSTPROCESSING_HOOKS": ["restflow.spectacular.hooks.add_filterset_parameters"] * 2}
STOCK = {"DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema"}


@pytest.mark.parametrize(
    ("settings", "where"),
    [
        ({}, "/api/v1/books/"),
        ({"SCHEMA_PATH_PREFIX": "/api/v1", "SCHEMA_PATH_PREFIX_TRIM": True}, "/books/"),
        (
            {"SCHEMA_PATH_PREFIX": "/api", "SCHEMA_PATH_PREFIX_TRIM": True, "SCHEMA_PATH_PREFIX_INSERT": "/edge"},
            "/edge/v1/books/",
        ),
    ],
    ids=["as it is", "trimmed", "inserted"],
)
def test_the_hook_adds_them_to_another_schema_class_once(settings, where):
    class ByHand(Books):
        filter_backends = []

    router = SimpleRouter()
    router.register("books", ByHand)
    patterns = [path("api/v1/", include(router.urls))]
    document = generate(patterns, rest=STOCK, spectacular={**HOOK, **settings}, quiet=False)
    assert names(document, where) == ["title", "title!", "author"]
    assert "title" not in names(document, where, "post")
