"""drf-spectacular."""

from collections.abc import Callable

from benchmarks.contenders.documents import sampler


def openapi_document(viewsets: int, errors: bool) -> Callable[[], dict[str, float]]:
    return sampler("drf_spectacular.openapi.AutoSchema", viewsets=viewsets)
