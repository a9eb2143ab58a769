"""What a stream may be made of, and how it goes out: under ASGI and WSGI, and to Django's test clients."""

import asyncio
import gzip
import json
import threading
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.core.handlers.wsgi import WSGIHandler
from django.db.models import F
from django.http import StreamingHttpResponse
from django.test import AsyncClient, Client, RequestFactory
from rest_framework.test import APIClient
from views_testapp.driver import Exchange, Handler, Routes, streaming
from views_testapp.models import Book
from views_testapp.serializers import BookTitleSerializer

from restflow.responses import NDJSONResponse, SSEResponse, StreamingJSONListResponse, _sources, _wsgi
from restflow.test import AsyncAPIClient, assert_max_crossings

ROWS = [[n] for n in range(5)]


async def async_rows():
    for row in ROWS:
        yield row


class Iterable:
    """An async iterable that is no generator."""

    def __aiter__(self):
        return async_rows()


SOURCES = {
    "list": lambda: list(ROWS),
    "generator": lambda: (row for row in ROWS),
    "async generator": async_rows,
    "async iterable": Iterable,
}
EXPECTED = {
    StreamingJSONListResponse: b"[[0],[1],[2],[3],[4]]",
    NDJSONResponse: b"[0]\n[1]\n[2]\n[3]\n[4]\n",
    SSEResponse: b"".join(b"data: [%d]\n\n" % n for n in range(5)),
}
EMPTY = {StreamingJSONListResponse: b"[]", NDJSONResponse: b"", SSEResponse: b""}

each_class = pytest.mark.parametrize("cls", EXPECTED, ids=lambda cls: cls.__name__)
each_source = pytest.mark.parametrize("source", SOURCES)


@each_class
@each_source
@pytest.mark.parametrize("zipped", [False, True], ids=["plain", "gzip"])
async def test_every_source_streams_under_asgi(cls: Any, source: str, zipped: bool, serve: Any) -> None:
    middleware = ["django.middleware.gzip.GZipMiddleware"] if zipped else []
    exchange = serve(lambda: cls(SOURCES[source]()), middleware=middleware, headers=[(b"accept-encoding", b"gzip")])
    await exchange.finish()
    content = gzip.decompress(exchange.content) if zipped else exchange.content
    assert content == EXPECTED[cls]
    assert exchange.headers["content-type"] == cls.media_type
    assert exchange.complete
    assert "content-length" not in exchange.headers


@each_class
@each_source
@pytest.mark.parametrize("zipped", [False, True], ids=["plain", "gzip"])
def test_every_source_streams_under_wsgi(
    cls: Any, source: str, zipped: bool, settings: Any, kept_connection: None
) -> None:
    settings.MIDDLEWARE = ["django.middleware.gzip.GZipMiddleware"] if zipped else []
    settings.ROOT_URLCONF = Routes(streaming(lambda: cls(SOURCES[source]())))
    environ = RequestFactory()._base_environ(HTTP_ACCEPT_ENCODING="gzip", HTTP_HOST="testserver")
    response = WSGIHandler()(environ, lambda status, headers: None)
    content = b"".join(response)
    response.close()
    assert (gzip.decompress(content) if zipped else content) == EXPECTED[cls]
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("restflow-stream")]


each_zip = pytest.mark.parametrize("zipped", [False, True], ids=["plain", "gzip"])


def route(cls: Any, source: str, zipped: bool, settings: Any) -> None:
    settings.MIDDLEWARE = ["django.middleware.gzip.GZipMiddleware"] if zipped else []
    settings.ROOT_URLCONF = Routes(streaming(lambda: cls(SOURCES[source]())))


@each_class
@each_source
@each_zip
@pytest.mark.parametrize("client", [Client, APIClient])
def test_every_source_streams_to_the_test_client(
    client: Any, cls: Any, source: str, zipped: bool, settings: Any
) -> None:
    route(cls, source, zipped, settings)
    content = b"".join(client().get("/", headers={"accept-encoding": "gzip"}))
    assert (gzip.decompress(content) if zipped else content) == EXPECTED[cls]


