"""How the body of a response is made: on the loop where that cannot block, else in a crossing."""

import asyncio
from collections.abc import Generator, Mapping
from functools import cache
from typing import Any

from asgiref.sync import markcoroutinefunction
from django.utils.functional import Promise
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response as DRFResponse

from restflow.core import is_async_callable
from restflow.responses._faces import faces
from restflow.responses._work import AsyncWork, Work

LOOP_RENDER_LIMIT = 5_000


async def render(response: DRFResponse, io: Work) -> Any:
    """The flow of rendering: the body once, then the post-render callbacks in the order of their registration.

    Returns the response, or what the last callback returned instead.
    """
    result: Any = response
    if not response.is_rendered:
        await _render_body(response, io)
        for callback in response._post_render_callbacks:  # type: ignore[attr-defined]
            call = io.aio if is_async_callable(callback) else io.sync
            replacement = await call(callback, result)
            if replacement is not None:
                result = replacement
    return result


async def _render_body(response: DRFResponse, io: Work) -> None:
    renderer = getattr(response, "accepted_renderer", None)
    if renderer is not None and faces(type(renderer), "render", "arender").aio is not None:
        response.content = await _content_of_async(response, renderer, io)
    elif renders_on_loop(response):
        response.content = response.rendered_content
    else:
        response.content = await io.sync(getattr, response, "rendered_content")


async def _content_of_async(response: DRFResponse, renderer: Any, io: Work) -> Any:
    """DRF's `rendered_content` with the renderer's answer awaited: the envelope around it stays DRF's."""
    response.renderer_context["response"] = response  # type: ignore[attr-defined]
    body = await io.ask(
        renderer,
        "render",
        "arender",
        response.data,
        response.accepted_media_type,
        response.renderer_context,  # type: ignore[attr-defined]
    )
    response.accepted_renderer = _Rendered(renderer, body)  # type: ignore[assignment]
    try:
        return response.rendered_content
    finally:
        response.accepted_renderer = renderer


class _Rendered:
    """A renderer whose answer is known."""

    def __init__(self, renderer: Any, body: Any) -> None:
        self.media_type = renderer.media_type
        self.charset = renderer.charset
        self.body = body

    def render(self, *args: Any) -> Any:
        return self.body


@cache
def _is_plain_json(renderer_class: type) -> bool:
    """Whether it is a JSON renderer whose `render` is DRF's or restflow's: it cannot block."""
    if not issubclass(renderer_class, JSONRenderer) or hasattr(renderer_class, "arender"):
        return False
    definer = next(klass for klass in renderer_class.__mro__ if "render" in klass.__dict__)
    return definer.__module__.partition(".")[0] in ("rest_framework", "restflow")


def renders_on_loop(response: DRFResponse) -> bool:
    """Whether rendering neither blocks nor takes long: JSON of few values."""
    if getattr(response, "_ready_now", None) is not None:
        return True
    renderer = getattr(response, "accepted_renderer", None)
    limit = getattr(response, "loop_render_limit", LOOP_RENDER_LIMIT)
    return renderer is not None and _is_plain_json(type(renderer)) and estimate(response.data) <= limit  # type: ignore[arg-type]


def estimate(data: Any, depth: int = 4) -> int:
    """About how many scalar values `data` holds, told from lengths and first elements in constant time.

    What only iterating could tell, such as a queryset or a generator, counts as infinitely many: it may block.
    """
    if isinstance(data, str | bytes):
        return 1 + len(data) // _LONG_TEXT
    if isinstance(data, int | float | Promise | None):
        return 1
    if not isinstance(data, list | tuple | Mapping):
        return _UNKNOWN if hasattr(data, "__iter__") else 1
    if not data or depth == 0:
        return max(1, len(data))
    if isinstance(data, Mapping):
        # a page is a mapping of few keys, of which any may hold the rows
        values = [value for _, value in zip(range(_LOOKED_AT), data.values(), strict=False)]
        inside = sum(estimate(value, depth - 1) for value in values)
        return inside * len(data) // len(values)
    return len(data) * estimate(data[0], depth - 1)


_UNKNOWN = 2**63
_LONG_TEXT = 64
"""Characters that are written in the time of one value, about."""
_LOOKED_AT = 16


class LoopRendering:
    """Stands as `response.render` on the response of an async view under ASGI: Django's handler awaits it.

    Called by sync code, it renders like the method that it covers. What it returns on a running loop may be awaited or
    used as the response: JSON is rendered by then.
    """

    def __init__(self, response: DRFResponse) -> None:
        self.response = response
        markcoroutinefunction(self)

    def __call__(self) -> Any:
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return self._uncovered().render()
        response = self.response
        if not response._post_render_callbacks and renders_on_loop(response):  # type: ignore[attr-defined]
            self._uncovered().content = response.rendered_content
        return Rendering(self)

    def _uncovered(self) -> DRFResponse:
        self.response.__dict__.pop("render", None)
        return self.response


class Rendering:
    """A response that is being rendered: awaiting it ends that and gives the response."""

    def __init__(self, covering: LoopRendering) -> None:
        self._covering = covering

    def __await__(self) -> Generator[Any, Any, Any]:
        response = self._covering._uncovered()
        if response.is_rendered:
            return response
        if (arender := getattr(response, "arender", None)) is not None:
            return (yield from arender().__await__())
        io = AsyncWork()
        return (yield from io.run(render(response, io)))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._covering.response, name)
