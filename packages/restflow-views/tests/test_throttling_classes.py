"""The classes of throttles: rates, scopes, keys, headers, broken caches, and faces."""

import hashlib
import logging
from types import SimpleNamespace
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth.models import AnonymousUser
from django.core.cache import cache as default_cache
from django.core.cache import caches
from django.core.cache.backends.locmem import LocMemCache
from django.core.exceptions import ImproperlyConfigured
from rest_framework import throttling as drf
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView as DRFAPIView

from restflow.throttling import (
    AnonRateThrottle,
    BaseThrottle,
    ScopedRateThrottle,
    SimpleRateThrottle,
    UserRateThrottle,
    throttler_allow_request,
)
from restflow.views import APIView, AsyncAPIView

RATES = {"anon": "2/min", "user": "3/min", "uploads": "1/min", "free": None}


class BrokenCache(LocMemCache):
    def get(self, *args: Any, **kwargs: Any) -> Any:
        raise ConnectionRefusedError("secret host")


@pytest.fixture(autouse=True)
def configured(settings: Any) -> None:
    locmem = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "classes"}
    settings.CACHES = {
        "default": locmem,
        "throttling": locmem | {"LOCATION": "throttling"},
        "broken": {"BACKEND": f"{__name__}.BrokenCache"},
    }
    settings.REST_FRAMEWORK = {
        "DEFAULT_THROTTLE_RATES": RATES,
        "EXCEPTION_HANDLER": "restflow.exceptions.exception_handler",
    }
    caches["default"].clear()
    caches["throttling"].clear()


@pytest.fixture(params=["drf", "sync", "async"])
def ask(request: pytest.FixtureRequest, settings: Any) -> Any:
    """`ask(throttles, request)` is the response of a view of each kind."""

    def asked(throttles: list[Any], http_request: Any = None, **attributes: Any) -> Any:
        attributes = {"throttle_classes": throttles, "authentication_classes": [], **attributes}

        def get(self: Any, request: Any) -> Any:
            return Response("ok")

        async def aget(self: Any, request: Any) -> Any:
            return Response("ok")

        base = {"drf": DRFAPIView, "sync": APIView, "async": AsyncAPIView}[request.param]
        view = type("View", (base,), {**attributes, "get": aget if request.param == "async" else get}).as_view()
        http_request = http_request or APIRequestFactory().get("/")
        response = async_to_sync(view)(http_request) if request.param == "async" else view(http_request)
        return response.render()

    asked.kind = request.param
    return asked


def asked(user: Any = None, **meta: Any) -> Request:
    request = Request(APIRequestFactory().get("/", **meta))
    request.user = user or AnonymousUser()
    return request


def user(pk: Any) -> Any:
    return SimpleNamespace(pk=pk, is_authenticated=True, is_staff=False)


@pytest.mark.parametrize(
    ("rate", "parsed"),
    [("10/min", (10, 60)), ("5/30s", (5, 30)), ("1000 / 2 hours", (1000, 7200)), ("1/S", (1, 1)), ("0/day", (0, 86400)),
     (" 3/w ", (3, 604800)), ("7/15 mins", (7, 900)), ("1/hr", (1, 3600))],
)  # fmt: skip
def test_rates(rate: str, parsed: tuple[int, int]) -> None:
    throttle = type("T", (SimpleRateThrottle,), {"rate": rate})()
    assert (throttle.num_requests, throttle.duration) == parsed


@pytest.mark.parametrize(
    "rate", ["10/month", "10/millisecond", "abc", "-1/min", "10", "10/", "/min", "1/0s", "1.5/min", "1/min/2", 10]
)
def test_what_is_no_rate_is_refused_by_name(rate: Any) -> None:
    with pytest.raises(ImproperlyConfigured, match="uploads"):
        type("T", (SimpleRateThrottle,), {"rate": rate, "scope": "uploads"})()


def test_a_scope_without_a_rate_is_refused_and_one_of_none_is_unlimited() -> None:
    with pytest.raises(ImproperlyConfigured, match="'uplaods'"):
        type("T", (SimpleRateThrottle,), {"scope": "uplaods"})()
    with pytest.raises(ImproperlyConfigured, match="neither a scope nor a rate"):
        SimpleRateThrottle()
    free = type("T", (UserRateThrottle,), {"scope": "free", "cache": "broken"})()
    assert free.allow_request(asked(), None) is True
    assert free.wait() is None


def test_429_with_retry_after(ask: Any) -> None:
    assert [ask([AnonRateThrottle]).status_code for _ in range(3)] == [200, 200, 429]
    response = ask([AnonRateThrottle])
    assert 1 <= int(response.headers["Retry-After"]) <= 60


def test_scopes_are_the_views(ask: Any) -> None:
    assert [ask([ScopedRateThrottle], throttle_scope="uploads").status_code for _ in range(2)] == [200, 429]
    assert [ask([ScopedRateThrottle]).status_code for _ in range(3)] == [200, 200, 200]
    told = {"get_throttle_scope": lambda self: "anon", "throttle_scope": "uploads"}
    assert [ask([ScopedRateThrottle], **told).status_code for _ in range(3)] == [200, 200, 429]


