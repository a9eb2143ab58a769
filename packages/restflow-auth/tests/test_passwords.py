"""Passwords are hashed off the event loop, and as often for those that are wrong as for those that are right."""

import asyncio
import base64
import json
from threading import Event

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import MD5PasswordHasher
from django.test import Client
from django.urls import path
from rest_framework.permissions import IsAuthenticated

from restflow.authentication import BasicAuthentication
from restflow.authentication.views import TokenObtainView
from restflow.responses import Response
from restflow.test import AsyncAPIClient
from restflow.views import AsyncAPIView


class Protected(AsyncAPIView):
    authentication_classes = [BasicAuthentication]
    permission_classes = [IsAuthenticated]

    async def get(self, request):
        return Response({})


urlpatterns = [path("token/", TokenObtainView.as_view()), path("basic/", Protected.as_view())]
pytestmark = [pytest.mark.urls(__name__), pytest.mark.django_db]
PASSWORD = " correct horse "


@pytest.fixture(autouse=True)
def _users(user):
    get_user_model().objects.create_user("gone", password=PASSWORD, is_active=False)


def log_in(client, name, password):
    return client.post("/token/", json.dumps({"username": name, "password": password}), content_type="application/json")


def use_basic(client, name, password):
    secret = base64.b64encode(f"{name}:{password}".encode()).decode()
    return client.get("/basic/", headers={"authorization": f"Basic {secret}"})


WAYS = {"log in": log_in, "basic": use_basic}
ATTEMPTS = {
    "right": ("ada", PASSWORD),
    "wrong password": ("ada", "correct horse"),
    "unknown user": ("nobody", PASSWORD),
    "inactive user": ("gone", PASSWORD),
}


@pytest.mark.parametrize("way", sorted(WAYS))
@pytest.mark.parametrize("attempt", sorted(ATTEMPTS))
async def test_the_event_loop_turns_while_a_password_is_hashed(monkeypatch, way, attempt):
    loop, hashing, go_on, waited = asyncio.get_running_loop(), asyncio.Event(), Event(), []
    encode = MD5PasswordHasher.encode

    def encode_slowly(*args):
        loop.call_soon_threadsafe(hashing.set)
        waited.append(go_on.wait(20))
        return encode(*args)

    monkeypatch.setattr(MD5PasswordHasher, "encode", encode_slowly)
    answer = asyncio.ensure_future(WAYS[way](AsyncAPIClient(), *ATTEMPTS[attempt]))
    await hashing.wait()
    for _ in range(100):  # a loop that hashes comes here when the wait has run out
        await asyncio.sleep(0)
    assert not answer.done()
    go_on.set()

    assert (await answer).status_code == (200 if attempt == "right" else 401)
    assert waited == [True]


@pytest.fixture(params=["wsgi", "asgi"])
def attempt(request):
    def do(way, name, password):
        if request.param == "wsgi":
            return WAYS[way](Client(), name, password)

        async def ask():
            return await WAYS[way](AsyncAPIClient(), name, password)

        return async_to_sync(ask)()

    return do


@pytest.fixture
def hashed(monkeypatch):
    """The passwords that the hasher is given."""
    given = []
    encode = MD5PasswordHasher.encode

    def noted(self, password, *args):
        given.append(password)
        return encode(self, password, *args)

    monkeypatch.setattr(MD5PasswordHasher, "encode", noted)
    return given


def no(user):
    return False


async def ano(user):
    return False


@pytest.mark.parametrize("way", sorted(WAYS))
@pytest.mark.parametrize("case", sorted(ATTEMPTS))
def test_every_attempt_hashes_its_password_once(attempt, hashed, way, case):
    attempt(way, *ATTEMPTS[case])

    assert hashed == [ATTEMPTS[case][1]]


@pytest.mark.parametrize("rule", [no, ano])
def test_a_rule_that_says_no_comes_after_the_hash(attempt, hashed, jwt, rule):
    jwt(USER_AUTHENTICATION_RULE=rule)

    assert attempt("log in", "ada", PASSWORD).status_code == 401
    assert hashed == [PASSWORD]


def test_every_refused_log_in_gets_the_same_answer(attempt, jwt):
    answers = [attempt("log in", *ATTEMPTS[case]) for case in sorted(ATTEMPTS) if case != "right"]
    for rule in (no, ano):
        jwt(USER_AUTHENTICATION_RULE=rule)
        answers.append(attempt("log in", "ada", PASSWORD))

    assert {(answer.status_code, answer.content) for answer in answers} == {
        (401, b'{"detail":"No active account found with the given credentials."}')
    }
    assert {tuple(sorted(answer.items())) for answer in answers} == {tuple(sorted(answers[0].items()))}
    assert answers[0]["WWW-Authenticate"] == 'Bearer realm="api"'
