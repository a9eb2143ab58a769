"""Request and response bodies follow the split, the status of success, and getters that fail."""

import pytest
from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework.routers import SimpleRouter
from spectacular_testapp import protocol
from spectacular_testapp.generating import generate, project, warnings


def body(document, where, method="post"):
    return document["paths"][where][method]["requestBody"]["content"]["application/json"]["schema"]["$ref"]


def answers(document, where, method="post"):
    return {
        status: next(iter(response.get("content", {"": None}).values()))
        for status, response in document["paths"][where][method]["responses"].items()
        if status < "400"
    }


def reference(name):
    return {"schema": {"$ref": f"#/components/schemas/{name}"}}


def test_a_plain_view_splits_request_and_response():
    class Order(protocol.APIView):
        request_serializer_class = protocol.BookRowSerializer
        response_serializer_class = protocol.BookSerializer

        async def post(self, request):
            raise AssertionError

    document = generate([path("orders/", Order.as_view())])
    assert body(document, "/orders/").endswith("/BookRow")
    assert answers(document, "/orders/") == {"200": reference("Book")}


@pytest.mark.parametrize(
    ("status", "expected"),
    [(202, {"202": reference("Note")}), (204, {"204": None}), (None, {"201": reference("Note")})],
)
def test_the_status_of_success_is_the_actions(status, expected):
    class Notes(protocol.ModelViewSet):
        queryset = protocol.Note.objects.all()
        serializer_class = protocol.NoteSerializer
        action_configs = {"create": protocol.ActionConfig(**({} if status is None else {"success_status": status}))}

    document = generate([path("notes/", Notes.as_view({"post": "create"}))])
    assert answers(document, "/notes/") == expected


def test_a_deletion_that_answers_has_a_body():
    class Notes(protocol.ModelViewSet):
        queryset = protocol.Note.objects.all()
        serializer_class = protocol.NoteSerializer
        action_configs = {"destroy": protocol.ActionConfig(success_status=200)}

    document = generate([path("notes/<int:pk>/", Notes.as_view({"delete": "destroy"}))])
    assert answers(document, "/notes/{id}/", "delete") == {"200": reference("Note")}


def test_a_bodiless_write_needs_no_response_serializer():
    class Logout(protocol.APIView):
        request_serializer_class = protocol.NoteSerializer
        success_status = 204

        def post(self, request):
            raise AssertionError

    assert answers(generate([path("logout/", Logout.as_view())]), "/logout/") == {"204": None}


def test_a_view_that_tells_nothing_is_one_warning_with_the_remedies():
    class Mystery(protocol.APIView):
        def post(self, request):
            raise AssertionError

    document = generate([path("mystery/", Mystery.as_view())], quiet=False)
    (said,) = warnings()
    assert all(word in said for word in ("POST", "Mystery", "serializer_class", "@extend_schema"))
    assert "200" in answers(document, "/mystery/")


ERRORS = (KeyError, ValueError, AttributeError, TypeError, AssertionError, LookupError, RuntimeError, OSError)


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize(
    "getter", ["get_request_serializer_class", "get_response_serializer_class", "get_pagination_class", "get_queryset"]
)
def test_a_getter_that_needs_a_request_falls_back_to_the_attribute(getter, error):
    def fails(self):
        raise error("no request")

    view = type(
        "Notes",
        (protocol.ModelViewSet,),
        {
            "serializer_class": protocol.NoteSerializer,
            "pagination_class": protocol.PagePagination,
            "queryset": protocol.Note.objects.all(),
            getter: fails,
        },
    )
    router = SimpleRouter()
    router.register("notes", view)
    document = generate(router.urls)
    assert answers(document, "/notes/", "get") == {"200": reference("PaginatedNoteList")}
    assert body(document, "/notes/").endswith("/Note")


def test_async_getters_are_not_called():
    class Notes(protocol.ModelViewSet[protocol.Note]):
        serializer_class = protocol.NoteSerializer

        async def get_queryset(self):
            raise AssertionError

    document = generate([path("notes/<pk>/", Notes.as_view({"get": "retrieve"}))])
    (parameter,) = document["paths"]["/notes/{id}/"]["get"]["parameters"]
    assert parameter["schema"] == {"type": "integer"}


def test_the_model_is_known_by_the_brackets_through_subclasses():
    class Base(protocol.ModelViewSet[protocol.Book]):
        serializer_class = protocol.NoteSerializer

        def get_queryset(self):
            return self.request.user.books

    class Derived(Base):
        lookup_url_kwarg = "book"
        lookup_field = "id"

    document = generate([path("books/<book>/", Derived.as_view({"get": "retrieve"}))])
    (parameter,) = document["paths"]["/books/{book}/"]["get"]["parameters"]
    assert parameter["schema"] == {"type": "string", "format": "uuid"}


def test_what_extend_schema_declares_wins():
    with project():

        class Notes(protocol.ModelViewSet):
            queryset = protocol.Note.objects.all()
            serializer_class = protocol.NoteSerializer

            @extend_schema(
                operation_id="jot",
                request=protocol.AuthorSerializer,
                responses={202: protocol.BookSerializer, 400: protocol.BookRowSerializer},
                tags=["own"],
                description="Own words.",
            )
            async def create(self, request):
                raise AssertionError

    document = generate([path("notes/", Notes.as_view({"post": "create"}))])
    operation = document["paths"]["/notes/"]["post"]
    assert (operation["operationId"], operation["tags"], operation["description"]) == ("jot", ["own"], "Own words.")
    assert body(document, "/notes/").endswith("/Author")
    assert answers(document, "/notes/") == {"202": reference("Book")}
    assert operation["responses"]["400"]["content"]["application/json"] == reference("BookRow")


def test_descriptions_are_the_projects_own_words():
    class Notes(protocol.ModelViewSet):
        """Notes of the project."""

        queryset = protocol.Note.objects.all()
        serializer_class = protocol.NoteSerializer

        async def create(self, request):
            """Jot down."""

    router = SimpleRouter()
    router.register("notes", Notes)
    document = generate(router.urls)
    assert document["paths"]["/notes/"]["post"]["description"] == "Jot down."
    assert document["paths"]["/notes/"]["get"]["description"] == "Notes of the project."
    assert "description" not in document["components"]["schemas"]["Note"]


def test_a_ready_made_view_is_described_by_its_class_and_not_by_its_handler():
    async def post(self, request):
        """How the library answers."""

    post.__module__ = "restflow.authentication.views"
    body = {"__module__": post.__module__, "__doc__": "Log-in.", "serializer_class": protocol.NoteSerializer}
    LogIn = type("LogIn", (protocol.APIView,), {**body, "post": post})

    class OurLogIn(LogIn):
        """By user name and password."""

    document = generate([path("log-in/", LogIn.as_view()), path("ours/", OurLogIn.as_view())])
    assert document["paths"]["/log-in/"]["post"]["description"] == "Log-in."
    assert document["paths"]["/ours/"]["post"]["description"] == "By user name and password."
