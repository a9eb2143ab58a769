"""The works of restflow.serializers."""

from collections.abc import Callable
from typing import Any

from benchmarks.contenders.products import call, sampler


def serializers(work: str) -> Callable[[], dict[str, float]]:
    return sampler(_library, work)


def serializer_call(work: str) -> Callable[[], Any]:
    """One call of a work, for `instructions.py`."""
    return call(_library, work)


def awaited_serializers(work: str) -> Callable[[], dict[str, float]]:
    from benchmarks.contenders.awaited_serializers import sampler

    return sampler(_library, work)


def _library() -> Any:
    from restflow import serializers

    return serializers