@each_class
@each_source
@each_zip
@pytest.mark.parametrize("client", [AsyncClient, AsyncAPIClient])
async def test_every_source_streams_to_the_async_test_client(
    client: Any, cls: Any, source: str, zipped: bool, settings: Any
) -> None:
    route(cls, source, zipped, settings)
    response = await client().get("/", headers={"accept-encoding": "gzip"})
    assert response.is_async is source.startswith("async")
    content = b"".join([part async for part in response])
    assert (gzip.decompress(content) if zipped else content) == EXPECTED[cls]


@pytest.mark.parametrize("zipped", [False, True], ids=["plain", "gzip"])
@pytest.mark.parametrize("door", ["asgi", "wsgi", "client", "async client"])
def test_a_queryset_streams_through_every_door(
    door: str, zipped: bool, library: Any, settings: Any, kept_connection: None
) -> None:
    make = lambda: NDJSONResponse(Book.objects.order_by("pk").values("title"), chunk_size=2)  # noqa: E731
    settings.MIDDLEWARE = ["django.middleware.gzip.GZipMiddleware"] if zipped else []
    settings.ROOT_URLCONF = Routes(streaming(make))
    accepting = {"accept-encoding": "gzip"}
    if door == "asgi":

        async def run() -> bytes:
            return (await Exchange(headers=[(b"accept-encoding", b"gzip")]).start(Handler()).finish()).content

        content = async_to_sync(run)()
    elif door == "wsgi":
        environ = RequestFactory()._base_environ(HTTP_ACCEPT_ENCODING="gzip", HTTP_HOST="testserver")
        response = WSGIHandler()(environ, lambda status, headers: None)
        content = b"".join(response)
        response.close()
    elif door == "client":
        content = b"".join(Client().get("/", headers=accepting))
    else:

        async def ask() -> bytes:
            response = await AsyncClient().get("/", headers=accepting)
            return b"".join([part async for part in response])

        content = async_to_sync(ask)()
    lines = (gzip.decompress(content) if zipped else content).splitlines()
    assert [json.loads(line)["title"] for line in lines] == [book.title for book in library.books]


@each_class
@pytest.mark.parametrize("source", [list, lambda: (x for x in ()), lambda: Book.objects.none()])
async def test_an_empty_source_gives_an_empty_stream(cls: Any, source: Any, serve: Any, db: None) -> None:
    exchange = await serve(lambda: cls(source())).finish()
    assert exchange.content == EMPTY[cls]
    assert exchange.complete


@each_class
@pytest.mark.parametrize("source", ["text", b"bytes", bytearray(b"x"), {"a": 1}, 5, None, async_rows, object()])
def test_what_has_no_items_to_stream_is_refused_at_once(cls: Any, source: Any) -> None:
    with pytest.raises(TypeError, match=cls.__name__):
        cls(source)


def test_a_coroutine_is_refused_and_leaves_no_warning() -> None:
    async def rows():
        return []

    with pytest.raises(TypeError, match="without yield"):
        NDJSONResponse(rows())


@pytest.mark.parametrize("size", [0, -1, 1.5, "5", True, None])
@pytest.mark.parametrize("cls", [StreamingJSONListResponse, NDJSONResponse])
def test_chunk_size_is_a_positive_int(cls: Any, size: Any) -> None:
    with pytest.raises(ValueError, match="chunk_size"):
        cls([], chunk_size=size)


async def test_a_queryset_costs_a_crossing_and_a_message_a_chunk(library: Any, serve: Any) -> None:
    queryset = Book.objects.order_by("pk").values("title")
    with assert_max_crossings(3 + 1 + 2):
        exchange = await serve(lambda: NDJSONResponse(queryset, chunk_size=2)).finish()
    assert [chunk.count(b"\n") for chunk in exchange.chunks] == [2, 1]
    # two chunks and the end, the closing, and Django's request_started and response.close
    assert queryset._result_cache is None


