"""JSON made in the action's crossing: the same response to the byte, unless somebody wants to look at its data."""

import inspect
import json
import pickle
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.test import Client, override_settings
from rest_framework import pagination, serializers
from rest_framework.renderers import JSONRenderer as DRFJSONRenderer
from views_testapp.driver import Routes
from views_testapp.models import Book
from views_testapp.serializers import BookSerializer
from views_testapp.views import AsyncBooks, Books, TenPerPage

from restflow.responses import JSONRenderer, Response
from restflow.test import AsyncAPIClient, assert_max_crossings
from restflow.views import AsyncAPIView

calls: list[str] = []


class ReadyList(serializers.ListSerializer):
    def render_json(self):
        calls.append("rendered")
        return DRFJSONRenderer().render(self.data)


class ReadySerializer(BookSerializer):
    """Offers what compiled serializers offer."""

    class Meta(BookSerializer.Meta):
        list_serializer_class = ReadyList

    def render_json(self):
        calls.append("rendered")
        return DRFJSONRenderer().render(self.data)

    @property
    def data(self):
        calls.append("data")
        return super().data


class NoneSerializer(BookSerializer):
    def render_json(self):
        calls.append("none")


class LimitOffset(pagination.LimitOffsetPagination):
    default_limit = 2


class Cursor(pagination.CursorPagination):
    ordering = "pk"
    page_size = 2


class Keyed(TenPerPage):
    """Its own envelope, which promises not to read the rows."""

    results_key = "rows"

    def get_paginated_response(self, data):
        return Response({"total": self.page.paginator.count, "rows": data}, headers={"X-Page": "1"})


class Own(TenPerPage):
    """Its own envelope, without that promise, so it gets the rows."""

    def get_paginated_response(self, data):
        return Response({"titles": [row["title"] for row in data]})


class SlowRenderer(DRFJSONRenderer):
    """A subclass, for which nothing is made ahead."""


ACTIONS = {
    "list": ("get", False),
    "create": ("post", False),
    "retrieve": ("get", True),
    "update": ("put", True),
    "partial_update": ("patch", True),
}
each_kind = pytest.mark.parametrize("base", [AsyncBooks, Books], ids=["async view", "sync view"])
each_action = pytest.mark.parametrize("action", ACTIONS)


@pytest.fixture
def send(library: Any, factory: Any, answer: Any) -> Any:
    def call(base: Any, action: str = "list", accept: str = "application/json", **attributes: Any) -> Any:
        calls.clear()
        attributes = {"serializer_class": ReadySerializer, "renderer_classes": [JSONRenderer], **attributes}
        method, detail = ACTIONS[action]
        view = type("Viewset", (base,), attributes).as_view({method: action})
        if method == "get":
            request = factory.get("/", HTTP_ACCEPT=accept)
        else:
            data = {"title": "New\u2028", "pages": 5, "author": library.author.pk}
            request = getattr(factory, method)("/", data, format="json", HTTP_ACCEPT=accept)
        return answer(view, request, **({"pk": library.books[0].pk} if detail else {}))

    return call


def shown(response: Any) -> Any:
    headers = {name: value for name, value in response.items() if name != "Location"}
    return response.status_code, headers, response.content


@each_kind
@pytest.mark.parametrize(
    ("action", "paginator"),
    [
        *((action, TenPerPage) for action in ACTIONS),
        *(("list", paginator) for paginator in (LimitOffset, Cursor, Keyed, Own, None)),
    ],
)
@pytest.mark.parametrize("renderer", [JSONRenderer, DRFJSONRenderer])
def test_equal_with_the_path_and_without(base: Any, action: str, renderer: Any, paginator: Any, send: Any) -> None:
    ready = send(base, action, renderer_classes=[renderer], pagination_class=paginator)
    assert "rendered" in calls
    if action == "create":
        Book.objects.filter(pk=json.loads(ready.content)["id"]).delete()
    plain = send(base, action, renderer_classes=[SlowRenderer], pagination_class=paginator)
    assert "rendered" not in calls
    if action == "create":
        first, second = json.loads(ready.content), json.loads(plain.content)
        assert {**first, "id": 0} == {**second, "id": 0}
        assert ready.status_code == plain.status_code == 201
    else:
        assert shown(ready) == shown(plain)
    assert ready.data == plain.data or action == "create"


@each_kind
@each_action
def test_none_means_the_data(base: Any, action: str, send: Any) -> None:
    response = send(base, action, serializer_class=NoneSerializer)
    assert response.status_code in (200, 201)
    assert json.loads(response.content)
    if action != "list":
        assert calls == ["none"]


class Indented(JSONRenderer):
    def __init__(self) -> None:
        self.compact = False


@each_kind
@pytest.mark.parametrize(
    "attributes",
    [
        {"renderer_classes": [SlowRenderer]},
        {"renderer_classes": [Indented]},
        {"accept": "application/json; indent=4"},
        {"get_paginated_response": lambda self, data: Response({"own": data})},
        {"get_success_headers": lambda self, data: {"X-Title": data["title"]}, "action": "create"},
    ],
)
def test_where_it_is_not_asked_for(base: Any, attributes: Any, send: Any) -> None:
    response = send(base, **attributes)
    assert response.status_code in (200, 201)
    assert json.loads(response.content)
    if "X-Title" in response:
        assert response["X-Title"] == "New"
    if attributes.get("accept"):
        assert b"\n    " in response.content


