"""The answer to each exception, through views of both kinds and Django's test client."""

import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.core import exceptions as django_exceptions
from django.http import Http404, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.utils import translation
from exceptions_testapp.models import Shelf
from exceptions_testapp.sending import send
from exceptions_testapp.views import RAISED
from rest_framework import exceptions

from restflow.exceptions import APIException, Conflict, ErrorCode, ServiceUnavailable

pytestmark = pytest.mark.urls("exceptions_testapp.urls")


@pytest.fixture(params=["sync", "async"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(autouse=True)
def configured(settings: Any) -> None:
    settings.REST_FRAMEWORK = {"EXCEPTION_HANDLER": "restflow.exceptions.exception_handler"}


@pytest.fixture
def raising(kind: str) -> Iterator[Callable[..., Any]]:
    """`raising(exc)` is the response of a view of this kind that raises it."""

    def answered(exc: Exception, **extra: Any) -> Any:
        def work(request: Any) -> Any:
            raise exc

        RAISED.append(work)
        return send(kind, **extra)

    yield answered
    RAISED.clear()


class Locked(APIException):
    code = ErrorCode.CONFLICT.value
    status_code = 409
    default_detail = "The product is locked for editing."


class Teapot(exceptions.APIException):
    status_code = 418
    default_detail = "Short and stout."


class Payment(exceptions.APIException):
    status_code = 402
    default_detail = "Pay first."


class Quota(exceptions.PermissionDenied):
    default_code = "quota_reached"


ROWS: list[tuple[Exception, int, str, str, dict[str, Any]]] = [
    (Locked(), 409, "conflict", "The product is locked for editing.", {}),
    (Locked(details={"locked_by": 7}), 409, "conflict", "The product is locked for editing.", {"locked_by": 7}),
    (Conflict("Late."), 409, "conflict", "Late.", {}),
    (ServiceUnavailable(), 503, "service_unavailable", "Service temporarily unavailable, try again later.", {}),
    (APIException({"name": ["Bad."]}), 500, "internal_error", "A server error occurred.", {"name": ["Bad."]}),
    (APIException("Gone.", "lost", status_code=410), 410, "lost", "Gone.", {}),
    (exceptions.PermissionDenied(), 403, "permission_denied", "You do not have permission to perform this action.", {}),
    (exceptions.PermissionDenied("No.", code="plan_limit"), 403, "permission_denied", "No.", {"reason": "plan_limit"}),
    (Quota("No."), 403, "permission_denied", "No.", {"reason": "quota_reached"}),
    (django_exceptions.PermissionDenied("Mine."), 403, "permission_denied", "Mine.", {}),
    (django_exceptions.PermissionDenied(), 403, "permission_denied", "Permission denied.", {}),
    (exceptions.NotFound("No such page."), 404, "not_found", "No such page.", {}),
    (Http404("No Shelf matches the given query."), 404, "not_found", "Resource not found.", {}),
    (Shelf.DoesNotExist("Shelf matching query"), 404, "not_found", "Resource not found.", {}),
    (exceptions.MethodNotAllowed("PUT"), 405, "method_not_allowed", 'Method "PUT" not allowed.', {}),
    (exceptions.UnsupportedMediaType("a/b"), 415, "unsupported_media_type",
     'Unsupported media type "a/b" in request.', {}),
    (exceptions.NotAcceptable(), 406, "not_acceptable", "Could not satisfy the request Accept header.", {}),
    (exceptions.ParseError(), 400, "parse_error", "Malformed request.", {}),
    (exceptions.Throttled(1.2), 429, "throttled", "Request was throttled. Expected available in 2 seconds.",
     {"retry_after_seconds": 2}),
    (exceptions.Throttled(), 429, "throttled", "Request was throttled.", {}),
    (exceptions.ValidationError({"email": ["Bad."]}), 400, "validation_error", "Request validation failed.",
     {"email": ["Bad."]}),
    (django_exceptions.ValidationError({"name": ["Bad."]}), 400, "validation_error", "Request validation failed.",
     {"name": ["Bad."]}),
    (django_exceptions.ValidationError("At %(at)s.", params={"at": 3}), 400, "validation_error",
     "Request validation failed.", {"non_field_errors": ["At 3."]}),
    (Teapot(), 418, "im_a_teapot", "Short and stout.", {}),
    (Payment(), 402, "payment_required", "Pay first.", {}),
    (exceptions.APIException(), 500, "internal_error", "A server error occurred.", {}),
    (exceptions.APIException({"detail": "No.", "code": "own", "more": [1, Decimal("1.5")]}), 500, "own", "No.",
     {"more": ["1", "1.5"]}),
    (exceptions.PermissionDenied({"plan": ["Too small."]}), 403, "permission_denied",
     "You do not have permission to perform this action.", {"plan": ["Too small."]}),
    (django_exceptions.RequestDataTooBig("Request body exceeded settings."), 413, "parse_error",
     "The request body is too large.", {}),
    (django_exceptions.BadRequest("secret"), 400, "parse_error", "Malformed request.", {}),
    (django_exceptions.SuspiciousOperation("secret"), 400, "parse_error", "Malformed request.", {}),
    (MultiPartParserError("secret"), 400, "parse_error", "Malformed request.", {}),
    (UnreadablePostError("secret"), 400, "parse_error", "Malformed request.", {}),
]  # fmt: skip


@pytest.mark.parametrize(("exc", "status", "code", "message", "details"), ROWS, ids=lambda value: repr(value)[:50])
def test_every_exception_has_its_row(
    raising: Any, exc: Exception, status: int, code: str, message: str, details: dict[str, Any]
) -> None:
    response = raising(exc)
    assert response.status_code == status
    assert response.json() == {"error": {"code": code, "message": message, "details": details}}


@pytest.mark.parametrize(
    ("exc", "code"),
    [
        (exceptions.NotAuthenticated(), "not_authenticated"),
        (exceptions.AuthenticationFailed("No."), "authentication_failed"),
    ],
)
def test_a_missing_identity_is_403_without_an_authenticator_that_challenges(raising: Any, exc: Any, code: str) -> None:
    response = raising(exc)
    assert (response.status_code, response.json()["error"]["code"]) == (403, code)


def test_a_detail_with_code_as_simplejwt_gives_it_is_message_and_reason(raising: Any) -> None:
    exc = exceptions.AuthenticationFailed(
        {"detail": "Token is invalid", "code": "token_not_valid", "messages": [{"token_class": "Access"}]}
    )
    assert raising(exc).json()["error"] == {
        "code": "authentication_failed",
        "message": "Token is invalid",
        "details": {"reason": "token_not_valid", "messages": [{"token_class": "Access"}]},
    }


@pytest.mark.parametrize("wait", [0, 0.2, 59.01])
def test_retry_after_is_rounded_up_and_there_for_zero_too(raising: Any, wait: float) -> None:
    expected = -int(-wait // 1)
    response = raising(exceptions.Throttled(wait))
    assert response.headers["Retry-After"] == str(expected)
    assert response.json()["error"]["details"] == {"retry_after_seconds": expected}


def test_headers_of_the_exception_are_sent(raising: Any) -> None:
    exc = exceptions.NotAuthenticated()
    exc.auth_header = 'Bearer realm="api"'
    exc.headers = {"X-More": "1", "X-Bad": "a\nb"}
    response = raising(exc)
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="api"'
    assert response.headers["X-More"] == "1"
    assert "X-Bad" not in response.headers
    assert raising(Conflict(headers={"ETag": '"7"'})).headers["ETag"] == '"7"'


class Speechless(exceptions.APIException):
    status_code = 409
    default_detail = "Default."

    def __init__(self) -> None:
        self.detail = Mute()


class Mute:
    def __str__(self) -> str:
        raise RuntimeError("secret")


def test_an_exception_that_cannot_be_told_gives_its_classs_text(raising: Any) -> None:
    assert raising(Speechless()).json()["error"] == {"code": "conflict", "message": "Default.", "details": {}}


@pytest.mark.parametrize("details", [{"a": float("nan")}, {"a": object}, {(1, 2): 3}, {"a": Mute()}])
def test_details_that_cannot_be_rendered_are_left_out(raising: Any, details: dict[Any, Any]) -> None:
    assert raising(Conflict("No.", details=details)).json()["error"]["details"] == {}


def test_details_are_rendered_by_rest_frameworks_encoder(raising: Any) -> None:
    details = {"price": Decimal("1.50"), "id": UUID(int=1), 3: "x"}
    assert raising(Conflict(details=details)).json()["error"]["details"] == {
        "price": 1.5,
        "id": "00000000-0000-0000-0000-000000000001",
        "3": "x",
    }


def test_a_lone_surrogate_of_the_client_does_not_break_the_answer(raising: Any) -> None:
    response = raising(exceptions.ValidationError({"name\ud800": ['"\udfff" is not a valid choice.']}))
    assert response.status_code == 400
    assert response.json()["error"]["details"] == {"name?": ['"?" is not a valid choice.']}


def test_a_body_that_cannot_be_decoded_is_the_clients_mistake(kind: str) -> None:
    RAISED.append(lambda request: request._request.body.decode())
    response = send(kind, "post", data=b"\xff\xfe", content_type="text/plain")
    RAISED.clear()
    assert (response.status_code, response.json()["error"]["code"]) == (400, "parse_error")


def test_bytes_of_the_program_that_cannot_be_decoded_are_its_own_mistake(kind: str) -> None:
    RAISED.append(lambda request: b"\xff\xfe\xfd".decode())
    response = send(kind, "post", data=b"{}", content_type="application/json")
    RAISED.clear()
    assert response.status_code == 500


@pytest.mark.parametrize("body", [b"{", b"\xff", b'{"a": ' * 2000, b"\x00"])
def test_malformed_json_is_a_parse_error(kind: str, body: bytes) -> None:
    RAISED.append(lambda request: request.data)
    response = send(kind, "post", data=body, content_type="application/json")
    RAISED.clear()
    assert (response.status_code, response.json()["error"]["code"]) == (400, "parse_error")


def test_messages_come_in_the_requests_language(kind: str, settings: Any) -> None:
    def work(request: Any) -> Any:
        raise exceptions.ParseError()

    settings.MIDDLEWARE = ["django.middleware.locale.LocaleMiddleware"]
    RAISED.append(work)
    with translation.override(None):
        response = send(kind, headers={"accept-language": "de"})
    RAISED.clear()
    assert response.json()["error"]["message"] == "Fehlerhafte Anfrage."


def test_a_default_text_is_translated_when_it_is_answered(raising: Any, settings: Any) -> None:
    settings.MIDDLEWARE = ["django.middleware.locale.LocaleMiddleware"]
    exc = APIException()
    with translation.override(None):
        response = raising(exc, headers={"accept-language": "de"})
    assert response.json()["error"]["message"] == "Ein Serverfehler ist aufgetreten."


def test_the_body_is_json_of_exactly_these_keys(raising: Any) -> None:
    body = json.loads(raising(exceptions.NotFound()).content)
    assert list(body) == ["error"]
    assert list(body["error"]) == ["code", "message", "details"]