def test_all_throttles_are_asked_and_the_longest_wait_is_told(ask: Any) -> None:
    class Hourly(SimpleRateThrottle):
        rate = "1/hour"

        def get_cache_key(self, request: Any, view: Any) -> str:
            return "hourly"

    ask([Hourly, AnonRateThrottle])
    ask([Hourly, AnonRateThrottle])
    if ask.kind != "drf":
        assert int(ask([Hourly, AnonRateThrottle]).headers["Retry-After"]) > 3500
    assert ask([AnonRateThrottle]).status_code == 429


def test_the_fields_of_the_rate_limit_draft(ask: Any) -> None:
    if ask.kind == "drf":
        pytest.skip("REST framework's views ask for no headers")

    class Told(AnonRateThrottle):
        rate_limit_headers = True

    class Uploads(Told):
        scope = "uploads"

    response = ask([Told, Uploads])
    assert response.headers["RateLimit-Policy"] == '"anon";q=2;w=60, "uploads";q=1;w=60'
    assert response.headers["RateLimit"] == '"anon";r=1;t=60, "uploads";r=0;t=60'
    denied = ask([Told, Uploads])
    assert denied.status_code == 429
    assert denied.headers["RateLimit"].startswith('"anon";r=0;t=')


@pytest.mark.parametrize("fail_open", [False, True])
def test_a_broken_cache_is_503_or_let_pass(ask: Any, fail_open: bool, caplog: Any) -> None:
    throttle = type("Broken", (AnonRateThrottle,), {"cache": "broken", "fail_open": fail_open})
    response = ask([throttle])
    assert response.status_code == (200 if fail_open else 503)
    assert "secret" not in response.content.decode()
    records = [record for record in caplog.records if record.name == "restflow.throttling"]
    assert [(record.levelno, bool(record.exc_info)) for record in records] == [(logging.ERROR, True)]
    if not fail_open:
        assert response.data["error"]["code"] == "service_unavailable"


@pytest.mark.needs("redis")
def test_a_server_that_is_gone_or_holds_something_else_is_503_too(ask: Any, settings: Any) -> None:
    pytest.importorskip("redis")
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1/0"}
    }
    assert ask([AnonRateThrottle]).status_code == 503


# keys and identities


def test_a_user_and_an_address_never_share_a_key() -> None:
    keys = [UserRateThrottle().get_cache_key(request, None) for request in (
        asked(user(1)), asked(user("1")), asked(user("10.0.0.1")), asked(REMOTE_ADDR="10.0.0.1"))]  # fmt: skip
    assert len(set(keys)) == 4
    assert keys[0] == "throttle_user_1"
    assert keys[3] == "throttle_user_10.0.0.1"
    assert AnonRateThrottle().get_cache_key(asked(user(1)), None) is None


@pytest.mark.parametrize("template", ["t_%(scope)s_%(ident)s", "t_{scope}_{ident}"])
def test_both_ways_of_filling_a_template_give_the_key(template: str) -> None:
    cls = type("T", (UserRateThrottle,), {"cache_format": template})
    assert cls().get_cache_key(asked(user(7)), None) == "t_user_7"
    assert cls.cache_format.format(scope="a", ident="b") == cls.cache_format % {"scope": "a", "ident": "b"} == "t_a_b"


@pytest.mark.parametrize("pk", ["a b", "x" * 300, "\0", "é", "a\nb"])
def test_what_a_cache_would_refuse_is_replaced_by_its_digest(pk: str) -> None:
    key = UserRateThrottle().get_cache_key(asked(user(pk)), None)
    assert key == f"throttle_user_{hashlib.sha256(f'user:{pk}'.encode()).hexdigest()}"
    assert UserRateThrottle().allow_request(asked(user(pk)), None)


IDENTITIES = [
    # NUM_PROXIES, REMOTE_ADDR, X-Forwarded-For, address
    (None, "203.0.113.9", None, "203.0.113.9"),
    (None, "203.0.113.9", "1.1.1.1, 2.2.2.2", "203.0.113.9"),
    (None, "127.0.0.1", "1.1.1.1, 2.2.2.2", "2.2.2.2"),
    (None, "::1", "2.2.2.2", "2.2.2.2"),
    (None, "::ffff:127.0.0.1", "2.2.2.2", "2.2.2.2"),
    (None, "", "2.2.2.2", "2.2.2.2"),
    (None, "127.0.0.1", "evil", "127.0.0.1"),
    (None, "127.0.0.1", "2.2.2.2,", "127.0.0.1"),
    (None, "", None, "unknown"),
    (0, "127.0.0.1", "2.2.2.2", "127.0.0.1"),
    (1, "10.0.0.1", "1.1.1.1, 2.2.2.2", "2.2.2.2"),
    (2, "10.0.0.1", "0.0.0.9, 1.1.1.1, 2.2.2.2", "1.1.1.1"),
    (5, "10.0.0.1", "1.1.1.1, 2.2.2.2", "1.1.1.1"),
    (1, "10.0.0.1", None, "10.0.0.1"),
    (1, "10.0.0.1", "", "10.0.0.1"),
    (1, "10.0.0.1", "x" * 10_000, "10.0.0.1"),
    (1, "10.0.0.1", "1.2.3.4:5678", "1.2.3.4"),
    (1, "10.0.0.1", "[2001:db8:1:2:3::1]:443", "2001:db8:1:2::/64"),
    (1, "10.0.0.1", "2001:db8:1:2:ffff::9", "2001:db8:1:2::/64"),
    (1, "10.0.0.1", "::ffff:1.2.3.4", "1.2.3.4"),
    (1, "10.0.0.1", "fe80::1%eth0", "fe80::/64"),
]


