"""REST framework's authenticators with both faces, and JWTAuthentication: the same answers, one crossing at most."""

import base64

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser
from django.core.cache import caches
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from restflow.authentication import (
    AccessToken,
    BaseAuthentication,
    BasicAuthentication,
    JWTAuthentication,
    JWTStatelessUserAuthentication,
    RemoteUserAuthentication,
    SessionAuthentication,
    TokenAuthentication,
    TokenUser,
)
from restflow.authentication.jwt import encode_token
from restflow.test import assert_max_crossings, assert_num_queries

pytestmark = pytest.mark.django_db
PASSWORD = " correct horse "


def request_with(authorization=None, method="get", **meta):
    if authorization is not None:
        meta["HTTP_AUTHORIZATION"] = authorization
    return Request(getattr(APIRequestFactory(enforce_csrf_checks=True), method)("/", **meta))


@pytest.fixture(params=["sync", "async"])
def ask(request):
    def do(authenticator, http):
        if request.param == "sync":
            return authenticator.authenticate(http)
        return async_to_sync(authenticator.aauthenticate)(http)

    return do


def basic(text):
    return "Basic " + base64.b64encode(text if isinstance(text, bytes) else text.encode()).decode()


def test_basic_credentials(ask, user):
    assert ask(BasicAuthentication(), request_with(basic(f"ada:{PASSWORD}"))) == (user, None)
    assert ask(BasicAuthentication(), request_with()) is None
    assert ask(BasicAuthentication(), request_with("Bearer x")) is None


@pytest.mark.parametrize(
    "header",
    ["Basic", "Basic a b", "Basic !", basic("no colon"), basic("ada:wrong"), basic("ada:x\0"), basic("a\0:x")],
)
def test_basic_credentials_that_are_wrong(ask, user, header):
    with pytest.raises(exceptions.AuthenticationFailed):
        ask(BasicAuthentication(), request_with(header))


def test_basic_crosses_once_and_hashes_in_the_thread(user):
    with assert_max_crossings(1) as crossings:
        async_to_sync(BasicAuthentication().aauthenticate)(request_with(basic(f"ada:{PASSWORD}")))
    assert crossings.count == 1


class Found:
    def __init__(self, key):
        self.key = key


class Tokens:
    class DoesNotExist(Exception):
        pass

    @classmethod
    def select(cls, key, user):
        if key != "right":
            raise cls.DoesNotExist
        token = Found(key)
        token.user = user
        return token


@pytest.fixture
def token_class(user):
    class Manager:
        def select_related(self, name):
            assert name == "user"
            return self

        def get(self, key):
            return Tokens.select(key, user)

    class Authentication(TokenAuthentication):
        model = type("Model", (Tokens,), {"objects": Manager()})

    return Authentication


def test_database_tokens(ask, token_class, user):
    assert ask(token_class(), request_with("Token right"))[0] == user
    assert ask(token_class(), request_with("Bearer right")) is None
    for header in ("Token", "Token a b", "Token wrong", "Token right\0", "Token \xff"):
        with pytest.raises(exceptions.AuthenticationFailed):
            ask(token_class(), request_with(header))


def test_the_session_user(ask, user):
    http = request_with()
    assert ask(SessionAuthentication(), http) is None
    http._request.user = AnonymousUser()
    assert ask(SessionAuthentication(), http) is None
    http._request.user = user
    assert ask(SessionAuthentication(), http) == (user, None)
    user.is_active = False
    assert ask(SessionAuthentication(), http) is None


def test_csrf_is_enforced_for_the_session_user_alone(ask, user):
    http = request_with(method="post")
    http._request.user = user
    with pytest.raises(exceptions.PermissionDenied, match="CSRF Failed"):
        ask(SessionAuthentication(), http)
    http._request.user = AnonymousUser()
    assert ask(SessionAuthentication(), http) is None


def test_the_remote_user(ask, user, settings):
    settings.AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.RemoteUserBackend"]
    assert ask(RemoteUserAuthentication(), request_with()) is None
    assert ask(RemoteUserAuthentication(), request_with(REMOTE_USER="")) is None
    assert ask(RemoteUserAuthentication(), request_with(REMOTE_USER="ada")) == (user, None)


@assert_max_crossings(0)
def test_without_the_header_the_remote_user_costs_nothing():
    async_to_sync(RemoteUserAuthentication().aauthenticate)(request_with())


# The face rule: an override of either face is obeyed on both paths.


class SyncOnly(BaseAuthentication):
    def authenticate(self, request):
        return "sync", None


class AsyncOnly(BaseAuthentication):
    async def aauthenticate(self, request):
        return "async", None


