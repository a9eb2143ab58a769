"""Overrides are obeyed on generic, plain and function views as on viewsets, from mixins, and when they come late."""

import asyncio
from typing import Any

import pytest
from rest_framework import decorators
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.throttling import BaseThrottle
from views_testapp.models import Author, Book
from views_testapp.views import AsyncBooks, Books, Open

from restflow.responses import Response
from restflow.views import (
    APIView,
    AsyncAPIView,
    AsyncListCreateAPIView,
    AsyncRetrieveUpdateDestroyAPIView,
    ListCreateAPIView,
    RetrieveUpdateDestroyAPIView,
    api_view,
)

KINDS = {
    "async": (AsyncBooks, AsyncListCreateAPIView, AsyncRetrieveUpdateDestroyAPIView),
    "sync": (Books, ListCreateAPIView, RetrieveUpdateDestroyAPIView),
}
METHODS = {"list": "get", "create": "post", "retrieve": "get", "update": "put", "partial_update": "patch"}
METHODS |= {"destroy": "delete", "missing": "get"}
OF_MANY = ("list", "create")
# hook, its async face, and the action that runs it
HOOKS = [
    ("initial", "ainitial", "list"),
    ("perform_authentication", "aperform_authentication", "list"),
    ("check_permissions", "acheck_permissions", "create"),
    ("check_object_permissions", "acheck_object_permissions", "update"),
    ("check_throttles", "acheck_throttles", "list"),
    ("handle_exception", "ahandle_exception", "missing"),
    ("finalize_response", "afinalize_response", "destroy"),
    ("get_queryset", None, "list"),
    ("get_object", "aget_object", "retrieve"),
    ("filter_queryset", "afilter_queryset", "list"),
    ("paginate_queryset", "apaginate_queryset", "list"),
    ("get_paginated_response", None, "list"),
    ("perform_create", "aperform_create", "create"),
    ("perform_update", "aperform_update", "partial_update"),
    ("perform_destroy", "aperform_destroy", "destroy"),
    ("validated_serializer", "avalidated_serializer", "update"),
    ("serialized_response", "aserialized_response", "retrieve"),
    ("paginated_response", "apaginated_response", "list"),
]
# hooks with one face, which may not be `async def`
ONE_FACE = [
    ("initialize_request", "list"),
    ("get_serializer_class", "list"),
    ("get_request_serializer_class", "create"),
    ("get_response_serializer_class", "retrieve"),
    ("get_pagination_class", "list"),
    ("get_post_fetches", "list"),
    ("get_serializer", "create"),
    ("get_context", "create"),
    ("get_serializer_context", "list"),
    ("get_success_headers", "create"),
    ("get_permissions", "list"),
    ("get_throttles", "list"),
    ("get_authenticators", "list"),
    ("get_parsers", "create"),
    ("get_renderers", "list"),
    ("get_content_negotiator", "list"),
    ("perform_content_negotiation", "list"),
    ("determine_version", "list"),
    ("get_format_suffix", "list"),
    ("get_parser_context", "create"),
    ("get_renderer_context", "list"),
    ("get_exception_handler", "missing"),
    ("get_exception_handler_context", "missing"),
    ("permission_denied", "forbidden"),
    ("throttled", "throttled"),
    ("http_method_not_allowed", "wrong"),
]
STATUS = {"create": 201, "destroy": 204, "missing": 404, "forbidden": 403, "throttled": 429, "wrong": 405}


class Nobody(BasePermission):
    def has_permission(self, request, view):
        return False


class Never(BaseThrottle):
    def allow_request(self, request, view):
        return False


@pytest.fixture
def act(library: Any, factory: Any, answer: Any) -> Any:
    """Sends the request of an action to a viewset, or to a generic view."""

    def send(view: Any, action: str) -> Any:
        method = {"wrong": "trace"}.get(action) or METHODS.get(action, "get")
        of_many = action in (*OF_MANY, "forbidden", "throttled", "wrong")
        data = {"title": "New", "pages": 5, "author": library.author.pk}
        has_body = method in ("post", "put", "patch")
        request = factory.generic(method.upper(), "/")
        if has_body:
            request = getattr(factory, method)("/", data, format="json")
        kwargs = {} if of_many else {"pk": 0 if action == "missing" else Book.objects.earliest("pk").pk}
        attributes = {"forbidden": {"permission_classes": [Nobody]}, "throttled": {"throttle_classes": [Never]}}
        routed = {method: {"missing": "retrieve"}.get(action, action if action in METHODS else "list")}
        if action == "wrong":
            routed = {"get": "list"}
        arguments = [routed] if issubclass(view, AsyncBooks | Books) else []
        return answer(view.as_view(*arguments, **attributes.get(action, {})), request, **kwargs)

    return send


