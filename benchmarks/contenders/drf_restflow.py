"""drf-restflow 2.0.1, in an environment of its own."""

import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from benchmarks.contenders import auth_site, cache_site, filter_work, rows
from benchmarks.contenders.token_keys import key_pair
from benchmarks.worker import timed


def settings_read() -> Callable[[], dict[str, float]]:
    from django.conf import settings

    settings.configure(RESTFLOW_SETTINGS={"JWT": {"ALGORITHM": "HS512"}})
    from restflow.settings import restflow_settings

    assert restflow_settings.JWT.ALGORITHM == "HS512"
    return timed(lambda: restflow_settings.JWT.ALGORITHM)


def _token_user(algorithm: str) -> Any:
    import django
    from django.conf import settings

    signing, verifying = key_pair(algorithm)
    settings.configure(
        SECRET_KEY="the benchmark's own, worth nothing",
        INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "rest_framework"],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        RESTFLOW_SETTINGS={"JWT": {"ALGORITHM": algorithm, "SIGNING_KEY": signing, "VERIFYING_KEY": verifying}},
    )
    django.setup()
    from django.contrib.auth.models import User

    return User(pk=7, username="ada", is_active=True)


def token_verify(algorithm: str) -> Callable[[], dict[str, float]]:
    user = _token_user(algorithm)
    from restflow.authentication import AccessToken
    from restflow.authentication.jwt import decode_token

    raw = str(AccessToken.for_user(user))
    return timed(lambda: decode_token(raw))


def token_issue(algorithm: str) -> Callable[[], dict[str, float]]:
    user = _token_user(algorithm)
    from restflow.authentication import AccessToken

    return timed(lambda: str(AccessToken.for_user(user)))


def filters(work: str, size: str = "four", query: str = "four") -> Callable[[], dict[str, float]]:
    return timed(filter_call(work, size, query))


def filter_call(work: str, size: str = "four", query: str = "four") -> Callable[[], Any]:
    """One call of a work: `filter`, `refuse` or `declare`."""
    queryset = filter_work.products()
    cls = _declare(size)
    request = filter_work.request(filter_work.QUERIES[query])

    def refuse() -> None:
        from rest_framework.exceptions import ValidationError

        try:
            cls(request=request).filter_queryset(queryset)
        except ValidationError:
            return
        raise AssertionError("it passed")

    works: dict[str, Callable[[], Any]] = {
        "filter": lambda: cls(request=request).filter_queryset(queryset),
        "refuse": refuse,
        "declare": lambda: _declare(size),
    }
    return works[work]


def _declare(size: str) -> Any:
    from benchmarks.site.models import Product
    from restflow.filters import BooleanField, DateTimeField, DecimalField, FilterSet, IntegerField, StringField

    kinds: dict[str, Any] = {
        "str": StringField,
        "int": IntegerField,
        "decimal": DecimalField,
        "bool": BooleanField,
        "datetime": DateTimeField,
    }
    body: dict[str, Any] = {
        name: kinds[kind](db_field=path, lookups=list(lookups))
        for name, kind, path, lookups in filter_work.declarations(size)
    }
    body["Meta"] = type("Meta", (), {"model": Product, "order_fields": [("name", "name"), ("price", "price")]})
    return type(FilterSet)("ProductFilterSet", (FilterSet,), body)


def _constructor() -> Any:
    from restflow.caching import ArgsKeyField, ConstantKeyField, KeyConstructor

    class UserKey(KeyConstructor):
        user = ArgsKeyField("user_id", partition=True)
        environment = ConstantKeyField("v", "production", partition=True)
        scope = ArgsKeyField("scope")

        class Meta:
            namespace = "users"

    return UserKey


def _function() -> Any:
    from restflow.caching import cache_result

    @cache_result(key_constructor=_constructor(), ttl=300)
    def get_user_data(user_id: int, scope: str) -> Any:
        return cache_site.value()

    return get_user_data


def cache_key() -> Callable[[], dict[str, float]]:
    return timed(cache_call("key", cache_site.MEMORY))


def cache_hit(backend: str) -> Callable[[], dict[str, float]]:
    return timed(cache_call("hit", backend))


