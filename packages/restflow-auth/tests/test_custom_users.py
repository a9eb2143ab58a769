"""User models of other kinds: by UUID, with e-mail as the user name and another manager; by a string."""

import json
import uuid

import pytest
from asgiref.sync import async_to_sync
from authentication_testapp.models import Member, Person
from django.contrib.auth.backends import ModelBackend
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from restflow.authentication import (
    AccessToken,
    JWTAuthentication,
    JWTStatelessUserAuthentication,
    revoke_user_tokens,
)
from restflow.authentication.jwt import encode_token
from restflow.test import AsyncAPIClient

pytestmark = [pytest.mark.urls("auth_test_urls"), pytest.mark.django_db]


class EmailBackend(ModelBackend):
    """Takes nothing but an e-mail address."""

    def authenticate(self, request, email=None, password=None):
        person = Person.people.filter(email=email).first()
        if person is None:
            Person().set_password(password)
            return None
        return person if person.check_password(password) else None


@pytest.fixture
def person(settings):
    settings.AUTH_USER_MODEL = "authentication_testapp.Person"
    settings.AUTHENTICATION_BACKENDS = ["test_email_backend.EmailBackend"]
    settings.RESTFLOW_SETTINGS = {"JWT": {**settings.RESTFLOW_SETTINGS["JWT"], "CHECK_USER_IS_ACTIVE": False}}
    return Person.people.create_user("ada@example.com", "secret")


@pytest.fixture(autouse=True)
def _backend(monkeypatch):
    import sys
    from types import ModuleType

    module = ModuleType("test_email_backend")
    module.EmailBackend = EmailBackend
    monkeypatch.setitem(sys.modules, "test_email_backend", module)


@pytest.mark.parametrize("name", ["email", "username"])
@pytest.mark.parametrize("door", ["wsgi", "asgi"])
def test_log_in_by_the_models_own_name_or_the_alias(person, name, door):
    body, kind = json.dumps({name: "ada@example.com", "password": "secret"}), "application/json"
    if door == "wsgi":
        answer = Client().post("/token/", body, content_type=kind)
    else:
        answer = async_to_sync(AsyncAPIClient().post)("/token/", body, content_type=kind)
    assert answer.status_code == 200, answer.content
    assert AccessToken.verify(answer.json()["access"])["user_id"] == str(person.pk)
    form = Client().post("/token/", {name: "ada@example.com", "password": "secret"})
    assert form.status_code == 200


def bearer(token):
    return Request(APIRequestFactory().get("/", HTTP_AUTHORIZATION=f"Bearer {token}"))


@pytest.mark.parametrize("cls", [JWTAuthentication, JWTStatelessUserAuthentication])
def test_the_user_by_uuid(person, cls):
    found, token = cls().authenticate(bearer(AccessToken.for_user(person)))
    assert found.pk == person.pk
    assert isinstance(found.pk, uuid.UUID)
    assert token["user_id"] == str(person.pk)


@pytest.mark.parametrize("kind", ["upper", "braces", "hex", "int", "bad"])
def test_another_spelling_of_the_uuid_is_refused(person, kind, django_assert_num_queries):
    value = {
        "upper": str(person.pk).upper(),
        "braces": f"{{{person.pk}}}",
        "hex": person.pk.hex,
        "int": person.pk.int,
        "bad": "no UUID",
    }[kind]
    raw = encode_token({"token_type": "access", "exp": 4_000_000_000, "iat": 1, "jti": "x", "user_id": value})
    with django_assert_num_queries(0), pytest.raises(AuthenticationFailed):
        JWTAuthentication().authenticate(bearer(raw))


@pytest.mark.parametrize("cls", [JWTAuthentication, JWTStatelessUserAuthentication])
def test_the_user_by_a_string_without_is_active(settings, jwt, cls):
    settings.AUTH_USER_MODEL = "authentication_testapp.Member"
    jwt(USER_ID_FIELD="pk")
    member = Member.objects.create(code="07 é")

    found, token = cls().authenticate(bearer(AccessToken.for_user(member)))

    assert (found.pk, token["user_id"]) == ("07 é", "07 é")
    revoke_user_tokens(member)
    with pytest.raises(AuthenticationFailed):
        cls().authenticate(bearer(token))
    jwt(USER_ID_FIELD="pk", CHECK_REVOKE_TOKEN=True)
    with pytest.raises(ImproperlyConfigured, match="CHECK_REVOKE_TOKEN"):
        AccessToken.for_user(member)