def base_of(kind: str, sort: str, action: str) -> Any:
    viewset, many, one = KINDS[kind]
    if sort == "viewset":
        return viewset
    base = many if action in OF_MANY or action not in METHODS else one
    return type("Generic", (Open, base), {})


def recording(base: Any, name: str, log: list[str], *, is_async: bool = False) -> Any:
    """The method, which notes its call and goes on with the next class's."""

    def next_of(self: Any) -> Any:
        mro = type(self).__mro__
        after = mro[mro.index(next(klass for klass in mro if vars(klass).get(name) is method)) + 1 :]
        return next(vars(klass)[name] for klass in after if name in vars(klass))

    def sync(self: Any, *args: Any, **kwargs: Any) -> Any:
        log.append(name)
        return next_of(self)(self, *args, **kwargs)

    async def aio(self: Any, *args: Any, **kwargs: Any) -> Any:
        log.append(name)
        made = next_of(self)(self, *args, **kwargs)
        return await made if asyncio.iscoroutine(made) else made

    method: Any = aio if is_async else sync
    return method


each_sort = pytest.mark.parametrize("sort", ["generic", "mixin", "viewset"])
each_kind = pytest.mark.parametrize("kind", list(KINDS))


@each_kind
@each_sort
@pytest.mark.parametrize(("name", "aname", "action"), HOOKS, ids=str)
@pytest.mark.parametrize("is_async", [False, True], ids=["sync override", "async override"])
def test_a_hook_of_two_faces(
    name: str, aname: str | None, action: str, is_async: bool, sort: str, kind: str, act: Any
) -> None:
    log: list[str] = []
    base = base_of(kind, sort, action)
    method = (aname or name) if is_async else name
    override = {method: recording(base, method, log, is_async=is_async)}
    bases = (type("Mixin", (), override), base) if sort == "mixin" else (base,)
    view = type("View", bases, {} if sort == "mixin" else override)
    assert act(view, action).status_code == STATUS.get(action, 200)
    assert log == [method]


@each_kind
@each_sort
@pytest.mark.parametrize(("name", "action"), ONE_FACE, ids=str)
def test_a_hook_of_one_face(name: str, action: str, sort: str, kind: str, act: Any) -> None:
    log: list[str] = []
    base = base_of(kind, sort, action)
    override = {name: recording(base, name, log)}
    bases = (type("Mixin", (), override), base) if sort == "mixin" else (base,)
    view = type("View", bases, {} if sort == "mixin" else override)
    assert act(view, action).status_code == STATUS.get(action, 200)
    assert set(log) == {name}


