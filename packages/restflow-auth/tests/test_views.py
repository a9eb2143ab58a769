"""The token views, under WSGI and ASGI."""

import json

import pytest
from asgiref.sync import async_to_sync
from auth_test_keys import pem
from django.contrib.auth import get_user_model
from django.test import Client

from restflow.authentication import (
    AccessToken,
    CacheBlacklistBackend,
    RefreshToken,
    arevoke_user_tokens,
    revoke_user_tokens,
)
from restflow.authentication.jwt import encode_token
from restflow.authentication.serializers import TokenPairSerializer
from restflow.authentication.signals import token_reuse_detected
from restflow.test import AsyncAPIClient, assert_max_crossings

pytestmark = [pytest.mark.urls("auth_test_urls"), pytest.mark.django_db]
PASSWORD = " correct horse "


@pytest.fixture(params=["wsgi", "asgi"])
def call(request):
    def do(method, path, body=None, **kwargs):
        if body is not None:
            kwargs |= {"data": json.dumps(body), "content_type": "application/json"}
        if request.param == "wsgi":
            client = Client()
            client.cookies.load(kwargs.pop("cookies", {}))
            return getattr(client, method)(path, **kwargs)
        client = AsyncAPIClient()
        client.cookies.load(kwargs.pop("cookies", {}))
        return async_to_sync(getattr(client, method))(path, **kwargs)

    return do


@pytest.fixture
def log_in(call, user):
    return lambda: call("post", "/token/", {"username": "ada", "password": PASSWORD}).json()


def bearer(token):
    return {"headers": {"authorization": f"Bearer {token}"}}


def test_the_answer_is_declared_without_a_certain_refresh_token():
    fields = TokenPairSerializer().fields
    assert not fields["refresh"].required
    assert not fields["refresh"].read_only  # drf-spectacular counts those as always there
    assert fields["access"].read_only


def test_log_in_use_refresh_and_log_out(call, log_in, store):
    pair = log_in()
    assert set(pair) == {"access", "refresh"}
    assert AccessToken.verify(pair["access"]).sid == RefreshToken.verify(pair["refresh"]).sid
    assert call("get", "/async/", **bearer(pair["access"])).json()["same"] is True

    answer = call("post", "/refresh/", {"refresh": pair["refresh"]})
    assert answer.status_code == 200
    second = answer.json()
    assert RefreshToken.verify(second["refresh"]).sid == RefreshToken.verify(pair["refresh"]).sid

    out = call("post", "/blacklist/", {"refresh": second["refresh"]})
    assert (out.status_code, out.content) == (204, b"")
    assert call("post", "/blacklist/", {"refresh": second["refresh"]}).status_code == 204
    for path in ("/async/", "/sync/"):
        for access in (pair["access"], second["access"]):
            refused = call("get", path, **bearer(access))
            assert refused.status_code == 401
            assert refused.json() == {"detail": "Token has been blacklisted."}
            assert refused["WWW-Authenticate"] == (
                'Bearer realm="api", error="invalid_token", error_description="token_blacklisted"'
            )
    assert call("post", "/refresh/", {"refresh": second["refresh"]}).status_code == 401


def test_no_answer_is_stored(call, log_in):
    for answer in (
        call("post", "/token/", {"username": "ada", "password": PASSWORD}),
        call("post", "/token/", {"username": "ada", "password": "x"}),
        call("post", "/token/", {}),
    ):
        assert answer["Cache-Control"] == "no-store"
        assert answer["Pragma"] == "no-cache"


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        "text",
        {"username": "ada"},
        {"username": "ada", "password": ""},
        {"username": "", "password": "x"},
        {"username": 1, "password": "x"},
        {"username": "ada", "password": 1},
        {"username": "ada", "password": None},
        {"username": "a\0da", "password": "x"},
        {"username": "ada", "password": "x\0"},
        {"username": "a" * 1025, "password": "x"},
        {"username": "ada", "password": "x" * 4097},
        {"username": ["ada"], "password": {"a": 1}},
    ],
    ids=lambda body: json.dumps(body)[:40],
)
def test_a_wrong_body_is_400(call, body):
    answer = call("post", "/token/", body)
    assert answer.status_code == 400, answer.content


