"""HEAD of a view that streams, through every client of tests: the headers, an empty body, and a closed source."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.test import AsyncClient, Client
from rest_framework.test import APIClient
from views_testapp.driver import Routes

from restflow.responses import NDJSONResponse, SSEResponse, StreamingJSONListResponse
from restflow.test import AsyncAPIClient
from restflow.views import APIView, AsyncAPIView

pytestmark = pytest.mark.django_db

CLASSES = [StreamingJSONListResponse, NDJSONResponse, SSEResponse]
each_client = pytest.mark.parametrize("client", [Client, APIClient, AsyncClient, AsyncAPIClient])


class Rows:
    """A sync source that tells what becomes of it."""

    def __init__(self, log: list[str]) -> None:
        self.log = log

    def __iter__(self) -> Iterator[int]:
        self.log.append("iterated")
        yield 1

    def close(self) -> None:
        self.log.append("closed")


class AsyncRows(Rows):
    """The same, async."""

    __iter__ = None  # type: ignore[assignment]

    async def __aiter__(self) -> AsyncIterator[int]:
        self.log.append("iterated")
        yield 1

    async def aclose(self) -> None:
        self.log.append("closed")


def view_of(is_async: bool, cls: Any, source: Any, log: list[str]) -> Any:
    class Async(AsyncAPIView):
        authentication_classes = ()

        async def get(self, request: Any) -> Any:
            return cls(source(log), headers={"X-Rows": "1"})

    class Sync(APIView):
        authentication_classes = ()

        def get(self, request: Any) -> Any:
            return cls(source(log), headers={"X-Rows": "1"})

    return (Async if is_async else Sync).as_view()


async def whole(content: Any) -> bytes:
    return b"".join([part async for part in content])


@each_client
@pytest.mark.parametrize("cls", CLASSES)
@pytest.mark.parametrize("source", [Rows, AsyncRows])
@pytest.mark.parametrize("is_async", [True, False], ids=["async view", "sync view"])
def test_the_source_is_closed_unread(client: Any, cls: Any, source: Any, is_async: bool, settings: Any) -> None:
    log: list[str] = []
    settings.ROOT_URLCONF = Routes(view_of(is_async, cls, source, log))
    settings.REST_FRAMEWORK = {"UNAUTHENTICATED_USER": None}
    sent = client().head("/")
    response = async_to_sync(awaited)(sent) if hasattr(sent, "__await__") else sent
    assert response.status_code == 200
    assert response["X-Rows"] == "1"
    assert response["Content-Type"].startswith(cls.media_type)
    content = response.streaming_content
    assert (async_to_sync(whole)(content) if hasattr(content, "__aiter__") else b"".join(content)) == b""
    response.close()
    assert log == ["closed"]


async def awaited(response: Any) -> Any:
    return await response