@pytest.mark.parametrize("base", [AsyncAPIView, APIView], ids=["async", "sync"])
@pytest.mark.parametrize(
    "name",
    [
        "initial",
        "perform_authentication",
        "check_permissions",
        "check_throttles",
        "handle_exception",
        "finalize_response",
        "validated_serializer",
        "serialized_response",
        "paginated_response",
        "check_object_permissions",
    ],
)
@pytest.mark.parametrize("is_async", [False, True], ids=["sync override", "async override"])
def test_a_view_without_actions(name: str, is_async: bool, base: Any, library: Any, factory: Any, answer: Any) -> None:
    """Its handlers call the face of their own kind, and get whichever is overridden."""
    log: list[str] = []
    method = f"a{name}" if is_async else name

    class Plain(base):
        authentication_classes = ()
        serializer_class = Open.serializer_class

        def _get(self) -> Any:
            self.check_object_permissions(self.request, None)
            self.validated_serializer(data={"title": "x", "author": library.author.pk})
            self.paginated_response(library.books)
            return self.serialized_response(library.books, many=True)

        async def _aget(self) -> Any:
            await self.acheck_object_permissions(self.request, None)
            await self.avalidated_serializer(data={"title": "x", "author": library.author.pk})
            await self.apaginated_response(library.books)
            return await self.aserialized_response(library.books, many=True)

        if base is AsyncAPIView:

            async def get(self, request):
                return await self._aget()
        else:

            def get(self, request):
                return self._get()

        def post(self, request):
            return self._get()

        def put(self, request):
            raise Author.DoesNotExist

        def get_exception_handler(self):
            return lambda exc, context: Response(status=418)

    view = type("View", (Plain,), {method: recording(Plain, method, log, is_async=is_async)}).as_view()
    if name == "handle_exception":
        assert answer(view, factory.put("/")).status_code == 418
        assert log == [method]
        return
    for verb in ("get", "post"):  # on an async view the sync handler calls the sync helpers, in a thread
        log.clear()
        response = answer(view, getattr(factory, verb)("/"))
        assert len(response.data) == 3
        assert log == [method]


def policies(what: str, is_async: bool) -> Any:
    """A decorator that refuses, or finds a user, by one face of a policy."""
    base, name, value = {
        "permission": (BasePermission, "has_permission", False),
        "throttle": (BaseThrottle, "allow_request", False),
        "authentication": (BaseAuthentication, "authenticate", (Author(name="someone"), "auth")),
    }[what]

    def sync(self: Any, *args: Any) -> Any:
        return value

    async def aio(self: Any, *args: Any) -> Any:
        await asyncio.sleep(0)
        return value

    policy = type("Policy", (base,), {f"a{name}" if is_async else name: aio if is_async else sync})
    return getattr(decorators, f"{what}_classes")([policy])


@pytest.mark.parametrize("kind", ["async", "sync"])
@pytest.mark.parametrize("is_async", [False, True], ids=["sync policy", "async policy"])
@pytest.mark.parametrize(("what", "status"), [("permission", 403), ("throttle", 429), ("authentication", 200)], ids=str)
def test_a_function_view(what: str, status: int, is_async: bool, kind: str, factory: Any, answer: Any) -> None:
    def plain(request: Any) -> Any:
        return Response({"user": getattr(request.user, "name", None), "auth": request.auth})

    async def awaited(request: Any) -> Any:
        return plain(request)

    function = policies(what, is_async)(plain if kind == "sync" else awaited)
    if what != "authentication":
        function = decorators.authentication_classes([])(function)
    response = answer(api_view()(function), factory.get("/"))
    assert response.status_code == status
    if status == 200:
        assert response.data == {"user": "someone", "auth": "auth"}


class TestPatches:
    """A method that is put in place after the first request, as tests and instruments do, counts from then on."""

    @each_kind
    @pytest.mark.parametrize("sort", ["generic", "viewset"])
    @pytest.mark.parametrize(("name", "aname", "action"), HOOKS, ids=str)
    @pytest.mark.parametrize("is_async", [False, True], ids=["sync override", "async override"])
    @pytest.mark.parametrize("of_base", [False, True], ids=["the class", "its base"])
    def test_of_a_hook(
        self, name: str, aname: str | None, action: str, is_async: bool, of_base: bool, sort: str, kind: str, act: Any
    ) -> None:
        log: list[str] = []
        base = type("Base", (base_of(kind, sort, action),), {})
        view = type("View", (base,), {})
        expected = STATUS.get(action, 200)
        assert act(view, action).status_code == expected
        method = (aname or name) if is_async else name
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(base if of_base else view, method, recording(base, method, log, is_async=is_async))
            assert act(view, action).status_code == expected
        assert log == [method]
        assert act(view, action).status_code == expected
        assert log == [method]

    @each_kind
    def test_of_a_permission(self, kind: str, act: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        class Everybody(BasePermission):
            async def ahas_permission(self, request, view):
                return True

        class Some(Everybody):
            pass

        view = type("View", (KINDS[kind][0],), {"permission_classes": [Some]})
        assert act(view, "list").status_code == 200
        monkeypatch.setattr(Some, "has_permission", lambda self, request, view: False)
        assert act(view, "list").status_code == 403