def test_prefetches_are_made_once_a_chunk(library: Any, serve: Any, django_assert_num_queries: Any) -> None:
    class Tags(BookTitleSerializer):
        class Meta(BookTitleSerializer.Meta):
            fields = ["title", "tags"]

    queryset = Book.objects.order_by("pk").prefetch_related("tags")

    async def read() -> bytes:
        exchange = await serve(lambda: NDJSONResponse(queryset, serializer_class=Tags, chunk_size=2)).finish()
        return exchange.content

    with django_assert_num_queries(1 + 2):
        content = async_to_sync(read)()
    assert [json.loads(line) for line in content.splitlines()] == [{"title": f"Book {n}", "tags": []} for n in range(3)]


@pytest.mark.parametrize("kind", ["queryset", "list", "async"])
async def test_a_serializer_makes_the_items(kind: str, library: Any, serve: Any) -> None:
    books = Book.objects.order_by("pk")

    async def each():
        async for book in books:
            yield book

    source = {"queryset": lambda: books, "list": lambda: library.books, "async": each}[kind]
    exchange = await serve(lambda: StreamingJSONListResponse(source(), serializer_class=BookTitleSerializer)).finish()
    assert [row["title"] for row in json.loads(exchange.content)] == ["Book 0", "Book 1", "Book 2"]


async def test_a_serializer_gets_the_context(library: Any, serve: Any) -> None:
    seen = []

    class Asking(BookTitleSerializer):
        def to_representation(self, instance):
            seen.append(self.context["answer"])
            return super().to_representation(instance)

    await serve(lambda: NDJSONResponse(library.books, serializer_class=Asking, context={"answer": 42})).finish()
    assert seen == [42, 42, 42]


@pytest.mark.parametrize("cls", [StreamingJSONListResponse, NDJSONResponse])
async def test_a_model_instance_without_a_serializer_says_what_it_needs(cls: Any, library: Any, serve: Any) -> None:
    exchange = serve(lambda: cls(library.books))
    with pytest.raises(TypeError, match="serializer_class"):
        await exchange.finish()


async def test_the_array_opens_before_the_first_item_is_computed(serve: Any) -> None:
    go = asyncio.Event()

    async def rows():
        await go.wait()
        yield 1

    exchange = serve(lambda: StreamingJSONListResponse(rows()))
    assert await exchange.chunk() == b"["
    go.set()
    await exchange.finish()
    assert exchange.content == b"[1]"


def test_a_slow_sync_source_still_streams(monkeypatch: Any) -> None:
    go = threading.Event()

    def rows():
        yield 1
        yield 2
        go.wait(10)
        yield 3

    async def read() -> list[bytes]:
        response = NDJSONResponse(rows())
        chunks = []
        async for chunk in response:
            chunks.append(chunk)
            go.set()
        return chunks

    monkeypatch.setattr(_sources, "CHUNK_SECONDS", 0.0)
    assert asyncio.run(read()) == [b"1\n", b"2\n", b"3\n"]


async def test_nothing_is_pulled_before_the_chunk_before_it_was_sent(serve: Any) -> None:
    pulled = []

    async def rows():
        for n in range(10):
            pulled.append(n)
            yield n

    exchange = serve(lambda: NDJSONResponse(rows()), hold=True)
    assert (await exchange.message())["type"] == "http.response.start"
    await exchange.message()
    for _ in range(20):
        await asyncio.sleep(0)
    assert pulled == [0, 1]
    await exchange.finish()
    assert pulled == list(range(10))


async def test_a_sync_source_is_never_more_than_a_chunk_ahead(serve: Any) -> None:
    pulled = []

    def rows():
        for n in range(100):
            pulled.append(n)
            yield n

    exchange = serve(lambda: NDJSONResponse(rows(), chunk_size=10), hold=True)
    await exchange.message()
    await exchange.message()
    for _ in range(20):
        await asyncio.sleep(0)
    assert len(pulled) <= 20
    await exchange.finish()


@each_class
async def test_a_response_can_be_iterated_once(cls: Any) -> None:
    response = cls([1])
    assert [part async for part in response]
    with pytest.raises(RuntimeError, match="once"):
        [part async for part in response]


@each_class
def test_the_caller_may_name_status_headers_and_content_type(cls: Any) -> None:
    response = cls([], status=207, headers={"X-A": "b", "Cache-Control": "private"}, content_type="text/x-own")
    assert response.status_code == 207
    assert response["Content-Type"] == "text/x-own"
    assert response["Cache-Control"] == "private"
    assert cls([], headers={"content-type": "text/x-own"})["Content-Type"] == "text/x-own"
    assert response.getvalue() == EMPTY[cls]


