"""Each operation describes the errors that its declarations can produce, and no other."""

import pytest
from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework.authentication import BasicAuthentication, SessionAuthentication
from rest_framework.decorators import action
from rest_framework.exceptions import APIException, NotFound
from rest_framework.permissions import AllowAny, IsAdminUser, IsAuthenticated
from rest_framework.routers import SimpleRouter
from rest_framework.throttling import AnonRateThrottle, ScopedRateThrottle
from spectacular_testapp import protocol
from spectacular_testapp.generating import VERSIONS, generate, project, warnings

from restflow.spectacular import RestflowAutoSchema, raises

ENVELOPE = {"EXCEPTION_HANDLER": protocol.envelope}


class Locked(APIException):
    status_code = 409
    default_code = "locked"
    default_detail = "The product is locked for editing."


class Gone(APIException):
    status_code = 410
    default_code = "gone"
    default_detail = "It is gone."


class Throttle(AnonRateThrottle):
    rate = "5/min"
    rate_limit_headers = False


class LoudThrottle(Throttle):
    rate_limit_headers = True


class Unlimited(AnonRateThrottle):
    THROTTLE_RATES = {"anon": None}


class Scoped(ScopedRateThrottle):
    THROTTLE_RATES = {"uploads": "5/min", "free": None}


def crud(model=protocol.Note, serializer=protocol.NoteSerializer, **attributes):
    class Things(protocol.ModelViewSet):
        queryset = model.objects.all()
        serializer_class = serializer

    for name, value in {"authentication_classes": [], "permission_classes": [], **attributes}.items():
        setattr(Things, name, value)
    return Things


def statuses(view, **settings):
    router = SimpleRouter()
    router.register("things", view)
    document = generate(router.urls, **settings)
    return {
        operation["operationId"].removeprefix("things_"): {
            status for status in operation["responses"] if status >= "400"
        }
        for methods in document["paths"].values()
        for operation in methods.values()
    }


@pytest.mark.parametrize("oas", VERSIONS)
def test_a_body_may_be_bad_and_an_object_may_be_missing(oas):
    assert statuses(crud(), oas=oas) == {
        "list": set(),
        "create": {"400"},
        "retrieve": {"404"},
        "update": {"400", "404"},
        "partial_update": {"400", "404"},
        "destroy": {"404"},
    }


def test_filters_may_be_bad():
    assert statuses(crud(filterset_class=protocol.BookFilterSet))["list"] == {"400"}


def test_a_page_may_be_missing():
    assert statuses(crud(pagination_class=protocol.PagePagination))["list"] == {"404"}
    assert statuses(crud(pagination_class=protocol.ByIdPagination))["list"] == {"404"}


def test_stored_data_may_conflict():
    found = statuses(crud(protocol.Book, protocol.BookSerializer))
    assert {name for name, errors in found.items() if "409" in errors} == {"create", "update", "partial_update"}
    assert "409" in statuses(crud(protocol.Author, protocol.AuthorSerializer))["destroy"]


@pytest.mark.parametrize(
    ("authenticators", "permissions", "reading", "writing"),
    [
        ([], [IsAuthenticated], set(), set()),
        ([], [IsAdminUser], {"403"}, {"403"}),
        ([BasicAuthentication], [AllowAny], {"401"}, {"401"}),
        ([BasicAuthentication], [IsAuthenticated], {"401"}, {"401"}),
        ([BasicAuthentication], [~IsAuthenticated], {"401", "403"}, {"401", "403"}),
        ([BasicAuthentication], [IsAuthenticated | AllowAny], {"401"}, {"401"}),
        ([SessionAuthentication], [AllowAny], set(), {"403"}),
        ([SessionAuthentication], [IsAuthenticated], {"403"}, {"403"}),
    ],
    ids=["login", "staff", "open", "challenge", "negated", "either", "csrf", "no challenge"],
)
def test_access_may_be_refused(authenticators, permissions, reading, writing):
    found = statuses(crud(authentication_classes=authenticators, permission_classes=permissions))
    assert found["list"] == reading
    assert found["create"] == {"400", *writing}


