"""drf-extensions: its `cache_response` on a view of REST framework."""

from collections.abc import Callable
from typing import Any

from benchmarks.contenders import cache_site
from benchmarks.worker import timed

Sampler = Callable[[], dict[str, float]]


def response_hit(view: str) -> Sampler:
    return timed(response_call(view))


def response_call(view: str) -> Callable[[], Any]:
    """A request to a cached view, answered from the cache."""
    assert view == "drf"
    cache_site.configure_views()
    from rest_framework.response import Response
    from rest_framework.views import APIView
    from rest_framework_extensions.cache.decorators import cache_response

    class Ping(APIView):
        @cache_response(300)
        def get(self, request: Any) -> Any:
            return Response({"ok": True})

    return cache_site.requests(Ping.as_view())
