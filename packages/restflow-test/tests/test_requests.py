"""Requests of the factory and of the client: bodies, headers and the scope, in every spelling."""

import io
import json
from typing import Any

import pytest
from django.test import override_settings
from rest_framework.test import APIRequestFactory

from restflow.test import AsyncAPIClient, AsyncAPIRequestFactory, force_authenticate

pytestmark = pytest.mark.urls("test_testapp.urls")
BODY_VERBS = ["post", "put", "patch", "delete", "options"]
FALSY = [{}, [], 0, "", False]


def upload(text: str = "content", name: str = "a.txt", content_type: str = "text/plain") -> Any:
    file = io.BytesIO(text.encode())
    file.name = name
    file.content_type = content_type  # type: ignore[attr-defined]
    return file


@pytest.mark.parametrize("verb", BODY_VERBS)
@pytest.mark.parametrize("data", [{"a": [1, None]}, *FALSY], ids=repr)
def test_data_is_rendered_as_json_falsy_data_too(factory: AsyncAPIRequestFactory, verb: str, data: Any) -> None:
    request = getattr(factory, verb)("/echo/", data)
    assert request.method == verb.upper()
    assert json.loads(request.body) == data
    assert request.headers["content-type"] == "application/json"
    assert request.headers["content-length"] == str(len(request.body))


@pytest.mark.parametrize("verb", BODY_VERBS)
def test_no_data_is_no_body_and_no_content_type(factory: AsyncAPIRequestFactory, verb: str) -> None:
    request = getattr(factory, verb)("/echo/")
    assert request.body == b""
    assert "content-type" not in request.headers


@pytest.mark.parametrize("verb", ["get", "head"])
def test_data_of_get_and_head_is_the_query_string(factory: AsyncAPIRequestFactory, verb: str) -> None:
    request = getattr(factory, verb)("/echo/?lost=1", {"a": ["1", "ü"]})
    assert dict(request.GET.lists()) == {"a": ["1", "ü"]}
    assert dict(getattr(factory, verb)("/echo/?kept=%C3%BC").GET.lists()) == {"kept": ["ü"]}
    assert dict(getattr(factory, verb)("/echo/", query_params={"b": 2}).GET.lists()) == {"b": ["2"]}
    with pytest.raises(ValueError, match="both the query string"):
        getattr(factory, verb)("/", {"a": 1}, query_params={"b": 2})


def test_a_content_type_takes_the_body_as_it_is(factory: AsyncAPIRequestFactory) -> None:
    assert factory.post("/", "ü", content_type="text/plain").body == "ü".encode()
    assert factory.post("/", b"\xff\x00", content_type="application/x-any").body == b"\xff\x00"
    assert factory.generic("REPORT", "/", b"x", "text/plain").method == "REPORT"


def test_mistakes_about_the_format_are_refused(factory: AsyncAPIRequestFactory) -> None:
    with pytest.raises(AssertionError, match="not both"):
        factory.post("/", {}, format="json", content_type="text/plain")
    with pytest.raises(AssertionError, match=r"'yaml'.*'multipart', 'json'"):
        factory.post("/", {}, format="yaml")


def test_a_subclass_may_choose_the_default_format() -> None:
    class Forms(AsyncAPIRequestFactory):
        default_format = "multipart"

    assert Forms().post("/", {"a": "1"}).POST["a"] == "1"


async def test_multipart_takes_files_and_lists(client: AsyncAPIClient) -> None:
    data = {"files": upload(), "names": ["a", "b"], "empty": ""}
    response = await client.post("/echo/", data, format="multipart")
    assert response.json()["files"] == {"files": ["a.txt", "text/plain", "content"]}
    assert response.json()["data"] == {"names": ["a", "b"], "empty": [""]}
    assert response.json()["headers"]["content-type"].startswith("multipart/form-data; boundary=")
    assert response.json()["headers"]["content-type"].endswith("; charset=utf-8")