@pytest.mark.parametrize(
    ("attributes", "limited"),
    [
        ({"throttle_classes": [Throttle]}, True),
        ({"throttle_classes": [Unlimited]}, False),
        ({"throttle_classes": [Scoped]}, False),
        ({"throttle_classes": [Scoped], "throttle_scope": "uploads"}, True),
        ({"throttle_classes": [Scoped], "throttle_scope": "free"}, False),
        (
            {
                "throttle_classes": [Scoped],
                "action_configs": {"list": protocol.ActionConfig(throttle_scope="uploads")},
            },
            True,
        ),
    ],
    ids=["rate", "no rate", "no scope", "scope", "unlimited scope", "scope of the action"],
)
def test_a_throttle_with_a_rate_may_refuse(attributes, limited):
    assert ("429" in statuses(crud(**attributes))["list"]) is limited


def test_the_settings_choose_the_statuses():
    found = statuses(crud(), schema={"ERROR_STATUSES": (413, 415, 500)})
    assert found["create"] == {"413", "415", "500"}
    assert found["list"] == {"500"}
    assert statuses(crud(), schema={"ERROR_STATUSES": ()})["create"] == set()


@pytest.mark.parametrize("oas", VERSIONS)
def test_responses_are_shared_components_of_the_handlers_body(oas):
    document = generate([path("things/", crud().as_view({"post": "create"}))], rest=ENVELOPE, oas=oas)
    responses = document["paths"]["/things/"]["post"]["responses"]
    assert responses["400"] == {"$ref": "#/components/responses/BadRequest"}
    content = document["components"]["responses"]["BadRequest"]["content"]
    assert content == {"application/json": {"schema": {"$ref": "#/components/schemas/ErrorEnvelope"}}}
    assert document["components"]["schemas"]["ErrorEnvelope"] == protocol.envelope.error_schema


def test_rest_frameworks_own_handler_is_known():
    router = SimpleRouter()
    router.register("things", crud())
    components = generate(router.urls)["components"]
    assert components["schemas"]["Error"]["required"] == ["detail"]
    assert components["responses"]["NotFound"]["content"]["application/json"]["schema"]["$ref"].endswith("/Error")
    assert components["responses"]["BadRequest"]["content"]["application/json"]["schema"]["type"] == "object"


def test_a_handler_of_the_view_stands_in_its_operations():
    other = protocol.Envelope()
    other.schema_name, other.media_type = "ProblemDetails", "application/problem+json"
    own = crud(get_exception_handler=lambda self: other)
    document = generate([path("things/", own.as_view({"post": "create"}))], rest=ENVELOPE)
    response = document["paths"]["/things/"]["post"]["responses"]["400"]
    assert set(response["content"]) == {"application/problem+json"}
    assert "BadRequest" not in document["components"].get("responses", {})


def test_two_handlers_of_one_schema_name_are_named_in_a_warning():
    other = protocol.Envelope()
    other.error_schema = {"type": "object"}
    own = crud(get_exception_handler=lambda self: other)
    patterns = [path("a/", crud().as_view({"post": "create"})), path("b/", own.as_view({"post": "create"}))]
    generate(patterns, rest=ENVELOPE, quiet=False)
    assert len(warnings()) == 1
    assert "ErrorEnvelope" in warnings()[0]


def test_refusals_carry_their_headers():
    view = crud(authentication_classes=[BasicAuthentication], throttle_classes=[Throttle])
    responses = generate([path("things/", view.as_view({"get": "list"}))])["components"]["responses"]
    assert set(responses["Unauthorized"]["headers"]) == {"WWW-Authenticate"}
    assert responses["TooManyRequests"]["headers"]["Retry-After"]["schema"]["type"] == "integer"


def test_rate_limit_headers_are_on_every_response():
    view = crud(throttle_classes=[LoudThrottle])
    responses = generate([path("things/", view.as_view({"post": "create"}))])["paths"]["/things/"]["post"]["responses"]
    assert set(responses) == {"201", "400", "429"}
    assert all({"RateLimit", "RateLimit-Policy"} <= set(response["headers"]) for response in responses.values())


