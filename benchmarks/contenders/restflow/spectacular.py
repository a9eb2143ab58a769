"""The works of restflow.spectacular."""

from collections.abc import Callable

from benchmarks.contenders.documents import sampler


def openapi_document(viewsets: int, errors: bool) -> Callable[[], dict[str, float]]:
    return sampler("restflow.spectacular.RestflowAutoSchema", viewsets=viewsets, errors=errors)
