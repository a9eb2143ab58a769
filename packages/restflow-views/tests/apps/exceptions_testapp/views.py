"""Views of both kinds that raise what the test has put into `RAISED`."""

from collections.abc import Callable
from typing import Any

from restflow.views import APIView, AsyncAPIView

RAISED: list[Callable[[Any], Any]] = []


class SyncRaiser(APIView):
    authentication_classes = []

    def get(self, request: Any) -> Any:
        return RAISED[-1](request)

    post = get


class AsyncRaiser(AsyncAPIView):
    authentication_classes = []

    async def get(self, request: Any) -> Any:
        return RAISED[-1](request)

    post = get


class WorkingRaiser(AsyncAPIView):
    """Runs the work in a thread, where the database may be used."""

    authentication_classes = []

    def get(self, request: Any) -> Any:
        return RAISED[-1](request)

    post = get