@pytest.mark.parametrize("wrong", [ValueError, "locked", Locked()], ids=["other class", "text", "instance"])
def test_raises_refuses_what_is_no_api_exception(wrong):
    with pytest.raises(TypeError, match="raises"):
        raises(wrong)


def test_raises_describes_statuses_lines_and_codes():
    with project(rest=ENVELOPE):

        @raises(Gone)
        class Things(crud(protocol.Book, protocol.BookSerializer)):
            @extend_schema(summary="Put away")
            @raises(Locked)
            @raises(NotFound)
            @action(detail=True, methods=["post"])
            def archive(self, request, pk=None):
                raise AssertionError

            @action(detail=False, methods=["post"])
            @raises(Locked)
            def prune(self, request):
                raise AssertionError

    router = SimpleRouter()
    router.register("things", type("Derived", (Things,), {}))
    paths = generate(router.urls, rest=ENVELOPE, schema={"ERROR_STATUSES": ()})["paths"]
    responses = paths["/things/{id}/archive/"]["post"]["responses"]
    assert set(responses) == {"200", "404", "409", "410"}
    assert responses["409"]["description"].endswith("`locked`: The product is locked for editing.")
    assert responses["409"]["x-error-codes"] == ["locked"]
    assert "application/json" in responses["409"]["content"]
    assert set(paths["/things/prune/"]["post"]["responses"]) == {"200", "409", "410"}
    assert set(paths["/things/"]["get"]["responses"]) == {"200", "410"}


def test_raises_changes_nothing_but_an_attribute():
    async def handler():
        return 1

    assert raises(Locked)(handler) is handler


def test_declared_responses_stay_and_raises_adds_to_them():
    with project():

        class Things(crud()):
            @raises(Gone)
            @extend_schema(responses={200: protocol.NoteSerializer, 410: protocol.AuthorSerializer})
            def create(self, request):
                raise AssertionError

    responses = generate([path("a/", Things.as_view({"post": "create"}))])["paths"]["/a/"]["post"]["responses"]
    assert responses["410"]["content"]["application/json"]["schema"]["$ref"].endswith("/Author")
    assert responses["410"]["x-error-codes"] == ["gone"]


def test_a_subclass_may_change_the_errors():
    class Quiet(RestflowAutoSchema):
        def get_error_responses(self):
            return {"418": {"description": "A teapot."}}

    assert statuses(crud(schema=Quiet()))["list"] == {"418"}


def cached(**attributes):
    def handler(self, request):
        raise AssertionError

    vars(handler).update(attributes)
    return type("Cached", (protocol.APIView,), {"serializer_class": protocol.NoteSerializer, "get": handler})


def test_cached_responses_describe_their_headers():
    view = cached(set_cache_headers=True, etag=True)
    responses = generate([path("cached/", view.as_view())])["paths"]["/cached/"]["get"]["responses"]
    assert set(responses["200"]["headers"]) == {"X-Cache-status", "X-Cached-at", "X-Cache-reset-at", "ETag"}
    assert "content" not in responses["304"]
    responses = generate([path("cached/", cached().as_view())])["paths"]["/cached/"]["get"]["responses"]
    assert "headers" not in responses["200"]


def test_what_the_saving_hooks_declare_belongs_to_the_actions_that_run_them():
    class Things(crud(protocol.Book, protocol.BookSerializer)):
        @raises(Locked)
        def perform_update(self, serializer):
            raise AssertionError

    router = SimpleRouter()
    router.register("things", Things)
    paths = generate(router.urls, schema={"ERROR_STATUSES": ()})["paths"]
    described = {
        (path, method): set(operation["responses"])
        for path, item in paths.items()
        for method, operation in item.items()
        if "responses" in operation
    }
    assert {key for key, statuses in described.items() if "409" in statuses} == {
        ("/things/{id}/", "put"),
        ("/things/{id}/", "patch"),
    }