@each_kind
def test_an_object_that_knows_its_url_still_gets_its_location(base: Any, send: Any) -> None:
    class WithUrl(ReadySerializer):
        url = serializers.SerializerMethodField()

        class Meta(ReadySerializer.Meta):
            fields = ["id", "title", "author", "url"]

        def get_url(self, book):
            return f"/books/{book.pk}/"

    response = send(base, "create", serializer_class=WithUrl)
    assert response["Location"] == f"/books/{response.data['id']}/"


@each_kind
@each_action
def test_data_that_is_edited_before_rendering_is_what_is_sent(base: Any, action: str, send: Any) -> None:
    def finalize(self: Any, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = base.finalize_response(self, request, response, *args, **kwargs)
        response.data["edited"] = True
        return response

    response = send(base, action, finalize_response=finalize)
    assert json.loads(response.content)["edited"] is True


@each_kind
def test_data_that_is_replaced_is_what_is_sent(base: Any, send: Any) -> None:
    def finalize(self: Any, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = base.finalize_response(self, request, response, *args, **kwargs)
        response.data = {"replaced": True}
        return response

    assert send(base, finalize_response=finalize).content == b'{"replaced":true}'


@each_kind
@each_action
@pytest.mark.parametrize("edit", [True, False])
def test_what_a_decorator_makes_of_the_data_is_sent(base: Any, action: str, edit: bool, send: Any) -> None:
    def edited(response: Any) -> Any:
        response.data["edited"] = edit
        return response

    def decorated(method: Any) -> Any:
        async def awaited(self: Any, *args: Any, **kwargs: Any) -> Any:
            return edited(await method(self, *args, **kwargs))

        def called(self: Any, *args: Any, **kwargs: Any) -> Any:
            return edited(method(self, *args, **kwargs))

        return awaited if inspect.iscoroutinefunction(method) else called

    expected = json.loads(send(base, action).content)
    response = send(base, action, **{action: decorated(getattr(base, action))})
    assert {**json.loads(response.content), "id": 0} == {**expected, "id": 0, "edited": edit}


@each_kind
def test_what_middleware_makes_of_the_data_is_sent(base: Any, library: Any, settings: Any) -> None:
    viewset = type("Viewset", (base,), {"serializer_class": ReadySerializer, "renderer_classes": [JSONRenderer]})
    settings.ROOT_URLCONF = Routes(viewset.as_view({"get": "list"}))
    settings.MIDDLEWARE = ["views_testapp.middleware.EditsTheData"]
    assert Client().get("/").json() == {"rows": 3}
    assert async_to_sync(AsyncAPIClient().get)("/").json() == {"rows": 3}


@each_kind
def test_another_renderer_set_late_renders_the_data(base: Any, send: Any) -> None:
    def finalize(self: Any, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = base.finalize_response(self, request, response, *args, **kwargs)
        response.accepted_renderer = Indented()
        return response

    assert b'"count": 3' in send(base, finalize_response=finalize).content


@each_kind
@each_action
def test_looking_at_data_afterwards_changes_nothing(base: Any, action: str, send: Any) -> None:
    response = send(base, action)
    before = response.content
    assert response.data == json.loads(before)
    assert response.content == before
    response.data["edited"] = True
    assert response.render().content == before


@each_kind
@each_action
def test_it_pickles_with_its_data(base: Any, action: str, send: Any) -> None:
    response = send(base, action)
    restored = pickle.loads(pickle.dumps(response))
    assert restored.content == response.content
    assert restored.data == json.loads(response.content)


@each_kind
def test_an_error_has_no_such_body(base: Any, send: Any, library: Any) -> None:
    library.books[0].pk = 0
    response = send(base, "retrieve")
    assert response.status_code == 404
    assert response.exception
    assert getattr(response, "_ready", None) is None


def test_rendering_costs_no_crossing_whatever_its_size(library: Any, serve: Any) -> None:
    class Everything(AsyncBooks):
        serializer_class = ReadySerializer
        pagination_class = None
        renderer_classes = [JSONRenderer]

    async def run() -> Any:
        return await serve(None, view=Everything.as_view({"get": "list"})).finish()

    Response.loop_render_limit, before = 0, Response.loop_render_limit
    try:
        with assert_max_crossings(3) as crossings:
            exchange = async_to_sync(run)()
    finally:
        Response.loop_render_limit = before
    assert exchange.status == 200
    assert crossings.count == 3  # Django's two, and the action


async def test_helpers_make_it_too(library: Any, factory: Any) -> None:
    class View(AsyncAPIView):
        authentication_classes = ()
        renderer_classes = [JSONRenderer]
        response_serializer_class = ReadySerializer

        async def get(self, request):
            return await self.aserialized_response(library.books, many=True)

    calls.clear()
    response = await View.as_view()(factory.get("/"))
    assert response._ready is not None
    assert [row["title"] for row in json.loads(response.render().content)] == ["Book 0", "Book 1", "Book 2"]
    assert calls[0] == "rendered"


def test_settings_do_not_disturb(send: Any) -> None:
    with override_settings(REST_FRAMEWORK={"URL_FIELD_NAME": "title"}):
        assert send(AsyncBooks, "create")["Location"] == "New"