@pytest.mark.parametrize("path", ["/refresh/", "/blacklist/"])
@pytest.mark.parametrize("body", [{}, [], {"refresh": 123}, {"refresh": ""}, {"refresh": None}], ids=json.dumps)
def test_a_wrong_refresh_body_is_400(call, path, body):
    assert call("post", path, body).status_code == 400


@pytest.mark.parametrize("path", ["/token/", "/refresh/", "/blacklist/"])
def test_only_post_and_options(call, path):
    assert call("get", path).status_code == 405
    assert call("options", path).status_code == 200
    assert call("post", path, data="{", content_type="application/json").status_code == 400


@pytest.mark.parametrize("path", ["/refresh/", "/blacklist/"])
def test_a_token_that_is_refused_is_401_and_says_why(call, user, path):
    expired = encode_token({"token_type": "refresh", "exp": 2, "iat": 1, "jti": "x", "user_id": user.pk})
    for raw, code in (
        ("a.b.c", "invalid_token"),
        (str(AccessToken.for_user(user)), "wrong_token_type"),
        (expired, "token_expired"),
    ):
        answer = call("post", path, {"refresh": raw})
        assert answer.status_code == 401
        assert f'error_description="{code}"' in answer["WWW-Authenticate"]


def test_the_envelope_gives_the_reason(call):
    answer = call("get", "/enveloped/", **bearer("a.b.c"))
    assert answer.json()["error"]["code"] == "authentication_failed"
    assert answer.json()["error"]["details"] == {"reason": "invalid_token"}
    assert 'error="invalid_token"' in answer["WWW-Authenticate"]


def test_a_spent_token_that_comes_again_ends_the_session(call, log_in, store, caplog, jwt):
    heard = []

    def listener(sender, token, request, **kwargs):
        heard.append((sender, token.sid))

    token_reuse_detected.connect(listener)
    try:
        first = log_in()
        second = call("post", "/refresh/", {"refresh": first["refresh"]}).json()
        other = log_in()
        assert call("post", "/refresh/", {"refresh": first["refresh"]}).status_code == 401
    finally:
        token_reuse_detected.disconnect(listener)

    sid = RefreshToken.verify(first["refresh"]).sid
    assert heard == [(RefreshToken, sid)]
    warnings = [record for record in caplog.records if record.name == "restflow.authentication"]
    assert len(warnings) == 1
    assert sid in warnings[0].getMessage()
    assert call("post", "/refresh/", {"refresh": second["refresh"]}).status_code == 401
    assert call("get", "/async/", **bearer(second["access"])).status_code == 401
    assert call("post", "/refresh/", {"refresh": other["refresh"]}).status_code == 200


def test_without_reuse_detection_the_successor_lives_on(call, log_in, store, jwt):
    jwt(REUSE_DETECTION=False)
    first = log_in()
    second = call("post", "/refresh/", {"refresh": first["refresh"]}).json()
    assert call("post", "/refresh/", {"refresh": first["refresh"]}).status_code == 401
    assert call("post", "/refresh/", {"refresh": second["refresh"]}).status_code == 200


def test_within_the_grace_the_newest_spent_token_is_redeemed_again(call, log_in, store, jwt):
    from datetime import timedelta

    jwt(ROTATION_GRACE_PERIOD=timedelta(seconds=60))
    first = log_in()["refresh"]
    second = call("post", "/refresh/", {"refresh": first}).json()["refresh"]
    assert call("post", "/refresh/", {"refresh": first}).status_code == 200
    third = call("post", "/refresh/", {"refresh": second})
    assert third.status_code == 200
    assert call("post", "/refresh/", {"refresh": first}).status_code == 401
    assert call("post", "/refresh/", {"refresh": third.json()["refresh"]}).status_code == 401


def test_without_rotation_the_refresh_token_stays(call, log_in, store, jwt):
    jwt(ROTATE_REFRESH_TOKENS=False)
    refresh = log_in()["refresh"]
    for _ in range(2):
        answer = call("post", "/refresh/", {"refresh": refresh})
        assert set(answer.json()) == {"access"}
    RefreshToken.verify(refresh).blacklist()
    assert call("post", "/refresh/", {"refresh": refresh}).status_code == 401


