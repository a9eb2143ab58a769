"""The response of a view: data that a renderer turns into the body."""

from typing import Any

from rest_framework.response import Response as DRFResponse

from restflow.core import finish
from restflow.responses._ready import ReadyBody
from restflow.responses._rendering import LOOP_RENDER_LIMIT, render
from restflow.responses._work import AsyncWork, SyncWork


class Response(DRFResponse):
    """REST framework's `Response` with an async twin of `render`; same arguments, same pickling."""

    loop_render_limit: int = LOOP_RENDER_LIMIT
    """JSON of more scalar values than this, by estimate, is rendered in a thread."""

    _data: Any = None
    _ready: ReadyBody | None = None

    @property
    def data(self) -> Any:
        """What is to be rendered. A helper of a view may have rendered it already, in the action's thread.

        Reading or setting `data` before the response is rendered takes that back, so that a change counts.
        """
        if self._ready is not None:
            ready, self._ready = self._ready, None
            self._data = ready.data()
        return self._data

    @data.setter
    def data(self, value: Any) -> None:
        self._ready = None
        self._data = value

    @property
    def _ready_now(self) -> ReadyBody | None:
        """The body that was made ahead, if it is still what the accepted renderer would make."""
        ready = self._ready
        if ready is None:
            return None
        context = getattr(self, "renderer_context", None)
        renderer = getattr(self, "accepted_renderer", None)
        return ready if ready.fits(renderer, getattr(self, "accepted_media_type", None), context) else None

    @property
    def rendered_content(self) -> Any:
        """The body, by the accepted renderer."""
        ready = self._ready_now
        if ready is None:
            return super().rendered_content
        self.renderer_context["response"] = self  # type: ignore[attr-defined]
        self["Content-Type"] = self.content_type if self.content_type is not None else ready.renderer.media_type
        return ready.content

    def make_bytes(self, value: Any) -> bytes:
        """Django's, which makes out the charset even for the empty body that every response begins with."""
        return b"" if isinstance(value, str) and not value else super().make_bytes(value)

    def render(self) -> Any:
        """Renders once, runs the post-render callbacks in order, and returns the response or its replacement.

        Async callbacks and renderers are run to their end; on a running event loop's thread these raise `RuntimeError`
        that names `arender()`.
        """
        return finish(render(self, SyncWork("Response.arender()")))

    async def arender(self) -> Any:
        """The same work without blocking the loop: async callbacks and renderers are awaited, in their order."""
        io = AsyncWork()
        return await io.run(render(self, io))

    def __getstate__(self) -> dict[str, Any]:
        _ = self.data  # pickled as data, never as the serializer behind it
        return super().__getstate__()  # type: ignore[return-value]  # object, says typeshed
