"""Who a request is from, on views of both kinds; and what is no `Exception` passes through them untouched."""

import asyncio
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.core.exceptions import RequestDataTooBig
from django.test import override_settings
from django.urls import path
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, NotAcceptable
from rest_framework.permissions import BasePermission, IsAuthenticated
from rest_framework.settings import api_settings
from rest_framework.throttling import BaseThrottle
from views_testapp.models import Author
from views_testapp.views import AsyncBooks

from restflow.responses import Response
from restflow.test import AsyncAPIClient
from restflow.views import APIView, AsyncAPIView

SOMEONE = Author(name="someone")
each_kind = pytest.mark.parametrize("base", [AsyncAPIView, APIView], ids=["async view", "sync view"])


def authenticator(outcome: Any, log: list[str], name: str, *, is_async: bool = False) -> Any:
    def sync(self: Any, request: Any) -> Any:
        log.append(name)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    async def aio(self: Any, request: Any) -> Any:
        return sync(self, request)

    method = {"aauthenticate": aio} if is_async else {"authenticate": sync}
    return type(name, (BaseAuthentication,), {**method, "authenticate_header": lambda self, request: name})


def asked(base: Any, authenticators: Any, factory: Any, answer: Any, **attributes: Any) -> Any:
    class View(base):
        authentication_classes = authenticators

        def get(self, request):
            known = (request.user, request.auth, type(request.successful_authenticator).__name__)
            return Response([str(getattr(part, "name", part)) for part in known])

        locals().update(attributes)

    return answer(View.as_view(), factory.get("/"))


@each_kind
@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
def test_the_first_answer_counts_and_nobody_is_asked_twice(
    is_async: bool, base: Any, factory: Any, answer: Any
) -> None:
    log: list[str] = []
    made = [
        authenticator(outcome, log, name, is_async=is_async)
        for name, outcome in (("none", None), ("first", (SOMEONE, "token")), ("second", (Author(), "other")))
    ]
    assert asked(base, made, factory, answer).data == ["someone", "token", "first"]
    assert log == ["none", "first"]


@each_kind
def test_nobody_answers(base: Any, factory: Any, answer: Any, monkeypatch: Any) -> None:
    made = [authenticator(None, [], "none")]
    assert asked(base, made, factory, answer).data == ["AnonymousUser", "None", "NoneType"]
    monkeypatch.setattr(api_settings, "UNAUTHENTICATED_USER", lambda: "nobody")
    monkeypatch.setattr(api_settings, "UNAUTHENTICATED_TOKEN", lambda: "no token")
    assert asked(base, made, factory, answer).data == ["nobody", "no token", "NoneType"]
    monkeypatch.setattr(api_settings, "UNAUTHENTICATED_USER", None)
    monkeypatch.setattr(api_settings, "UNAUTHENTICATED_TOKEN", None)
    assert asked(base, made, factory, answer).data == ["None", "None", "NoneType"]


@each_kind
@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
@pytest.mark.parametrize(("error", "status"), [(AuthenticationFailed("no"), 401), (NotAcceptable("no"), 406)], ids=str)
def test_an_error_leaves_the_request_to_nobody(
    error: Exception, status: int, is_async: bool, base: Any, factory: Any, answer: Any
) -> None:
    seen: list[Any] = []

    def handler(self: Any) -> Any:
        def handle(exc: Any, context: Any) -> Any:
            request = context["request"]
            seen.append((str(request.user), request.auth))
            return Response(status=exc.status_code)

        return handle

    log: list[str] = []
    made = [authenticator(error, log, "failing", is_async=is_async), authenticator((SOMEONE, 1), log, "second")]
    response = asked(base, made, factory, answer, get_exception_handler=handler)
    assert response.status_code == status
    assert seen == [("AnonymousUser", None)]
    assert log == ["failing"]


@each_kind
@pytest.mark.parametrize("challenges", [True, False])
def test_a_refusal_is_401_with_the_challenge_or_403_without(
    challenges: bool, base: Any, factory: Any, answer: Any
) -> None:
    made = [authenticator(None, [], "Realm")]
    if not challenges:
        made[0].authenticate_header = lambda self, request: None
    response = asked(base, made, factory, answer, permission_classes=[IsAuthenticated])
    assert response.status_code == (401 if challenges else 403)
    assert response.headers.get("WWW-Authenticate") == ("Realm" if challenges else None)


@each_kind
def test_the_message_and_code_of_a_denial_are_the_permissions(base: Any, factory: Any, answer: Any) -> None:
    log: list[str] = []

    def permission(name: str, allowed: bool) -> Any:
        def has_permission(self: Any, request: Any, view: Any) -> bool:
            log.append(name)
            return allowed

        return type(name, (BasePermission,), {"has_permission": has_permission, "message": name, "code": name})

    classes = [permission("first", True), permission("second", False), permission("third", False)]
    made = [authenticator((SOMEONE, None), [], "someone")]
    response = asked(base, made, factory, answer, permission_classes=classes)
    assert (response.status_code, str(response.data["detail"])) == (403, "second")
    assert response.data["detail"].code == "second"
    assert log == ["first", "second"]


@each_kind
@pytest.mark.parametrize("is_async", [False, True], ids=["sync", "async"])
def test_the_longest_wait_is_told(is_async: bool, base: Any, factory: Any, answer: Any) -> None:
    def throttle(wait: Any, allowed: bool) -> Any:
        def sync(self: Any, request: Any, view: Any) -> bool:
            return allowed

        async def aio(self: Any, request: Any, view: Any) -> bool:
            return allowed

        face = {"aallow_request": aio} if is_async else {"allow_request": sync}
        return type("Throttle", (BaseThrottle,), {**face, "wait": lambda self: wait})

    classes = [throttle(3, False), throttle(99, True), throttle(7, False), throttle(None, False)]
    response = asked(base, [], factory, answer, throttle_classes=classes)
    assert (response.status_code, response["Retry-After"]) == (429, "7")


class Interrupt(BaseException):
    pass


@each_kind
@pytest.mark.parametrize("error", [Interrupt, asyncio.CancelledError])
@pytest.mark.parametrize("where", ["handler", "permission"])
def test_what_is_no_exception_passes_through(error: Any, where: str, base: Any, factory: Any) -> None:
    handled: list[Any] = []

    class Raising(BasePermission):
        def has_permission(self, request, view):
            if where == "permission":
                raise error
            return True

    class View(base):
        authentication_classes = ()
        permission_classes = [Raising]

        def handle_exception(self, exc):
            handled.append(exc)
            raise AssertionError

        if base is AsyncAPIView:

            async def get(self, request):
                raise error
        else:

            def get(self, request):
                raise error

    view = View.as_view() if base is APIView else async_to_sync(View.as_view())
    with pytest.raises(error):
        view(factory.get("/"))
    assert handled == []


@each_kind
def test_a_body_that_is_too_large_is_refused(base: Any, factory: Any, answer: Any) -> None:
    class View(base):
        authentication_classes = ()

        def post(self, request):
            return Response(request.data)

    request = factory.post("/", {"a": "x" * 200}, format="json")
    with override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=100), pytest.raises(RequestDataTooBig):
        answer(View.as_view(), request)  # Django's handlers answer 400, or what their version has for it


@pytest.mark.django_db
async def test_a_body_that_is_too_large_is_a_client_error_of_an_action(settings: Any) -> None:
    settings.ROOT_URLCONF = type("Urls", (), {"urlpatterns": [path("", AsyncBooks.as_view({"post": "create"}))]})
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    response = await AsyncAPIClient().post("/", {"title": "x" * 200}, format="json")
    assert response.status_code in (400, 413)
