"""Permissions, throttles, authenticators, backends, paginators and handlers: the most derived face is obeyed."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from rest_framework import permissions as drf_permissions
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle
from views_testapp.views import AsyncBooks, Books, TenPerPage

each_kind = pytest.mark.parametrize("base", [AsyncBooks, Books], ids=["async view", "sync view"])
WAYS = ["sync", "async", "coroutine", "sync async", "sync async equivalent"]
each_way = pytest.mark.parametrize("ways", WAYS)


def faced(base: Any, name: str, aname: str, ways: str, result: Any, log: list[str]) -> Any:
    """A class with the faces named in `ways`, each of which answers `result()`."""

    def sync(self: Any, *args: Any, **kwargs: Any) -> Any:
        log.append("sync")
        return result()

    async def aio(self: Any, *args: Any, **kwargs: Any) -> Any:
        await asyncio.sleep(0)
        log.append("async")
        return result()

    namespace: dict[str, Any] = {}
    if "sync" in ways.split():
        namespace[name] = sync
    if "async" in ways.split():
        namespace[aname] = aio
    if "coroutine" in ways.split():
        namespace[name] = aio
    if "equivalent" in ways.split():
        namespace["sync_equivalent"] = True
    return type("Faced", (base,), namespace)


def expect(log: list[str], ways: str, base: Any) -> None:
    if ways == "sync async equivalent":
        assert len(log) == 1
    elif ways == "sync async":
        assert log == (["async"] if base is AsyncBooks else ["sync"])
    else:
        assert log == ["sync" if ways == "sync" else "async"]


@pytest.fixture
def detail(library: Any, factory: Any, answer: Any) -> Any:
    def send(viewset: Any, **headers: Any) -> Any:
        return answer(viewset.as_view({"get": "retrieve"}), factory.get("/", **headers), pk=library.books[0].pk)

    return send


@each_kind
@each_way
@pytest.mark.parametrize("level", ["has_permission", "has_object_permission"])
@pytest.mark.parametrize("parent", [drf_permissions.BasePermission, IsAuthenticated, drf_permissions.AllowAny])
def test_a_permission_denies(level: str, ways: str, base: Any, parent: Any, detail: Any) -> None:
    log: list[str] = []
    permission = faced(parent, level, f"a{level}", ways, lambda: False, log)
    if parent is IsAuthenticated and level == "has_object_permission":
        permission.has_permission = lambda *args: True
    permission.message = "its own words"
    viewset = type("Viewset", (base,), {"permission_classes": [permission]})
    response = detail(viewset)
    assert response.status_code == 403
    assert response.data["detail"] == "its own words"
    expect(log, ways, base)


@each_kind
@each_way
@pytest.mark.parametrize("compose", [lambda p: p & drf_permissions.AllowAny, lambda p: drf_permissions.AllowAny & p])
def test_an_operand_of_drfs_composition_denies(ways: str, base: Any, compose: Any, detail: Any) -> None:
    log: list[str] = []
    permission = faced(drf_permissions.BasePermission, "has_permission", "ahas_permission", ways, lambda: False, log)
    viewset = type("Viewset", (base,), {"permission_classes": [compose(permission)]})
    assert detail(viewset).status_code == 403
    expect(log, ways, base)


@each_kind
@each_way
def test_a_composition_is_not_weakened_by_an_object_that_is_not_asked_about(ways: str, base: Any, detail: Any) -> None:
    owner = faced(
        drf_permissions.BasePermission, "has_object_permission", "ahas_object_permission", ways, lambda: False, []
    )
    viewset = type("Viewset", (base,), {"permission_classes": [drf_permissions.IsAdminUser | owner]})
    assert detail(viewset).status_code == 403
    viewset = type("Viewset", (base,), {"permission_classes": [drf_permissions.IsAdminUser | ~owner]})
    assert detail(viewset).status_code == 200


@each_kind
@each_way
def test_a_throttle_denies_and_all_are_asked(ways: str, base: Any, detail: Any) -> None:
    log: list[str] = []
    throttle = faced(BaseThrottle, "allow_request", "aallow_request", ways, lambda: False, log)
    waits = iter([3, 7, None])
    throttle.wait = lambda self: next(waits)
    throttle.get_headers = lambda self: {"X-Left": "0"}
    viewset = type("Viewset", (base,), {"throttle_classes": [throttle, throttle, throttle]})
    response = detail(viewset)
    assert response.status_code == 429
    assert response["Retry-After"] == "7"
    assert response["X-Left"] == "0"
    assert len(log) == 3
    expect(log[:1], ways, base)


@each_kind
@each_way
def test_throttles_headers_are_on_every_response(ways: str, base: Any, detail: Any) -> None:
    throttle = faced(BaseThrottle, "allow_request", "aallow_request", ways, lambda: True, [])
    throttle.get_headers = lambda self: {"X-Left": "9"}
    viewset = type("Viewset", (base,), {"throttle_classes": [throttle]})
    assert detail(viewset)["X-Left"] == "9"


class Authenticator:
    def authenticate_header(self, request: Any) -> str:
        return "Own"


@each_kind
@each_way
def test_an_authenticator_finds_the_user(ways: str, base: Any, detail: Any) -> None:
    log: list[str] = []
    user = SimpleNamespace(is_authenticated=True, pk=1)
    authenticator = faced(Authenticator, "authenticate", "aauthenticate", ways, lambda: (user, "token"), log)
    seen = {}

    def permission(self: Any, request: Any, view: Any) -> bool:
        seen.update(user=request.user, auth=request.auth, used=type(request.successful_authenticator))
        return request.user.is_authenticated

    sees = type("Sees", (drf_permissions.BasePermission,), {"has_permission": permission})
    attributes = {"authentication_classes": [authenticator], "permission_classes": [sees]}
    assert detail(type("Viewset", (base,), attributes)).status_code == 200
    assert seen == {"user": user, "auth": "token", "used": authenticator}
    expect(log, ways, base)


@each_kind
@each_way
def test_an_authenticator_refuses_with_its_challenge(ways: str, base: Any, detail: Any) -> None:
    def refuse() -> None:
        raise AuthenticationFailed("bad token")

    authenticator = faced(Authenticator, "authenticate", "aauthenticate", ways, refuse, [])
    response = detail(type("Viewset", (base,), {"authentication_classes": [authenticator]}))
    assert response.status_code == 401
    assert response["WWW-Authenticate"] == "Own"
    assert response.data["detail"] == "bad token"


@each_kind
@each_way
def test_a_filter_backend_filters(ways: str, base: Any, detail: Any) -> None:
    from views_testapp.models import Book

    log: list[str] = []
    backend = faced(object, "filter_queryset", "afilter_queryset", ways, Book.objects.none, log)
    assert detail(type("Viewset", (base,), {"filter_backends": [backend]})).status_code == 404
    expect(log, ways, base)


@each_kind
@each_way
def test_a_paginator_pages(ways: str, base: Any, library: Any, factory: Any, answer: Any) -> None:
    log: list[str] = []
    paginator = faced(TenPerPage, "paginate_queryset", "apaginate_queryset", ways, lambda: library.books[:1], log)
    paginator.get_paginated_response = lambda self, data: Response({"page": data})
    viewset = type("Viewset", (base,), {"pagination_class": paginator})
    response = answer(viewset.as_view({"get": "list"}), factory.get("/"))
    assert [row["title"] for row in response.data["page"]] == ["Book 0"]
    expect(log, ways, base)


@each_kind
@pytest.mark.parametrize("kind", ["sync", "async", "async getter", "twin"])
def test_an_exception_handler_answers(kind: str, base: Any, detail: Any) -> None:
    def handler(exc: Any, context: Any) -> Any:
        return Response({"kind": kind}, status=418)

    async def ahandler(exc: Any, context: Any) -> Any:
        return handler(exc, context)

    class Twin:
        def __call__(self, exc: Any, context: Any) -> Any:
            return handler(exc, context)

        ahandle = staticmethod(ahandler)

    async def getter(self: Any) -> Any:
        return handler

    made = {"sync": handler, "async": ahandler, "twin": Twin()}.get(kind)
    hook = getter if kind == "async getter" else lambda self: made
    viewset = type("Viewset", (base,), {"get_exception_handler": hook, "permission_classes": [IsAuthenticated]})
    response = detail(viewset)
    assert (response.status_code, response.data) == (418, {"kind": kind})
    assert response.exception


@each_kind
def test_an_exception_handler_that_makes_nothing_lets_the_error_through(base: Any, detail: Any) -> None:
    class Viewset(base):
        def get_queryset(self):
            raise LookupError("unknown")

    with pytest.raises(LookupError, match="unknown"):
        detail(Viewset)


class TestAccountsOnAsyncViews:
    """What an async view's request says of its user."""

    def test_auser_is_user(self, library: Any, factory: Any, answer: Any) -> None:
        user = SimpleNamespace(is_authenticated=True)
        seen = {}

        class Viewset(AsyncBooks):
            authentication_classes = [
                faced(Authenticator, "authenticate", "aauthenticate", "async", lambda: (user, None), [])
            ]

            async def list(self, request, *args, **kwargs):
                seen.update(user=request.user, auser=await request.auser(), inner=await request._request.auser())
                return Response({})

        assert answer(Viewset.as_view({"get": "list"}), factory.get("/")).status_code == 200
        assert seen == {"user": user, "auser": user, "inner": user}