def test_one_face_is_enough(ask):
    assert ask(SyncOnly(), request_with())[0] == "sync"
    assert ask(AsyncOnly(), request_with())[0] == "async"
    with pytest.raises(NotImplementedError, match="aauthenticate"):
        ask(BaseAuthentication(), request_with())


def refusing(base, name, *, aio):
    def sync_face(self, *args):
        raise exceptions.AuthenticationFailed("refused by the override")

    async def async_face(self, *args):
        raise exceptions.AuthenticationFailed("refused by the override")

    return type("Refusing", (base,), {("a" if aio else "") + name: async_face if aio else sync_face})


@pytest.mark.parametrize("aio", [False, True])
def test_an_override_is_never_skipped(ask, user, token_class, aio):
    for base, name, header in (
        (BasicAuthentication, "authenticate_credentials", basic(f"ada:{PASSWORD}")),
        (token_class, "authenticate_credentials", "Token right"),
        (JWTAuthentication, "get_user", f"Bearer {AccessToken.for_user(user)}"),
        (JWTStatelessUserAuthentication, "get_user", f"Bearer {AccessToken.for_user(user)}"),
        (JWTAuthentication, "authenticate", f"Bearer {AccessToken.for_user(user)}"),
    ):
        with pytest.raises(exceptions.AuthenticationFailed, match="refused by the override"):
            ask(refusing(base, name, aio=aio)(), request_with(header))


# JWTAuthentication


def bearer(token):
    return request_with(f"Bearer {token}")


def code_of(caught):
    return caught.value.detail.code


def test_the_user_of_the_token(ask, user, store):
    token = AccessToken.for_user(user)
    assert ask(JWTAuthentication(), bearer(token)) == (user, token)
    assert ask(JWTAuthentication(), request_with(f"bEaReR {token}")) == (user, token)


@pytest.mark.parametrize("header", [None, "", "Basic x", "Token x"])
def test_nothing_for_this_authenticator(ask, header):
    assert ask(JWTAuthentication(), request_with(header)) is None


@pytest.mark.parametrize("header", ["Bearer", "Bearer a b"])
def test_a_header_of_other_than_two_words(ask, header):
    with pytest.raises(exceptions.AuthenticationFailed) as caught:
        ask(JWTAuthentication(), request_with(header))
    assert code_of(caught) == "invalid_authorization_header"


def test_a_token_that_is_not_ascii(ask):
    with pytest.raises(exceptions.AuthenticationFailed) as caught:
        ask(JWTAuthentication(), request_with("Bearer \xe9"))
    assert code_of(caught) == "invalid_token"


def token_of(user_id, **claims):
    payload = {"token_type": "access", "exp": 4_000_000_000, "iat": 1, "jti": "x", "user_id": user_id, **claims}
    return encode_token(payload)


IDS = ["abc", "", "1\0", "01", " 1", "1.0", 1.0, True, None, [1], {"a": 1}, 2**63, -(2**70), "9" * 400]


@pytest.mark.parametrize("number", range(len(IDS)))
def test_an_id_that_the_field_cannot_take(ask, user, number, django_assert_num_queries):
    with django_assert_num_queries(0), pytest.raises(exceptions.AuthenticationFailed) as caught:
        ask(JWTAuthentication(), bearer(token_of(IDS[number])))
    assert code_of(caught) == "invalid_token"


def test_true_is_not_user_one(ask, user):
    get_user_model().objects.filter(pk=user.pk).update(id=1)
    with pytest.raises(exceptions.AuthenticationFailed):
        ask(JWTAuthentication(), bearer(token_of(True)))
    assert ask(JWTAuthentication(), bearer(token_of(1)))[0].pk == 1
    assert ask(JWTAuthentication(), bearer(token_of("1")))[0].pk == 1


def test_who_is_gone_inactive_or_has_a_new_password(ask, user, jwt):
    jwt(CHECK_REVOKE_TOKEN=True)
    token, users = AccessToken.for_user(user), get_user_model().objects.filter(pk=user.pk)
    assert ask(JWTAuthentication(), bearer(token))[0] == user
    for change, code in (
        (lambda: users.update(is_active=False), "user_inactive"),
        (lambda: users.update(is_active=True, password="new"), "password_changed"),
        (lambda: users.delete(), "user_not_found"),
    ):
        change()
        with pytest.raises(exceptions.AuthenticationFailed) as caught:
            ask(JWTAuthentication(), bearer(token))
        assert code_of(caught) == code


