"""RFC 9457, the schemas of the bodies, and errors outside views."""

import functools
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured, PermissionDenied, SuspiciousOperation
from django.http import Http404
from django.test import Client, RequestFactory
from exceptions_testapp.sending import send
from exceptions_testapp.views import RAISED
from rest_framework import exceptions
from rest_framework.test import APIRequestFactory

from restflow import exceptions as module
from restflow.exceptions import (
    APIException,
    build_exception_handler,
    csrf_failure,
    exception_handler,
    format_error,
    page_not_found,
    problem_details_handler,
)
from restflow.test import AsyncAPIClient
from restflow.views import APIView

pytestmark = pytest.mark.urls("exceptions_testapp.urls")
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
typed = build_exception_handler(format="problem", type_base="https://example.org/errors/", include_codes=True)


@pytest.fixture(params=["sync", "async"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def problems(settings: Any) -> None:
    settings.REST_FRAMEWORK = {"EXCEPTION_HANDLER": "restflow.exceptions.problem_details_handler"}


def raised(exc: Exception) -> Any:
    def work(request: Any) -> Any:
        raise exc

    RAISED[:] = [work]


def test_the_documented_names_are_there() -> None:
    assert set(module.__all__) == {
        "exception_handler", "problem_details_handler", "build_exception_handler", "format_error", "ErrorCode",
        "APIException", "Conflict", "ServiceUnavailable", "bad_request", "permission_denied", "page_not_found",
        "server_error", "csrf_failure",
    }  # fmt: skip


def test_problem_details(kind: str, problems: None) -> None:
    raised(exceptions.Throttled(3))
    response = send(kind, path=f"/{kind}/?a=1")
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.headers["Retry-After"] == "3"
    assert response.json() == {
        "type": "about:blank",
        "title": "Too Many Requests",
        "status": 429,
        "detail": "Request was throttled. Expected available in 3 seconds.",
        "instance": f"/{kind}/",
        "code": "throttled",
        "details": {"retry_after_seconds": 3},
    }


def test_problem_details_of_an_unexpected_exception(kind: str, problems: None) -> None:
    raised(RuntimeError("secret"))
    response = send(kind)
    assert response.status_code == 500
    assert response.json()["details"] == {"request_id": response.headers["X-Request-ID"]}


def test_a_type_base_and_codes() -> None:
    request = APIRequestFactory().get("/x/")
    response = typed(exceptions.ValidationError({"a": ["Bad."]}), {"request": request})
    assert response is not None
    assert response.data["type"] == "https://example.org/errors/validation-error"
    assert response.data["codes"] == {"a": ["invalid"]}


def test_the_browsable_api_keeps_its_content_type(problems: None) -> None:
    class Refusing(APIView):
        authentication_classes = []

        def get(self, request: Any) -> Any:
            raise exceptions.PermissionDenied()

    response = Refusing.as_view()(APIRequestFactory().get("/", headers={"accept": "text/html"})).render()
    assert response.headers["Content-Type"].startswith("text/html")


def test_an_error_of_negotiation_is_a_problem_too(kind: str, problems: None) -> None:
    raised(RuntimeError())
    response = send(kind, headers={"accept": "image/png"})
    assert (response.status_code, response.headers["Content-Type"]) == (406, "application/problem+json")


@pytest.mark.parametrize(
    "options",
    [{"format": "xml"}, {"type_base": 3, "format": "problem"}, {"type_base": "https://x/"}, {"include_codes": "yes"}],
)
def test_unknown_options_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(ImproperlyConfigured):
        build_exception_handler(**options)


@pytest.mark.parametrize("handler", [exception_handler, problem_details_handler, typed])
def test_bodies_fit_their_schema(handler: Any) -> None:
    errors = [exceptions.ValidationError({"a": ["Bad."]}), exceptions.NotFound(), exceptions.Throttled(1)]
    for error in errors:
        response = handler(error, {"request": APIRequestFactory().get("/x/")})
        assert _fits(response.data, handler.error_schema), response.data
    assert handler.schema_name in ("ErrorEnvelope", "ProblemDetails")
    assert handler.media_type in ("application/json", "application/problem+json")


def _fits(value: Any, schema: dict[str, Any]) -> bool:
    kinds = {"object": dict, "string": str, "integer": int}
    if not isinstance(value, kinds[schema["type"]]):
        return False
    if schema["type"] != "object":
        return True
    known = schema.get("properties", {})
    if not set(schema.get("required", ())) <= set(value):
        return False
    if not schema.get("additionalProperties") and not set(value) <= set(known):
        return False
    return all(_fits(value[name], known[name]) for name in value if name in known)


# outside views


@pytest.mark.parametrize("accept", [None, "*/*", "application/json", "image/png", "", "x;;;,,=", "text/html;q=0.1,*/*"])
def test_the_404_of_url_resolution_is_enveloped(accept: str | None) -> None:
    headers = {} if accept is None else {"accept": accept}
    response = Client().get("/nowhere/", headers=headers)
    assert response.status_code == 404
    assert response.headers["Content-Type"] == "application/json"
    assert response.json() == format_error("not_found", "Resource not found.")


async def test_it_is_so_under_asgi() -> None:
    response = await AsyncAPIClient().get("/nowhere/")
    assert response.json() == format_error("not_found", "Resource not found.")


@pytest.mark.parametrize(
    ("exc", "status", "code", "message"),
    [
        (SuspiciousOperation("secret"), 400, "parse_error", "Malformed request."),
        (PermissionDenied("Not here."), 403, "permission_denied", "Not here."),
        (PermissionDenied(), 403, "permission_denied", "Permission denied."),
        (RuntimeError("secret"), 500, "internal_error", "A server error occurred."),
    ],
)
def test_errors_of_plain_views_are_enveloped(exc: Exception, status: int, code: str, message: str) -> None:
    raised(exc)
    response = Client(raise_request_exception=False).get("/plain/")
    error = response.json()["error"]
    assert (response.status_code, error["code"], error["message"]) == (status, code, message)
    assert "secret" not in response.content.decode()
    if status == 500:
        assert response.wsgi_request.request_id == error["details"]["request_id"] == response.headers["X-Request-ID"]


def raising_middleware(get_response: Any) -> Any:
    def middleware(request: Any) -> Any:
        raise PermissionDenied("The gate is closed.")

    return middleware


def test_an_error_of_middleware_is_enveloped(settings: Any, monkeypatch: Any) -> None:
    settings.MIDDLEWARE = [f"{__name__}.raising_middleware"]
    monkeypatch.setitem(__import__("sys").modules, __name__, __import__("sys").modules[__name__])
    assert Client().get("/form/").json() == format_error("permission_denied", "The gate is closed.")


def test_a_browser_gets_djangos_page() -> None:
    for path, status in (("/nowhere/", 404), ("/plain/", 500)):
        raised(RuntimeError("secret"))
        response = Client(raise_request_exception=False).get(path, headers={"accept": BROWSER})
        assert response.status_code == status
        assert response.headers["Content-Type"].startswith("text/html")
        assert response.headers["Vary"] == "Accept"


@pytest.mark.parametrize(("accept", "kind"), [("*/*", "application/json"), (BROWSER, "text/html; charset=utf-8")])
def test_a_csrf_failure(settings: Any, accept: str, kind: str) -> None:
    settings.MIDDLEWARE = ["django.middleware.csrf.CsrfViewMiddleware"]
    settings.CSRF_FAILURE_VIEW = "restflow.exceptions.csrf_failure"
    response = Client(enforce_csrf_checks=True).post("/form/", headers={"accept": accept})
    assert (response.status_code, response.headers["Content-Type"]) == (403, kind)


def test_outside_views_the_configured_format_is_used(problems: None) -> None:
    response = csrf_failure(RequestFactory().get("/x/"), reason="no cookie")
    assert response.headers["Content-Type"] == "application/problem+json"
    raised(RuntimeError())
    body = Client().get("/nowhere/").json()
    assert (body["title"], body["status"], body["instance"]) == ("Not Found", 404, "/nowhere/")


def _wrapped(exc: Exception, context: dict[str, Any]) -> Any:
    response = problem_details_handler(exc, context)
    if response is not None:
        response.headers["X-Wrapped"] = "yes"
    return response


@functools.wraps(problem_details_handler)
def _wrapping(exc: Exception, context: dict[str, Any]) -> Any:
    return _wrapped(exc, context)


@pytest.mark.parametrize(
    ("handler", "media_type"),
    [
        (_wrapping, "application/problem+json"),
        (functools.partial(_wrapping), "application/problem+json"),
        (_wrapped, "application/json"),  # what it wraps is not told
    ],
    ids=["wraps", "partial of wraps", "plain function"],
)
def test_outside_views_a_wrapped_handlers_format_is_used(settings: Any, handler: Any, media_type: str) -> None:
    settings.REST_FRAMEWORK = {"EXCEPTION_HANDLER": handler}
    response = page_not_found(RequestFactory().get("/x/"), Http404())
    assert (response.status_code, response.headers["Content-Type"]) == (404, media_type)
    raised(exceptions.NotFound())
    inside = Client().get("/sync/")
    assert (inside.headers["Content-Type"], inside.headers["X-Wrapped"]) == ("application/problem+json", "yes")


def test_a_handler_of_the_project_may_wrap_ours() -> None:
    def handler(exc: Exception, context: dict[str, Any]) -> Any:
        return exception_handler(APIException("Mine.", status_code=400, code="mine"), context)

    response = handler(RuntimeError(), {})
    assert response.data == format_error("mine", "Mine.")
