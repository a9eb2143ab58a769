"""One request to a cached handler."""

from typing import TYPE_CHECKING, Any

from restflow.caching.responses import _policy, _variant
from restflow.caching.results._call import Call
from restflow.caching.storage._doors import Door, SyncDoor
from restflow.caching.storage.serializers import PickleSerializer
from restflow.core import in_thread

if TYPE_CHECKING:
    from restflow.caching.responses.wrapper import CachedResponseWrapper


class ResponseCall(Call):
    """One request: its value is the rendered response, stored as status, headers and body."""

    __slots__ = ("anonymous", "read_session", "request", "view")

    may_recompute_behind = False  # a view is never run behind a request that has ended

    wrapper: "CachedResponseWrapper"
    view: Any
    request: Any
    anonymous: bool
    """Whether the request is kept apart by nothing but the credentials it sent."""
    read_session: bool

    async def compute(self, door: Door) -> Any:
        """Runs the handler and renders what it returns."""
        session = getattr(_variant.plain(self.request), "session", None)
        accessed = getattr(session, "accessed", False)
        if session is not None:
            session.accessed = False  # who asks was read from it too; what counts is what the view reads
        try:
            response = await super().compute(door)
            if isinstance(door, SyncDoor):
                return self.rendered(response)
            if not hasattr(response, "render") or getattr(response, "is_rendered", True):
                return response
            return await in_thread(self.rendered, response)  # renderers and templates may touch the database
        finally:
            self.read_session = bool(getattr(session, "accessed", False))
            if session is not None:
                session.accessed = accessed or self.read_session

    def rendered(self, response: Any) -> Any:
        """The response with its body, as the framework would render it after the handler."""
        if not hasattr(response, "render") or getattr(response, "is_rendered", True):
            return response
        renderer = getattr(self.request, "accepted_renderer", None)
        if renderer is not None and hasattr(response, "data"):
            response.accepted_renderer = renderer
            response.accepted_media_type = self.request.accepted_media_type
            response.renderer_context = self.view.get_renderer_context()
        return response.render()

    def encode(self, value: Any) -> bytes:
        """The stored form: built-in types, whatever the serializer of values is."""
        return PickleSerializer.dumps(_policy.packed(value, etag=self.wrapper.etag))

    async def entry(self, door: Door, value: Any, tokens: tuple[str | None, ...], duration: float) -> Any:
        """The entry, unless the answer may not be stored."""
        wrapper = self.wrapper
        reason = _policy.refusal(
            value,
            _variant.plain(self.request),
            statuses=wrapper.statuses,
            public=wrapper.public,
            vary=wrapper.vary_headers,
            anonymous=self.anonymous,
            read_session=self.read_session,
        )
        if reason:
            wrapper.log_refusal(reason)
            return None
        if wrapper.etag and not value.has_header("ETag"):
            value.headers["ETag"] = dict(_policy.packed(value, etag=True)[1])["ETag"]
        return await super().entry(door, value, tokens, duration)
