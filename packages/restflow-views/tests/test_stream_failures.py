"""A stream that failed never looks complete, and its first error is the one that is seen."""

import json
from typing import Any

import pytest

from restflow.responses import NDJSONResponse, SSEResponse, StreamingJSONListResponse


class Broken(Exception):
    pass


def failing_source(at: int, kind: str, cleanup_fails: bool = False) -> Any:
    def rows():
        try:
            for n in range(at):
                yield ["n", n]
            raise Broken("the source")
        finally:
            if cleanup_fails:
                raise Broken("the cleanup") from None

    async def async_rows():
        for row in rows():
            yield row

    return async_rows() if kind == "async" else rows()


each_class = pytest.mark.parametrize("cls", [StreamingJSONListResponse, NDJSONResponse, SSEResponse])
each_kind = pytest.mark.parametrize("kind", ["sync", "async"])


@each_class
@each_kind
@pytest.mark.parametrize("at", [0, 3])
async def test_a_failing_source_ends_the_response_incomplete(cls: Any, kind: str, at: int, serve: Any) -> None:
    exchange = serve(lambda: cls(failing_source(at, kind)))
    with pytest.raises(Broken, match="the source"):
        await exchange.finish()
    assert not exchange.complete
    assert exchange.content.count(b'"n"') == at  # what came before the error is not lost


@each_kind
@pytest.mark.parametrize("at", [0, 3])
async def test_a_truncated_array_is_no_json(kind: str, at: int, serve: Any) -> None:
    exchange = serve(lambda: StreamingJSONListResponse(failing_source(at, kind)))
    with pytest.raises(Broken):
        await exchange.finish()
    with pytest.raises(ValueError, match=r"Expecting|delimiter"):
        json.loads(exchange.content)


@each_kind
@pytest.mark.parametrize("cls", [NDJSONResponse, SSEResponse])
async def test_no_record_is_sent_by_half(kind: str, cls: Any, serve: Any) -> None:
    exchange = serve(lambda: cls(failing_source(3, kind)))
    with pytest.raises(Broken):
        await exchange.finish()
    assert exchange.content.endswith(b"\n")


@each_class
@each_kind
@pytest.mark.parametrize(
    "item", [float("nan"), object(), [float("inf")], "\ud800"], ids=["nan", "object", "infinity", "surrogate"]
)
async def test_an_item_that_cannot_be_encoded_is_such_an_error(cls: Any, kind: str, item: Any, serve: Any) -> None:
    async def items():
        yield 1
        yield item

    exchange = serve(lambda: cls(items() if kind == "async" else [1, item]))
    with pytest.raises((ValueError, TypeError)):
        await exchange.finish()
    assert not exchange.complete
    assert not exchange.content.endswith(b"]")


@each_class
@each_kind
def test_under_wsgi_the_error_reaches_the_server(cls: Any, kind: str, kept_connection: None) -> None:
    response = cls(failing_source(2, kind))
    parts = []
    with pytest.raises(Broken, match="the source"):
        parts.extend(response)
    assert b"".join(parts).count(b'"n"') == 2
    if cls is StreamingJSONListResponse:
        with pytest.raises(ValueError, match="Expecting"):
            json.loads(b"".join(parts))
    response.close()


@each_kind
async def test_an_error_of_the_cleanup_is_logged_and_replaces_nothing(kind: str, serve: Any, caplog: Any) -> None:
    class Source:
        """Its `close` fails besides."""

        def __init__(self):
            self.left = 1

        def __iter__(self):
            return self

        def __next__(self):
            if self.left:
                self.left -= 1
                return 1
            raise Broken("the source")

        def close(self):
            raise Broken("the cleanup")

    class AsyncSource(Source):
        __iter__ = None

        def __aiter__(self):
            return self

        async def __anext__(self):
            return self.__next__()

        async def aclose(self):
            self.close()

    exchange = serve(lambda: NDJSONResponse(AsyncSource() if kind == "async" else Source()))
    with pytest.raises(Broken, match="the source"):
        await exchange.finish()
    assert [record.name for record in caplog.records if record.levelname == "ERROR"][:1] == ["restflow.responses"]
