"""What each operation costs: crossings to a thread, round trips to the cache, statements to the database."""

import base64
import json
from collections import Counter

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.core.cache import caches
from django.db import connection
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from rest_framework.request import Request

from restflow.authentication import (
    AccessToken,
    BasicAuthentication,
    JWTAuthentication,
    JWTStatelessUserAuthentication,
    RefreshToken,
    SessionAuthentication,
)
from restflow.authentication.views import TokenBlacklistView, TokenObtainView, TokenRefreshView
from restflow.test import assert_max_crossings

pytestmark = pytest.mark.django_db
PASSWORD = " correct horse "


class Costs:
    """Counts while it is entered."""

    ROUND_TRIPS = ("get", "get_many", "add", "set", "delete", "touch")

    def __init__(self, monkeypatch):
        self.monkeypatch = monkeypatch

    def of(self, make):
        """The answer of what `make` returns, and (crossings, round trips, queries), savepoints aside."""
        counted, depth = Counter(), []
        cache = type(caches["default"])

        def trip(name):
            method = getattr(cache, name)

            def noted(self, *args, **kwargs):
                counted["trips"] += not depth  # LocMemCache's get_many calls get
                depth.append(name)
                try:
                    return method(self, *args, **kwargs)
                finally:
                    depth.pop()

            return noted

        async def run():
            return await make()

        with (
            self.monkeypatch.context() as patch,
            CaptureQueriesContext(connection) as queries,
            assert_max_crossings(1) as crossings,
        ):
            for name in self.ROUND_TRIPS:
                patch.setattr(cache, name, trip(name))
            answer = async_to_sync(run)()
        statements = [query["sql"].split()[0] for query in queries]
        points = sum(statement in ("SAVEPOINT", "RELEASE", "ROLLBACK") for statement in statements)
        return answer, (crossings.count, counted["trips"], len(statements) - points)


@pytest.fixture
def costs(monkeypatch):
    return Costs(monkeypatch)


def bearing(token):
    return Request(RequestFactory().get("/", headers={"authorization": f"Bearer {token}"}))


@pytest.mark.parametrize(
    ("backend", "policy", "cls", "expected"),
    [
        ("Cache", "enforce", JWTAuthentication, (1, 1, 1)),
        ("Model", "enforce", JWTAuthentication, (1, 0, 2)),
        ("Cache", "off", JWTAuthentication, (1, 0, 1)),
        ("Cache", "enforce", JWTStatelessUserAuthentication, (1, 1, 0)),
        ("Cache", "off", JWTStatelessUserAuthentication, (0, 0, 0)),
    ],
)
def test_a_token(user, jwt, costs, backend, policy, cls, expected):
    jwt(
        BLACKLIST_BACKEND=f"restflow.authentication.jwt.{backend}BlacklistBackend",
        BLACKLIST_ACCESS_POLICY=policy,
    )
    http = bearing(AccessToken.for_user(user))
    (found, _), spent = costs.of(lambda: cls().aauthenticate(http))
    assert found == user
    assert spent == expected


def test_basic_credentials(user, costs):
    secret = base64.b64encode(f"ada:{PASSWORD}".encode()).decode()
    http = Request(RequestFactory().get("/", headers={"authorization": f"Basic {secret}"}))
    (found, _), spent = costs.of(lambda: BasicAuthentication().aauthenticate(http))
    assert found == user
    assert spent == (1, 0, 1)


@pytest.mark.parametrize("loaded", [False, True])
def test_a_django_session(user, costs, loaded):
    client = Client()
    client.force_login(user)
    http = RequestFactory().get("/", HTTP_COOKIE=f"sessionid={client.cookies['sessionid'].value}")
    for layer in (SessionMiddleware, AuthenticationMiddleware):
        layer(lambda request: HttpResponse()).process_request(http)
    if loaded:
        assert http.user.pk == user.pk
    (found, _), spent = costs.of(lambda: SessionAuthentication().aauthenticate(Request(http)))
    assert found == user
    assert spent == (1, 0, 0 if loaded else 2)


def posting(view, body):
    http = RequestFactory().post("/", json.dumps(body), content_type="application/json")
    http._dont_enforce_csrf_checks = True
    return lambda: view.as_view()(http)


@pytest.mark.parametrize(("backend", "expected"), [("Cache", (1, 2, 1)), ("Model", (1, 0, 3))])
def test_a_refresh(user, jwt, costs, backend, expected):
    jwt(BLACKLIST_BACKEND=f"restflow.authentication.jwt.{backend}BlacklistBackend")
    answer, spent = costs.of(posting(TokenRefreshView, {"refresh": str(RefreshToken.for_user(user))}))
    assert answer.status_code == 200
    assert spent == expected


def test_a_log_in(user, costs):
    answer, spent = costs.of(posting(TokenObtainView, {"username": "ada", "password": PASSWORD}))
    assert answer.status_code == 200
    assert spent == (1, 0, 1)


def test_a_log_out(user, costs):
    answer, spent = costs.of(posting(TokenBlacklistView, {"refresh": str(RefreshToken.for_user(user))}))
    assert answer.status_code == 204
    assert spent == (1, 1, 0)
