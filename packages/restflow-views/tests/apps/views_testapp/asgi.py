"""A Django application for a real server; the test tells it by files what has become of its streams."""

import asyncio
import os
from pathlib import Path

import django
from django.conf import settings

settings.configure(
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=["rest_framework"],
    REST_FRAMEWORK={"UNAUTHENTICATED_USER": None, "DEFAULT_AUTHENTICATION_CLASSES": []},
    DATABASES={},
    LOGGING_CONFIG=None,
)
django.setup()

from django.core.asgi import get_asgi_application  # noqa: E402
from django.urls import path  # noqa: E402

from restflow.responses import NDJSONResponse, SSEResponse, StreamingJSONListResponse  # noqa: E402
from restflow.views import AsyncAPIView  # noqa: E402

CLASSES = {"array": StreamingJSONListResponse, "ndjson": NDJSONResponse, "sse": SSEResponse}


def tell(what: str) -> None:
    (Path(os.environ["RESTFLOW_STREAM_LOG"]) / what).touch()


async def rows(fail: bool):
    try:
        for n in range(3):
            yield [n]
        if fail:
            raise RuntimeError("half-way")
    finally:
        tell("closed")


def sync_rows(fail: bool):
    yield from range(3)
    if fail:
        raise RuntimeError("half-way")


async def endless():
    try:
        while True:
            yield [0]
            await asyncio.sleep(0.01)
    finally:
        await asyncio.sleep(0)
        tell("closed")


class Stream(AsyncAPIView):
    async def get(self, request, kind, what):
        source = endless() if what == "endless" else rows(what == "fail") if what != "syncfail" else sync_rows(True)
        return CLASSES[kind](source)


urlpatterns = [path("<kind>/<what>", Stream.as_view())]
application = get_asgi_application()