def test_events_are_not_to_be_cached_or_buffered(kept_connection: None) -> None:
    response = SSEResponse([])
    assert response["Cache-Control"] == "no-cache"
    assert response["X-Accel-Buffering"] == "no"
    response.close()


def test_an_async_stream_under_wsgi_warns_once_a_process(caplog: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(_wsgi, "_warned", threading.Event())
    for _ in range(2):
        assert b"".join(NDJSONResponse(async_rows())) == EXPECTED[NDJSONResponse]
    assert [record.name for record in caplog.records] == ["restflow.responses"]


def test_an_endless_async_stream_under_wsgi_is_read_step_by_step(kept_connection: None) -> None:
    pulled, ended = [], []

    async def endless():
        try:
            n = 0
            while True:
                pulled.append(n)
                yield n
                n += 1
        finally:
            ended.append(threading.current_thread().name)

    response = NDJSONResponse(endless())
    parts = iter(response)
    assert [next(parts) for _ in range(3)] == [b"0\n", b"1\n", b"2\n"]
    assert len(pulled) <= 4
    response.close()
    assert ended == ["restflow-stream"]
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("restflow-stream")]


KINDS = {
    StreamingJSONListResponse: ("array", "application/json"),
    NDJSONResponse: ("ndjson", "application/x-ndjson"),
    SSEResponse: ("sse", "text/event-stream"),
}


@each_class
@each_source
def test_what_a_response_tells_of_itself(cls: Any, source: str, kept_connection: None) -> None:
    response = cls(SOURCES[source]())
    assert isinstance(response, StreamingHttpResponse)
    assert (cls.stream_format, cls.media_type) == KINDS[cls]
    assert response["Content-Type"].partition(";")[0] == cls.media_type
    assert response.streaming
    assert response.is_async is source.startswith("async")
    assert not {"connection", "transfer-encoding", "content-length"} & {name.lower() for name in response.headers}
    response.close()


@each_class
@each_source
async def test_no_length_and_no_hop_by_hop_header_is_sent(cls: Any, source: str, serve: Any) -> None:
    exchange = serve(lambda: cls(SOURCES[source]()), middleware=["django.middleware.common.CommonMiddleware"])
    start = await exchange.message()
    await exchange.task
    names = {name.lower() for name, _ in start["headers"]}
    assert not {b"connection", b"transfer-encoding", b"content-length"} & names


@each_class
@pytest.mark.parametrize("rows", ["values", "values_list", "values_list flat"])
async def test_values_of_a_queryset_stream_too(cls: Any, rows: str, library: Any, serve: Any) -> None:
    queryset = Book.objects.order_by("pk")
    made = {
        "values": lambda: queryset.values("title") if cls is not SSEResponse else queryset.values(data=F("title")),
        "values_list": lambda: queryset.values_list("title", "pages"),
        "values_list flat": lambda: queryset.values_list("title", flat=True),
    }[rows]
    expected = await sync_to_async(lambda: list(made()))()
    exchange = serve(lambda: cls(made()))
    await exchange.task
    body = b"".join(message.get("body", b"") for message in exchange.messages)
    if cls is StreamingJSONListResponse:
        assert json.loads(body) == [list(row) if isinstance(row, tuple) else row for row in expected]
    assert all(f"Book {n}".encode() in body for n in range(3))


@each_class
def test_the_cache_of_a_queryset_is_left_alone(cls: Any, library: Any) -> None:
    queryset = Book.objects.values_list("title", flat=True)
    assert b"Book 2" in cls(queryset).getvalue()
    assert queryset._result_cache is None  # type: ignore[attr-defined]


@each_class
@each_source
def test_closing_twice_and_from_another_thread_is_harmless(cls: Any, source: str, kept_connection: None) -> None:
    response = cls(SOURCES[source]())
    threads = [threading.Thread(target=response.close) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert not any(thread.is_alive() for thread in threads)
    response.close()