def cache_call(work: str, backend: str) -> Callable[[], Any]:
    """One call of a work: `key` or `hit`."""
    cache_site.configure(backend, cache_site.REDIS_URL if backend == cache_site.REDIS else "")
    function = _function()
    function(1, "full")
    works: dict[str, Callable[[], Any]] = {
        "key": lambda: function.get_cache_key(user_id=1, scope="full"),
        "hit": lambda: function(1, "full"),
    }
    return works[work]


def cache_async_hit(backend: str) -> Callable[[], dict[str, float]]:
    cache_site.configure(backend, cache_site.REDIS_URL if backend == cache_site.REDIS else "")
    from restflow.caching import cache_result

    @cache_result(key_constructor=_constructor(), ttl=300)
    async def get_user_data(user_id: int, scope: str) -> Any:
        return cache_site.value()

    return cache_site.sweeps(get_user_data)


def cache_saves(count: int) -> Callable[[], dict[str, float]]:
    cache_site.configure(cache_site.MEMORY)

    def listen(row: Any) -> None:
        from restflow.caching import ArgsKeyField, InlineKeyConstructor, InvalidationRule, cache_result

        @cache_result(
            key_constructor=InlineKeyConstructor({"owner": ArgsKeyField("owner", partition=True)}),
            invalidates_on=[InvalidationRule(model=row, field_mapping={"owner": "owner"})],
        )
        def of_owner(owner: int) -> int:
            return owner

    return rows.saves(count, listen)


class cache_wipe:  # noqa: N801 - named as the work
    """One wipe of a partition beside unrelated keys; it needs django-redis, whose `delete_pattern` it calls."""

    def __init__(self, unrelated: int) -> None:
        self.server = cache_site.OwnRedis(unrelated)
        cache_site.configure("django_redis.cache.RedisCache", self.server.url)
        self.function = _function()

    def __call__(self) -> dict[str, float]:
        self.function(1, "full")
        start = time.perf_counter()
        self.function.delete_by_prefix(user_id=1)
        return {"seconds": time.perf_counter() - start}

    def close(self) -> None:
        self.server.close()


def serializers(work: str) -> Callable[[], dict[str, float]]:
    from benchmarks.contenders.products import sampler

    return sampler(_serializers, work)


def serializer_call(work: str) -> Callable[[], Any]:
    """One call of a work, for `instructions.py`."""
    from benchmarks.contenders.products import call

    return call(_serializers, work)


def awaited_serializers(work: str) -> Callable[[], dict[str, float]]:
    from benchmarks.contenders.awaited_serializers import sampler

    return sampler(_serializers, work)


def _serializers() -> Any:
    from restflow import serializers

    return serializers


def _names() -> Any:
    from rest_framework.response import Response

    from benchmarks.contenders.drf_like import ACTIONS
    from restflow.filters import RestflowFilterBackend
    from restflow.serializers import ModelSerializer
    from restflow.views import AsyncAPIView, AsyncModelViewSet

    return SimpleNamespace(
        View=AsyncAPIView,
        Viewset=AsyncModelViewSet,
        ModelSerializer=ModelSerializer,
        Response=Response,
        is_async=True,
        actions=ACTIONS,
        filter_backend=lambda: RestflowFilterBackend,
        filterset=lambda: _declare("four"),
    )


def requests(work: str) -> Callable[[], dict[str, float]]:
    from benchmarks.contenders import drf_like, requesting

    return requesting.timed_requests(drf_like.urlpatterns(work, _names), work)


def request_call(work: str) -> Callable[[], None]:
    """One request, for counting its instructions."""
    from benchmarks.contenders import drf_like, requesting

    return requesting.Requests(drf_like.urlpatterns(work, _names), work)


def async_throttle_hit(fill: int) -> Callable[[], dict[str, float]]:
    from benchmarks.contenders import policy_work

    policy_work.configure()
    from restflow.throttling import UserRateThrottle

    return policy_work.async_throttle_hits(UserRateThrottle, fill)


def first_page() -> Callable[[], dict[str, float]]:
    from benchmarks.contenders import policy_work

    policy_work.configure()
    from restflow.pagination import PageNumberPagination

    return policy_work.async_pages(PageNumberPagination)


def jwt_authenticate(store: str) -> Callable[[], dict[str, float]]:
    return auth_site.jwt("drf_restflow", store)


def session_authenticate() -> Callable[[], dict[str, float]]:
    return auth_site.session("drf_restflow")


def log_in() -> Callable[[], dict[str, float]]:
    return auth_site.LogIn("drf_restflow")