@pytest.mark.parametrize(
    "given",
    [{"HTTP_X_TOKEN": "t"}, {"headers": {"X-Token": "t"}}, {"headers": {"x-token": "t"}}, {"X_TOKEN": "t"}],
    ids=str,
)
def test_a_header_is_one_header_in_every_spelling(factory: AsyncAPIRequestFactory, given: Any) -> None:
    assert factory.get("/", **given).headers["X-Token"] == "t"


def test_headers_win_over_the_other_spellings_and_over_the_defaults() -> None:
    factory = AsyncAPIRequestFactory(headers={"X-A": "default"}, HTTP_X_B="default", HTTP_ACCEPT="text/plain")
    request = factory.get("/", headers={"x-a": "own", "accept": "application/json"}, HTTP_X_A="lost", HTTP_X_B="own")
    assert request.headers["x-a"] == "own"
    assert request.headers["x-b"] == "own"
    assert request.headers["accept"] == "application/json"
    assert factory.get("/").headers["x-a"] == "default"


def test_a_path_is_decoded_as_servers_do(factory: AsyncAPIRequestFactory) -> None:
    assert factory.get("/caf%C3%A9/").path == factory.get("/café/").path == "/café/"


def test_names_of_the_scope_are_no_headers(factory: AsyncAPIRequestFactory) -> None:
    request = factory.get(
        "/y/", REMOTE_ADDR="10.0.0.1", SERVER_NAME="api.example", SERVER_PORT="8443", SCRIPT_NAME="/x"
    )
    assert request.META["REMOTE_ADDR"] == "10.0.0.1"
    assert request.META["SERVER_NAME"] == "api.example"
    assert request.META["SERVER_PORT"] == "8443"
    assert request.path == "/x/y/"
    assert request.path_info == "/y/"
    with override_settings(ALLOWED_HOSTS=["*"]):
        assert request.get_host() == "api.example:8443"
    assert factory.get("/", secure=True).is_secure()
    assert factory.get("/").get_host() == "testserver"


@pytest.mark.parametrize("enforced", [True, False])
def test_the_csrf_check_is_as_asked(enforced: bool) -> None:
    request = AsyncAPIRequestFactory(enforce_csrf_checks=enforced).post("/")
    assert request._dont_enforce_csrf_checks is not enforced


@pytest.mark.parametrize(
    ("verb", "arguments"),
    [
        ("get", ("/echo/", {"a": "1"})),
        ("get", ("/echo/?b=2",)),
        ("post", ("/echo/", {"a": 1}, "json")),
        ("put", ("/echo/", {"a": "1"}, "multipart")),
        ("patch", ("/echo/", b"raw", None, "text/plain")),
        ("delete", ("/echo/",)),
    ],
)
def test_a_request_equals_that_of_drfs_factory(factory: AsyncAPIRequestFactory, verb: str, arguments: Any) -> None:
    own, theirs = getattr(factory, verb)(*arguments), getattr(APIRequestFactory(), verb)(*arguments)
    assert (own.method, own.path, own.body) == (theirs.method, theirs.path, theirs.body)
    assert own.GET == theirs.GET
    assert own.META["REMOTE_ADDR"] == theirs.META["REMOTE_ADDR"]
    assert own.get_host() == theirs.get_host()
    if own.body:
        assert own.content_type == theirs.content_type
        assert own.META["CONTENT_LENGTH"] == theirs.META["CONTENT_LENGTH"]


async def test_a_request_may_be_authenticated_by_force(factory: AsyncAPIRequestFactory) -> None:
    from asgiref.sync import sync_to_async
    from django.contrib.auth.models import User
    from test_testapp.views import Whoami

    view = sync_to_async(Whoami.as_view())
    request = factory.get("/")
    force_authenticate(request, User(username="ann"), token="t")
    response = await view(request)
    assert response.data == {"user": "ann", "auth": "t"}
    force_authenticate(request)
    assert (await view(request)).status_code in (401, 403)
