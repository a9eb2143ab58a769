"""The client: credentials, redirects, sessions, exceptions, and requests that are in flight together."""

import asyncio
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import override_settings
from django.test.client import RedirectCycleError

from restflow.test import AsyncAPIClient, assert_error

pytestmark = pytest.mark.urls("test_testapp.urls")
SESSIONS = {
    "MIDDLEWARE": [
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
    ]
}
ENGINES = ["db", "cache", "signed_cookies"]


@pytest.fixture(params=ENGINES)
def sessions(request: pytest.FixtureRequest, db: None) -> Any:
    with override_settings(SESSION_ENGINE=f"django.contrib.sessions.backends.{request.param}", **SESSIONS):
        yield request.param
    cache.clear()


async def headers(client: AsyncAPIClient, **options: Any) -> dict[str, str]:
    return (await client.get("/echo/", **options)).json()["headers"]  # type: ignore[no-any-return]


@pytest.mark.parametrize("verb", ["get", "head", "post", "put", "patch", "delete", "options", "trace"])
async def test_every_verb_is_sent(client: AsyncAPIClient, verb: str) -> None:
    response = await getattr(client, verb)("/echo/")
    assert response.status_code == 200
    if verb != "head":
        assert response.json()["method"] == verb.upper()
    assert response.resolver_match.route == "echo/"
    assert response.client is client


def test_a_forgotten_await_is_seen(client: AsyncAPIClient) -> None:
    answer = client.get("/echo/")
    with pytest.raises(AttributeError):
        answer.status_code  # noqa: B018
    with pytest.warns(RuntimeWarning, match="was never awaited"):
        del answer


async def test_credentials_go_with_every_request_until_replaced(client: AsyncAPIClient) -> None:
    client.credentials(HTTP_AUTHORIZATION="Bearer a", HTTP_X_A="1")
    assert (await headers(client))["authorization"] == "Bearer a"
    client.credentials(HTTP_X_B="2")
    sent = await headers(client)
    assert sent["x-b"] == "2"
    assert not {"authorization", "x-a"} & set(sent)
    client.credentials()
    assert "x-b" not in await headers(client)


@pytest.mark.parametrize("given", [{"headers": {"Authorization": "Bearer c"}}, {"HTTP_AUTHORIZATION": "Bearer c"}])
async def test_a_header_of_one_request_replaces_the_stored_one(client: AsyncAPIClient, given: Any) -> None:
    client.credentials(HTTP_AUTHORIZATION="Bearer a")
    assert (await headers(client, **given))["authorization"] == "Bearer c"
    assert (await headers(client))["authorization"] == "Bearer a"


def test_credentials_that_are_no_headers_are_refused(client: AsyncAPIClient) -> None:
    with pytest.raises(ValueError, match="X_TOKEN"):
        client.credentials(X_TOKEN="t")


async def test_a_forced_user_goes_with_every_request_until_it_is_off(client: AsyncAPIClient) -> None:
    client.force_authenticate(User(username="ann"), token="t")
    assert (await client.get("/whoami/")).json() == {"user": "ann", "auth": "t"}
    assert (await AsyncAPIClient().get("/whoami/")).status_code == 403
    client.force_authenticate()
    assert (await client.get("/whoami/")).status_code == 403


@pytest.mark.parametrize("status", [301, 302, 303])
async def test_a_redirect_is_followed_with_get(client: AsyncAPIClient, status: int) -> None:
    client.credentials(HTTP_X_A="1")
    response = await client.post(f"/redirect/{status}/?to=/echo/%3Fa%3D1", {"lost": 1}, follow=True)
    assert response.redirect_chain == [("/echo/?a=1", status)]
    body = response.json()
    assert (body["method"], body["query"], body["data"]) == ("GET", {"a": ["1"]}, None)
    assert body["headers"]["x-a"] == "1"


@pytest.mark.parametrize("status", [307, 308])
async def test_a_redirect_may_keep_method_and_body(client: AsyncAPIClient, status: int) -> None:
    response = await client.put(f"/redirect/{status}/?to=https://api.example:8443/echo/", {"a": 1}, follow=True)
    body = response.json()
    assert (body["method"], body["data"], body["secure"]) == ("PUT", {"a": 1}, True)
    assert body["headers"]["host"] == "api.example:8443"
    response = await client.get(f"/redirect/{status}/", follow=True)
    assert response.json()["method"] == "GET"


async def test_a_redirect_is_not_followed_unless_asked_and_loops_end(client: AsyncAPIClient) -> None:
    assert (await client.get("/redirect/302/")).status_code == 302
    with pytest.raises(RedirectCycleError):
        await client.get("/loop/", follow=True)


