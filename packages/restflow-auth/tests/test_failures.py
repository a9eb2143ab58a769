"""A store that fails, at each of its calls: no refresh token passes that should not, and no secret is told."""

import json
from contextlib import ExitStack, contextmanager

import pytest
from asgiref.sync import async_to_sync
from django.core.cache import caches
from django.db import OperationalError, connection
from django.test import Client

from restflow.authentication import AccessToken, RefreshToken, revoke_user_tokens
from restflow.test import AsyncAPIClient

pytestmark = [pytest.mark.urls("auth_test_urls"), pytest.mark.django_db]
SECRET = "hunter2 at db.internal"


@pytest.fixture(params=["wsgi", "asgi"])
def call(request):
    def do(method, path, **kwargs):
        if method == "post":
            kwargs = {"data": json.dumps(kwargs), "content_type": "application/json"}
        if request.param == "wsgi":
            return getattr(Client(), method)(path, **kwargs)
        return async_to_sync(getattr(AsyncAPIClient(), method))(path, **kwargs)

    return do


def refresh_with(call, token):
    return call("post", "/refresh/", refresh=str(token))


def use(call, token):
    return call("get", "/async/", headers={"authorization": f"Bearer {token}"})


class Failing:
    """Makes calls of the cache, or statements on the blacklist's table, fail."""

    CACHE = {"read": ("get_many",), "spend": ("add",), "write": ("set",), "all": ("get_many", "add", "set", "get")}
    SQL = {"read": ("SELECT",), "spend": ("INSERT",), "write": ("INSERT", "UPDATE"), "all": ("SELECT", "INSERT")}

    def __init__(self, store, monkeypatch):
        self.in_cache, self.monkeypatch = store == "cache", monkeypatch

    @contextmanager
    def at(self, call):
        with ExitStack() as stack:
            if self.in_cache:
                patch = stack.enter_context(self.monkeypatch.context())
                for method in self.CACHE[call]:
                    patch.setattr(caches["default"], method, self._cache_is_gone)
            else:
                verbs = self.SQL[call]

                def execute(execute, sql, params, many, context):
                    if sql.startswith(verbs) and "restflow_authentication_blacklistedtoken" in sql:
                        raise OperationalError(SECRET)
                    return execute(sql, params, many, context)

                stack.enter_context(connection.execute_wrapper(execute))
            yield

    @staticmethod
    def _cache_is_gone(*args, **kwargs):
        raise ConnectionError(SECRET)


@pytest.fixture
def failing(request, store, monkeypatch):
    return Failing(request.node.callspec.params["store"], monkeypatch)


REVOCATIONS = {
    "token": lambda token, user: token.blacklist(),
    "session": lambda token, user: token.revoke_session(),
    "user": lambda token, user: revoke_user_tokens(user),
}


@pytest.mark.parametrize("policy", ["enforce", "best_effort", "off"])
@pytest.mark.parametrize("revoked", sorted(REVOCATIONS))
@pytest.mark.parametrize("where", ["read", "spend", "all"])
def test_a_revoked_refresh_token_never_passes(call, user, failing, jwt, store, revoked, where, policy):
    jwt(BLACKLIST_BACKEND=store, BLACKLIST_ACCESS_POLICY=policy)
    token = RefreshToken.for_user(user)
    REVOCATIONS[revoked](token, user)

    with failing.at(where):
        answer = refresh_with(call, token)

    # A store that can still be read says no by itself.
    assert answer.status_code == (401 if where == "spend" else 503)
    assert refresh_with(call, token).status_code == 401


@pytest.mark.parametrize("where", ["read", "spend", "all"])
def test_no_refresh_token_passes_unjudged(call, user, failing, where, caplog):
    token = RefreshToken.for_user(user)

    with failing.at(where):
        answer = refresh_with(call, token)

    assert answer.status_code == 503
    assert answer.json() == {"detail": "Authentication is temporarily unavailable."}
    assert SECRET not in caplog.text
    assert str(token) not in caplog.text
    assert "The token blacklist failed" in caplog.text
    assert refresh_with(call, token).status_code == 200  # it was not spent


def test_a_reuse_that_cannot_be_recorded_gives_nothing(call, user, failing):
    token = RefreshToken.for_user(user)
    successor = refresh_with(call, token).json()["refresh"]

    with failing.at("write"):
        assert refresh_with(call, token).status_code == 503
    assert refresh_with(call, token).status_code == 401
    assert refresh_with(call, successor).status_code == 401


@pytest.mark.django_db(transaction=True)  # a write that fails leaves the test's own transaction unusable
def test_a_log_out_that_cannot_be_recorded_says_so(call, user, failing):
    token = RefreshToken.for_user(user)

    with failing.at("write"):
        assert call("post", "/blacklist/", refresh=str(token)).status_code == 503
    assert call("post", "/blacklist/", refresh=str(token)).status_code == 204


@pytest.mark.parametrize(("policy", "status"), [("enforce", 503), ("best_effort", 200), ("off", 200)])
def test_what_a_failure_means_for_access_tokens_is_the_policys(call, user, failing, jwt, store, policy, status, caplog):
    jwt(BLACKLIST_BACKEND=store, BLACKLIST_ACCESS_POLICY=policy)
    token = AccessToken.for_user(user)

    with failing.at("all"):
        assert use(call, token).status_code == status

    told = [record for record in caplog.records if record.name == "restflow.authentication"]
    assert [record.levelname for record in told] == ([] if policy == "off" else ["ERROR"])
    assert SECRET not in caplog.text
    token.blacklist()
    assert use(call, token).status_code == (200 if policy == "off" else 401)


def test_direct_calls_let_the_stores_error_through(user, failing):
    token = RefreshToken.for_user(user)
    for action in (token.blacklist, token.revoke_session, lambda: revoke_user_tokens(user)):
        with failing.at("write"), pytest.raises((ConnectionError, OperationalError)):
            action()


@pytest.mark.parametrize("ended", sorted(REVOCATIONS))
def test_a_revocation_between_the_check_and_the_rotation_ends_the_successor(call, user, store, monkeypatch, ended):
    """The worst moment: the store has said that the token is good, and nothing is spent yet."""
    from restflow.authentication import _redeeming

    token, load = RefreshToken.for_user(user), _redeeming.load_user

    def load_slowly(token):
        REVOCATIONS[ended](token, user)
        return load(token)

    with monkeypatch.context() as patch:
        patch.setattr(_redeeming, "load_user", load_slowly)
        answer = refresh_with(call, token)
    if ended == "token":
        assert answer.status_code == 401
        return
    assert answer.status_code == 200
    assert use(call, answer.json()["access"]).status_code == 401
    assert refresh_with(call, answer.json()["refresh"]).status_code == 401


def test_redis_that_hides_its_errors_lets_no_refresh_through(call, user, jwt, settings):
    """`IGNORE_EXCEPTIONS`: reads answer "nothing there", and `add` that it did not add."""
    pytest.importorskip("django_redis")
    settings.CACHES = {
        "default": {
            "BACKEND": "django_redis.cache.RedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",
            "OPTIONS": {"IGNORE_EXCEPTIONS": True},
        }
    }
    assert refresh_with(call, RefreshToken.for_user(user)).status_code == 503
