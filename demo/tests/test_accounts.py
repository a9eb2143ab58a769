"""Log-in: the cookie, rotation, reuse, log-out; and the throttles, on a site with its own limits."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from demo.tests.running import SOON


@pytest.fixture(scope="module")
def limited(start: Any, loaded: Any) -> Iterator[Any]:
    """A site with limits as visitors meet them, but for windows that are long enough for a slow machine."""
    site = start("--data", loaded, "--port", 0, env={"DEMO_LOGIN_RATE": "5/hour", "DEMO_EXPORT_RATE": "6/hour"})
    yield site
    assert site.interrupt()[0] == 0


def client_of(site: Any) -> httpx.Client:
    return httpx.Client(base_url=f"{site.url}api/", timeout=SOON)


def log_in(client: httpx.Client, name: str = "editor", password: str | None = None) -> httpx.Response:
    return client.post("token/", json={"username": name, "password": password or f"{name}-demo"})


def cookie_of(answer: httpx.Response) -> str:
    """The refresh token; httpx itself sends no secure cookie over plain HTTP, as browsers do on loopback."""
    found = answer.headers["set-cookie"]
    assert found.startswith("restflow_demo=")
    assert all(part in found for part in ("HttpOnly", "SameSite=Strict", "Secure", "Path=/api/token/"))
    return str(found.partition(";")[0])


def refresh(client: httpx.Client, cookie: str) -> httpx.Response:
    return client.post("token/refresh/", json={}, headers={"Cookie": cookie})


def test_a_session_from_log_in_to_log_out(first: Any) -> None:
    with client_of(first) as client:
        answer = log_in(client, "admin")
        assert answer.json().keys() == {"access"}
        access = {"Authorization": f"Bearer {answer.json()['access']}"}
        assert client.get("me/", headers=access).json() == {
            "username": "admin",
            "groups": ["editors"],
            "is_staff": True,
        }
        renewed = refresh(client, cookie_of(answer))
        assert renewed.status_code == 200
        access = {"Authorization": f"Bearer {renewed.json()['access']}"}
        assert client.get("me/", headers=access).status_code == 200
        left = client.post("token/logout/", json={}, headers={"Cookie": cookie_of(renewed)})
        assert left.status_code == 204
        assert client.get("me/", headers=access).status_code == 401
        assert refresh(client, cookie_of(renewed)).status_code == 401


def test_a_refresh_token_that_comes_again_ends_the_session(writable: Any) -> None:
    with client_of(writable) as client:  # which logs a warning
        stolen = cookie_of(log_in(client))
        renewed = refresh(client, stolen)
        access = {"Authorization": f"Bearer {renewed.json()['access']}"}
        assert client.get("me/", headers=access).status_code == 200
        assert refresh(client, stolen).status_code == 401
        assert client.get("me/", headers=access).status_code == 401
        assert refresh(client, cookie_of(renewed)).status_code == 401


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer nonsense"},
        {"Authorization": "Bearer"},
        {"Authorization": "Basic ZWRpdG9yOmVkaXRvci1kZW1v"},
    ],
    ids=["none", "nonsense", "empty", "basic"],
)
def test_strangers_are_told_how_to_log_in(api: httpx.Client, headers: dict[str, str]) -> None:
    refused = api.get("me/", headers=headers)
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"].startswith("Bearer")
    assert refused.json()["error"]["code"] in ("not_authenticated", "authentication_failed")


def test_the_sixth_wrong_password_has_to_wait(limited: Any) -> None:
    with client_of(limited) as client:
        wrong = [log_in(client, "editor", "guess") for _ in range(5)]
        assert {answer.status_code for answer in wrong} == {401}
        assert {answer.json()["error"]["code"] for answer in wrong} == {"authentication_failed"}
        late = log_in(client, "editor")
        assert (late.status_code, late.json()["error"]["code"]) == (429, "throttled")
        assert 0 < int(late.headers["retry-after"]) <= 3600
        assert log_in(client, "admin").status_code == 200  # another account is another matter


def test_a_throttle_counts_down_and_then_refuses(limited: Any) -> None:
    with client_of(limited) as client:
        first = client.get("limits/")
        assert (first.status_code, first.headers["ratelimit-policy"]) == (200, '"limits";q=5;w=10')
        assert "r=4;" in first.headers["ratelimit"]
        for _ in range(200):  # of ten seconds each takes its part, however slow the machine
            answer = client.get("limits/")
            if answer.status_code == 429:
                break
        assert (answer.status_code, answer.json()["error"]["code"]) == (429, "throttled")
        assert 0 < int(answer.headers["retry-after"]) <= 10


def test_exports_are_limited_and_reading_tells_what_is_left(limited: Any) -> None:
    with client_of(limited) as client:
        statuses = [client.get("cities/export/?country=LI").status_code for _ in range(7)]
        assert statuses == [200] * 6 + [429]
        assert client.get("countries/export/").status_code == 429  # one scope
        assert '"anon";q=300;w=60' in client.get("cities/?country=LI").headers["ratelimit-policy"]
        forged = client.get("countries/export/", headers={"X-Forwarded-For": "203.0.113.9"})
        assert forged.status_code == 429
