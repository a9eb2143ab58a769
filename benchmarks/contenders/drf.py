"""Django REST Framework."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

from benchmarks.worker import timed


def settings_read() -> Callable[[], dict[str, float]]:
    from django.conf import settings

    settings.configure(REST_FRAMEWORK={"PAGE_SIZE": 20})
    from rest_framework.settings import api_settings

    assert api_settings.PAGE_SIZE == 20
    return timed(lambda: api_settings.PAGE_SIZE)


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
    from rest_framework import serializers

    return serializers


def _names() -> Any:
    from rest_framework.response import Response
    from rest_framework.serializers import ModelSerializer
    from rest_framework.views import APIView
    from rest_framework.viewsets import ModelViewSet

    from benchmarks.contenders.drf_like import ACTIONS

    return SimpleNamespace(
        View=APIView,
        Viewset=ModelViewSet,
        ModelSerializer=ModelSerializer,
        Response=Response,
        is_async=False,
        actions=ACTIONS,
    )


def requests(work: str) -> Callable[[], dict[str, float]]:
    from benchmarks.contenders import drf_like, requesting

    return requesting.timed_requests(drf_like.urlpatterns(work, _names), work)


def request_call(work: str) -> Callable[[], None]:
    """One request, for counting its instructions."""
    from benchmarks.contenders import drf_like, requesting

    return requesting.Requests(drf_like.urlpatterns(work, _names), work)


def throttle_hit(fill: int) -> Callable[[], dict[str, float]]:
    from benchmarks.contenders import policy_work

    policy_work.configure("redis")
    from rest_framework.throttling import UserRateThrottle

    return timed(policy_work.throttle_hits(UserRateThrottle, fill))


def invalid_call() -> Callable[[], Any]:
    from benchmarks.contenders import policy_work

    policy_work.configure()
    from rest_framework.views import exception_handler

    exc = policy_work.error_of_ten_fields()
    return lambda: exception_handler(exc, {})


def invalid() -> Callable[[], dict[str, float]]:
    return timed(invalid_call())


def response_hit(view: str) -> Callable[[], dict[str, float]]:
    return timed(response_call(view))


def response_call(view: str) -> Callable[[], Any]:
    """A request to the cheapest view there is."""
    from benchmarks.contenders import cache_site

    cache_site.configure_views()
    from rest_framework.response import Response
    from rest_framework.views import APIView

    class Ping(APIView):
        def get(self, request: Any) -> Any:
            return Response({"ok": True})

    return cache_site.requests(Ping.as_view())