@pytest.mark.parametrize(("proxies", "remote", "forwarded", "address"), IDENTITIES)
def test_the_client_is_one_address_that_it_cannot_choose(
    settings: Any, proxies: int | None, remote: str, forwarded: str | None, address: str
) -> None:
    settings.REST_FRAMEWORK = {"NUM_PROXIES": proxies}
    meta = {"REMOTE_ADDR": remote} | ({} if forwarded is None else {"HTTP_X_FORWARDED_FOR": forwarded})
    assert BaseThrottle().get_ident(asked(**meta)) == address


def test_ipv6_addresses_may_be_told_apart_in_full() -> None:
    throttle = BaseThrottle()
    throttle.ipv6_prefix = None
    assert throttle.get_ident(asked(REMOTE_ADDR="2001:db8::1")) == "2001:db8::1"


# attributes and hooks


def test_a_cache_may_be_named_by_its_alias() -> None:
    cls = type("T", (AnonRateThrottle,), {"cache": "throttling"})
    assert cls.cache is caches["throttling"]
    cls().allow_request(asked(), None)
    assert caches["throttling"].get("throttle_anon_127.0.0.1")
    assert caches["default"].get("throttle_anon_127.0.0.1") is None
    given = type("T", (AnonRateThrottle,), {"cache": default_cache})
    given().allow_request(asked(), None)
    assert caches["default"].get("throttle_anon_127.0.0.1")


def test_the_hooks_answers_count(ask: Any) -> None:
    class Logged(AnonRateThrottle):
        def throttle_failure(self) -> bool:
            assert self.decision is not None
            return not self.decision.allowed

    class Strict(AnonRateThrottle):
        async def athrottle_success(self) -> bool:
            return False

    assert [ask([Logged]).status_code for _ in range(4)] == [200] * 4
    assert ask([Strict]).status_code == 429


def test_a_throttle_in_rest_frameworks_manner_keeps_working(ask: Any) -> None:
    class Own(AnonRateThrottle):
        def allow_request(self, request: Any, view: Any) -> bool:
            return drf.SimpleRateThrottle.allow_request(self, request, view)

    assert [ask([Own]).status_code for _ in range(3)] == [200, 200, 429]
    assert int(ask([Own]).headers["Retry-After"]) > 0


class SyncNo(BaseThrottle):
    def allow_request(self, request: Any, view: Any) -> bool:
        return False


class AsyncNo(BaseThrottle):
    async def aallow_request(self, request: Any, view: Any) -> bool:
        return False


class AdrfNo(BaseThrottle):
    async def allow_request(self, request: Any, view: Any) -> bool:  # type: ignore[override]
        return False


class SyncOver(AnonRateThrottle):
    def allow_request(self, request: Any, view: Any) -> bool:
        return super().allow_request(request, view) and False


class AsyncOver(AnonRateThrottle):
    async def aallow_request(self, request: Any, view: Any) -> bool:
        return await super().aallow_request(request, view) and False


class AsyncKey(AnonRateThrottle):
    rate = "0/s"

    async def get_cache_key(self, request: Any, view: Any) -> str:  # type: ignore[override]
        return "key"


@pytest.mark.parametrize("throttle", [SyncNo, AsyncNo, AdrfNo, SyncOver, AsyncOver, AsyncKey])
def test_a_refusal_is_obeyed_whoever_asks(ask: Any, throttle: Any) -> None:
    assert ask([throttle]).status_code == 429
    assert async_to_sync(throttler_allow_request)(throttle(), asked(), None) is False
    assert async_to_sync(throttle().aallow_request)(asked(), None) is False
    assert throttle().allow_request(asked(), None) is False


def test_a_throttle_must_say_something() -> None:
    with pytest.raises(NotImplementedError, match="allow_request"):
        BaseThrottle().allow_request(asked(), None)
    with pytest.raises(NotImplementedError, match="get_cache_key"):
        type("T", (SimpleRateThrottle,), {"rate": "1/s"})().allow_request(asked(), None)
