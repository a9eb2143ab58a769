"""Streaming responses to `HEAD`: closed, and never iterated."""

from typing import Any

from restflow.responses._work import Work


async def drop_body(response: Any, io: Work) -> None:
    """The flow that closes the source of a streaming response where it belongs, and leaves an empty body."""
    source = response._iterator
    response.streaming_content = ()
    if (aclose := getattr(source, "aclose", None)) is not None:
        await io.aio(aclose)
    elif (close := getattr(source, "close", None)) is not None:
        await io.sync(close)