def test_who_must_not_refresh_does_not(call, log_in, store, user, jwt):
    jwt(CHECK_REVOKE_TOKEN=True)
    pair = log_in()

    def refused(code):
        answer = call("post", "/refresh/", {"refresh": pair["refresh"]})
        return answer.status_code == 401 and code in answer.headers["WWW-Authenticate"]

    get_user_model().objects.filter(pk=user.pk).update(is_active=False)
    assert refused("user_inactive")
    get_user_model().objects.filter(pk=user.pk).update(is_active=True, password="other")
    assert refused("password_changed")
    get_user_model().objects.filter(pk=user.pk).update(password=user.password)
    jwt(USER_AUTHENTICATION_RULE=lambda user: False)
    assert refused("Bearer")

    async def no(user):
        return False

    jwt(USER_AUTHENTICATION_RULE=no)
    assert refused("Bearer")
    jwt(USER_AUTHENTICATION_RULE="restflow.authentication.jwt.default_user_authentication_rule")
    assert call("post", "/refresh/", {"refresh": pair["refresh"]}).status_code == 200
    user.delete()
    assert refused("token_blacklisted") or refused("user_not_found")


def test_log_out_everywhere_but_here(call, log_in, store, user):
    here, there = log_in(), log_in()
    keep = AccessToken.verify(here["access"])
    revoke_user_tokens(user, keep=keep)
    assert call("get", "/async/", **bearer(here["access"])).status_code == 200
    assert call("get", "/async/", **bearer(there["access"])).status_code == 401
    assert call("post", "/refresh/", {"refresh": there["refresh"]}).status_code == 401
    async_to_sync(arevoke_user_tokens)(user)
    assert call("get", "/async/", **bearer(here["access"])).status_code == 401
    assert call("get", "/async/", **bearer(log_in()["access"])).status_code == 200
    revoke_user_tokens(user, keep=keep)
    assert call("get", "/async/", **bearer(here["access"])).status_code == 401
    with pytest.raises(ValueError, match="another user"):
        revoke_user_tokens(get_user_model().objects.create_user("bob"), keep=keep)


async def test_each_view_crosses_once(user, async_api_client):
    bodies = {"/token/": {"username": "ada", "password": PASSWORD}}
    for view in ("/refresh/", "/blacklist/"):
        bodies[view] = {"refresh": str(RefreshToken.for_user(user))}
    for path, body in bodies.items():
        with assert_max_crossings(3) as crossings:  # Django's two, at the request's start and end, and the view's
            assert (await async_api_client.post(path, body)).status_code < 300
        assert [name for name in crossings.names if "_go_on" in name] == ["_go_on"]


def test_the_cookie_carries_the_refresh_token(call, user, jwt):
    jwt(REFRESH_COOKIE={"path": "/"})
    answer = call("post", "/token/", {"username": "ada", "password": PASSWORD})
    assert set(answer.json()) == {"access"}
    cookie = answer.cookies["refresh_token"]
    assert (cookie["httponly"], cookie["secure"], cookie["samesite"], cookie["path"]) == (True, True, "Strict", "/")
    assert 86390 <= cookie["max-age"] <= 86400

    jar = {"refresh_token": cookie.value}
    refreshed = call("post", "/refresh/", {}, cookies=jar)
    assert set(refreshed.json()) == {"access"}
    value = refreshed.cookies["refresh_token"].value
    assert value != cookie.value
    out = call("post", "/blacklist/", {}, cookies={"refresh_token": value})
    assert out.status_code == 204
    assert out.cookies["refresh_token"]["max-age"] == 0
    assert call("post", "/refresh/", {}, cookies={"refresh_token": value}).status_code == 401
    assert call("post", "/refresh/", {}).status_code == 400
    native = call("post", "/native/", {"username": "ada", "password": PASSWORD})
    assert set(call("post", "/refresh/", {"refresh": native.json()["refresh"]}).json()) == {"access", "refresh"}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"origin": "http://testserver"}, 200),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-origin"}, 200),
        ({"origin": "https://app.example.com", "sec-fetch-site": "same-site"}, 200),
        ({"origin": "https://app.example.com"}, 200),
        ({"origin": "https://app.example.com", "sec-fetch-site": "cross-site"}, 403),
        ({"origin": "http://testserver", "sec-fetch-site": "cross-site"}, 403),
        ({"origin": "https://evil.example", "sec-fetch-site": "same-origin"}, 403),
        ({"origin": "https://example.com.evil.example"}, 403),
    ],
    ids=str,
)
@pytest.mark.parametrize("view", ["refresh", "blacklist", "token"])
def test_another_site_cannot_use_the_cookie(call, user, jwt, settings, headers, status, view):
    settings.CSRF_TRUSTED_ORIGINS = ["https://*.example.com"]
    jwt(REFRESH_COOKIE={})
    refresh = RefreshToken.for_user(user)
    body = {"username": "ada", "password": PASSWORD} if view == "token" else {}
    jar = {} if view == "token" else {"refresh_token": str(refresh)}

    answer = call("post", f"/{view}/", body, cookies=jar, headers=headers)

    if status == 403:
        assert (answer.status_code, list(answer.cookies)) == (403, [])
        assert not CacheBlacklistBackend().is_blacklisted(refresh.jti)
        assert not CacheBlacklistBackend().is_revoked(refresh)
    else:
        assert answer.status_code == (204 if view == "blacklist" else status)


