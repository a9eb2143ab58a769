"""adrf: async views and serializers for REST framework."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any


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
    from adrf import serializers

    return serializers


def _names() -> Any:
    from adrf.serializers import ModelSerializer
    from adrf.views import APIView
    from adrf.viewsets import ModelViewSet
    from rest_framework.response import Response

    return SimpleNamespace(
        View=APIView,
        Viewset=ModelViewSet,
        ModelSerializer=ModelSerializer,
        Response=Response,
        is_async=True,
        actions={"create": "acreate", "retrieve": "aretrieve", "list": "alist"},
    )


def requests(work: str) -> Callable[[], dict[str, float]]:
    from benchmarks.contenders import drf_like, requesting

    return requesting.timed_requests(drf_like.urlpatterns(work, _names), work)


def request_call(work: str) -> Callable[[], None]:
    """One request, for counting its instructions."""
    from benchmarks.contenders import drf_like, requesting

    return requesting.Requests(drf_like.urlpatterns(work, _names), work)