async def test_cookies_of_concurrent_requests_are_merged(client: AsyncAPIClient) -> None:
    await asyncio.gather(*(client.get(f"/cookie/{name}/") for name in "abc"))
    assert sorted(client.cookies) == ["flavour-a", "flavour-b", "flavour-c"]
    assert "flavour-b=b" in (await headers(client))["cookie"]
    assert not AsyncAPIClient().cookies


async def test_an_exception_is_raised_in_the_test_or_answered_as_asked() -> None:
    with pytest.raises(LookupError, match="lost"):
        await AsyncAPIClient().get("/fail/")
    response = await AsyncAPIClient(raise_request_exception=False).get("/fail/")
    assert response.status_code == 500
    assert response.exc_info[0] is LookupError


async def test_an_exception_belongs_to_its_own_request(client: AsyncAPIClient) -> None:
    results = await asyncio.gather(
        *(client.get("/fail/" if number % 2 else "/echo/") for number in range(10)), return_exceptions=True
    )
    assert [type(result).__name__ for result in results] == ["Response", "LookupError"] * 5


async def test_json_is_read_where_the_content_type_says_so(client: AsyncAPIClient) -> None:
    assert (await client.get("/problem/")).json()["title"] == "Conflict"
    response = await client.get("/cookie/a/")
    with pytest.raises(ValueError, match=r"text/html.*not JSON"):
        response.json()


async def test_assert_error_reads_envelopes_and_problem_details(client: AsyncAPIClient) -> None:
    envelope, problem = await client.get("/envelope/"), await client.get("/problem/")
    error = assert_error(envelope, 400, "validation_error", message="validation failed", fields=["email"])
    assert error["details"] == {"email": ["Bad."]}
    assert_error(problem, 409, "conflict", message="first")
    for wrong in [(401, "validation_error", {}), (400, "parse_error", {}), (400, "validation_error", {"fields": []})]:
        status, code, options = wrong
        with pytest.raises(AssertionError, match="Request validation failed"):
            assert_error(envelope, status, code, **options)
    with pytest.raises(AssertionError, match="in the message"):
        assert_error(envelope, 400, "validation_error", message="nothing of the kind")
    with pytest.raises(AssertionError, match="expected an error envelope"):
        assert_error(await client.get("/echo/"), 200, "x")


async def test_logging_in_and_out(client: AsyncAPIClient, sessions: str) -> None:
    await User.objects.acreate_user("ann", password="secret")
    assert not await client.alogin(username="ann", password="wrong")
    assert await client.alogin(username="ann", password="secret")
    assert (await client.get("/whoami/")).json()["user"] == "ann"
    client.credentials(HTTP_X_A="1")
    client.force_authenticate(User(username="bea"))
    stored = await client.asession()
    await client.alogout()
    assert (await client.get("/whoami/")).status_code == 403
    assert not client.cookies
    if sessions != "signed_cookies":
        assert not await stored.aexists(stored.session_key)


async def test_logout_on_a_loop_forgets_and_leaves_the_database_alone(client: AsyncAPIClient, sessions: str) -> None:
    user = await User.objects.acreate_user("ann")
    await client.aforce_login(user)
    client.credentials(HTTP_X_A="1")
    client.logout()
    assert (await client.get("/whoami/")).status_code == 403
    assert "x-a" not in await headers(client)


def test_logout_from_sync_code_deletes_the_session(client: AsyncAPIClient, sessions: str) -> None:
    client.force_login(User.objects.create_user("ann"))
    stored = client.session
    client.logout()
    assert not client.cookies
    if sessions != "signed_cookies":
        assert not stored.exists(stored.session_key)


async def test_logging_out_without_a_session_creates_none(client: AsyncAPIClient) -> None:
    client.force_authenticate(User(username="ann"))
    await client.alogout()
    assert not client.cookies
    assert (await client.get("/whoami/")).status_code == 403


@pytest.mark.django_db
@pytest.mark.parametrize(("enforced", "status"), [(True, 403), (False, 200)])
async def test_csrf_is_enforced_where_asked(enforced: bool, status: int) -> None:
    with override_settings(SESSION_ENGINE="django.contrib.sessions.backends.signed_cookies", **SESSIONS):
        client = AsyncAPIClient(enforce_csrf_checks=enforced)
        await client.aforce_login(await User.objects.acreate_user("ann"))
        assert (await client.post("/whoami/")).status_code == status