def test_a_form_cannot_use_the_cookie_and_samesite_none_wants_proof(call, user, jwt):
    jwt(REFRESH_COOKIE={"samesite": "None"})
    jar = {"refresh_token": str(RefreshToken.for_user(user))}
    assert call("post", "/refresh/", {}, cookies=jar).status_code == 403
    origin = {"headers": {"origin": "http://testserver"}}
    form = {"data": "x=1", "content_type": "application/x-www-form-urlencoded"}
    assert call("post", "/refresh/", cookies=jar, **origin, **form).status_code == 415


def test_the_public_keys_are_shown_and_nothing_else(call, jwt):
    pytest.importorskip("cryptography")
    assert call("get", "/keys/").status_code == 404
    jwt(
        ALGORITHM="ES256",
        SIGNING_KEY=pem("p256"),
        VERIFYING_KEYS={
            "old": {"key": pem("rsa2048.public"), "algorithm": "RS256"},
            "secret": {"key": "s" * 32, "algorithm": "HS256"},
            "ed": {"key": pem("ed.public"), "algorithm": "EdDSA"},
        },
    )
    answer = call("get", "/keys/")
    assert answer["Cache-Control"] == "public, max-age=300"
    ec, rsa, ed = answer.json()["keys"]
    assert set(ec) == {"kty", "crv", "x", "y", "use", "alg", "kid"}
    assert set(rsa) == {"kty", "n", "e", "use", "alg", "kid"}
    assert set(ed) == {"kty", "crv", "x", "use", "alg", "kid"}
    assert (rsa["kid"], rsa["alg"], rsa["use"]) == ("old", "RS256", "sig")


def test_the_login_throttle_counts_by_address_and_name(call, user, settings):
    settings.REST_FRAMEWORK = {"DEFAULT_THROTTLE_RATES": {"login": "2/min"}}
    for name in ("ada", "ADA"):
        assert call("post", "/token/", {"username": name, "password": "x"}).status_code == 401
    refused = call("post", "/token/", {"username": "ada", "password": PASSWORD})
    assert refused.status_code == 429
    assert "Retry-After" in refused
    assert call("post", "/token/", {"username": "bob", "password": "x"}).status_code == 401
    settings.REST_FRAMEWORK = {}
    assert call("post", "/token/", {"username": "ada", "password": PASSWORD}).status_code == 200


@pytest.mark.parametrize("rates", [{}, {"login": "2/min"}], ids=["no throttle", "throttle"])
@pytest.mark.parametrize(
    ("body", "content_type", "status", "code"),
    [
        ("{", "application/json", 400, "parse_error"),
        (b"\xff", "application/json", 400, "parse_error"),
        ("[" * 100_000, "application/json", 400, "parse_error"),
        ("{}", "text/plain", 415, "unsupported_media_type"),
        ("[]", "application/json", 400, "validation_error"),
    ],
)
def test_a_body_that_cannot_be_read_is_told_as_such(call, db, settings, rates, body, content_type, status, code):
    handler = "restflow.exceptions.exception_handler"
    settings.REST_FRAMEWORK = {"DEFAULT_THROTTLE_RATES": rates, "EXCEPTION_HANDLER": handler}
    for _ in range(2):
        answer = call("post", "/token/", data=body, content_type=content_type)
        assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


def test_a_login_updates_last_login_where_it_is_asked_to(call, log_in, user, jwt):
    log_in()
    user.refresh_from_db()
    assert user.last_login is None
    jwt(UPDATE_LAST_LOGIN=True)
    log_in()
    user.refresh_from_db()
    assert user.last_login is not None