def test_a_rotated_secret_key_logs_nobody_out(ask, user, jwt, settings):
    jwt(CHECK_REVOKE_TOKEN=True)
    token = AccessToken.for_user(user)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "the next one"
    assert ask(JWTAuthentication(), bearer(token))[0] == user
    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(exceptions.AuthenticationFailed):
        ask(JWTAuthentication(), bearer(token))


def test_other_fields_name_users_too(ask, user, jwt):
    for field, claim in (("pk", "user_id"), ("username", "name"), ("id", "sub")):
        jwt(USER_ID_FIELD=field, USER_ID_CLAIM=claim)
        token = AccessToken.for_user(user)
        assert ask(JWTAuthentication(), bearer(token))[0] == user
        assert token[claim] == (str(user.pk) if claim == "sub" else getattr(user, field))


def test_the_challenge_says_why_after_a_failed_token_only(ask, jwt):
    jwt(AUTH_HEADER_TYPES=("JWT", "Bearer"))
    authenticator, http = JWTAuthentication(), request_with()
    ask(authenticator, http)
    assert authenticator.authenticate_header(http) == 'JWT realm="api"'
    http = bearer("a.b.c")
    with pytest.raises(exceptions.AuthenticationFailed):
        ask(authenticator, http)
    assert authenticator.authenticate_header(http) == (
        'JWT realm="api", error="invalid_token", error_description="invalid_token"'
    )


@pytest.mark.parametrize(("kind", "queries"), [("cache", 1), ("model", 2), ("off", 1)])
def test_one_crossing_one_question_to_the_store(user, jwt, kind, queries, monkeypatch):
    jwt(
        BLACKLIST_BACKEND=f"restflow.authentication.jwt.{'Model' if kind == 'model' else 'Cache'}BlacklistBackend",
        BLACKLIST_ACCESS_POLICY="off" if kind == "off" else "enforce",
    )
    asked = []
    get_many = type(caches["default"]).get_many
    monkeypatch.setattr(
        type(caches["default"]), "get_many", lambda self, keys: asked.append(keys) or get_many(self, keys)
    )
    http = bearer(AccessToken.for_user(user))
    with assert_num_queries(queries), assert_max_crossings(1) as crossings:
        async_to_sync(JWTAuthentication().aauthenticate)(http)
    assert crossings.count == 1
    assert len(asked) == (1 if kind == "cache" else 0)


@assert_max_crossings(0)
def test_a_bad_token_crosses_not_at_all():
    for http in (bearer("a.b.c"), request_with(), request_with("Basic x")):
        try:
            async_to_sync(JWTAuthentication().aauthenticate)(http)
        except exceptions.AuthenticationFailed:
            continue


def test_a_user_without_a_query(ask, user, jwt):
    jwt(BLACKLIST_ACCESS_POLICY="off")
    token = AccessToken.for_user(user, claims={"username": "ada", "is_staff": True, "is_superuser": "true"})
    with assert_num_queries(0), assert_max_crossings(0):
        found, auth = ask(JWTStatelessUserAuthentication(), bearer(token))
    assert isinstance(found, TokenUser)
    assert (found.pk, found.username, found.is_staff, found.is_superuser) == (user.pk, "ada", True, False)
    assert found == user
    assert hash(found) == hash(user)
    assert found.token == auth == token
    assert str(found) == f"TokenUser({user.pk})"
    assert (found.is_authenticated, found.is_anonymous, found.has_perm("x")) == (True, False, False)
    with pytest.raises(NotImplementedError):
        found.save()


def test_a_revoked_token_of_a_stateless_user(ask, user, store):
    token = AccessToken.for_user(user)
    token.blacklist()
    with pytest.raises(exceptions.AuthenticationFailed) as caught:
        ask(JWTStatelessUserAuthentication(), bearer(token))
    assert code_of(caught) == "token_blacklisted"


def test_openapi(jwt):
    assert JWTAuthentication.get_security_scheme() == (
        "jwtAuth",
        {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
    )
    jwt(AUTH_HEADER_TYPES=("JWT",))
    name, scheme = JWTAuthentication.get_security_scheme()
    assert (name, scheme["type"], scheme["in"], scheme["name"]) == ("jwtAuth", "apiKey", "header", "Authorization")
    assert BasicAuthentication.get_security_scheme() == ("basicAuth", {"type": "http", "scheme": "basic"})
    assert SessionAuthentication.get_security_scheme()[1]["name"] == "sessionid"
    assert TokenAuthentication.get_security_scheme()[1]["in"] == "header"
    assert RemoteUserAuthentication.get_security_scheme() is None
    assert not hasattr(BaseAuthentication, "get_security_scheme")
