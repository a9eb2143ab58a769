"""The token views in a project with `ATOMIC_REQUESTS`: what they decide is not undone with the request."""

import json

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth import get_user_model
from django.db import connections
from django.test import Client
from django.urls import path

from restflow.authentication import RefreshToken
from restflow.authentication.views import JWKSView, TokenBlacklistView, TokenObtainView, TokenRefreshView
from restflow.test import AsyncAPIClient

pytestmark = [pytest.mark.urls(__name__), pytest.mark.django_db(transaction=True)]


def broken(user):
    raise RuntimeError("the project's own mistake")


class BrokenToken(RefreshToken):
    user_claims = {"team": broken}


urlpatterns = [
    path("token/", TokenObtainView.as_view()),
    path("refresh/", TokenRefreshView.as_view()),
    path("broken/", TokenRefreshView.as_view(refresh_token_class=BrokenToken)),
    path("blacklist/", TokenBlacklistView.as_view()),
    path("keys/", JWKSView.as_view()),
]


@pytest.fixture(params=["wsgi", "asgi"])
def post(request):
    def do(path, **body):
        options = {"data": json.dumps(body), "content_type": "application/json"}
        if request.param == "wsgi":
            return Client(raise_request_exception=False).post(path, **options)
        return async_to_sync(AsyncAPIClient(raise_request_exception=False).post)(path, **options)

    return do


@pytest.fixture
def _atomic_requests(monkeypatch):
    monkeypatch.setitem(connections.settings["default"], "ATOMIC_REQUESTS", True)


@pytest.fixture
def first(post, _atomic_requests, store):
    get_user_model().objects.create_user("ada", password="secret")
    answer = post("/token/", username="ada", password="secret")
    assert answer.status_code == 200
    return answer.json()["refresh"]


def test_a_session_that_is_revoked_for_reuse_stays_so_though_the_answer_is_401(first, post):
    second = post("/refresh/", refresh=first)
    assert second.status_code == 200
    assert post("/refresh/", refresh=first).status_code == 401
    assert post("/refresh/", refresh=second.json()["refresh"]).status_code == 401


def test_a_spent_token_stays_spent_though_the_answer_is_500(first, post):
    assert post("/broken/", refresh=first).status_code == 500
    assert post("/refresh/", refresh=first).status_code == 401


def test_a_log_out_is_kept(first, post):
    assert post("/blacklist/", refresh=first).status_code == 204
    assert post("/refresh/", refresh=first).status_code == 401


@pytest.mark.usefixtures("_atomic_requests")
def test_the_key_set_needs_no_transaction():
    assert Client().get("/keys/").status_code == 404  # there are no public keys
