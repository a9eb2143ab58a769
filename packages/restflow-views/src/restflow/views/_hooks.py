"""REST framework's hooks around a handler, each with an async face; the defaults of both faces are one flow."""

from typing import Any

from restflow.views import _policies
from restflow.views._negotiation import negotiate
from restflow.views._requests import Request


class RequestHooks:
    """The hooks from `initial` to `finalize_response`; a subclass overrides either face of each."""

    sync_equivalent = True
    default_faces = True

    def initialize_request(self, request: Any, *args: Any, **kwargs: Any) -> Request:
        """The request that the handler sees."""
        view: Any = self
        return Request(
            request,
            parsers=view.get_parsers(),
            authenticators=view.get_authenticators(),
            negotiator=view.get_content_negotiator(),
            parser_context=view.get_parser_context(request),
        )

    def perform_content_negotiation(self, request: Any, force: bool = False) -> tuple[Any, str]:
        """The renderer and the media type that the client accepts."""
        return negotiate(self, request, force)

    def initial(self, request: Any, *args: Any, **kwargs: Any) -> None:
        """All that precedes the handler: negotiation, versioning, authentication, permissions, throttles."""
        _policies.INITIAL.run(self, RequestHooks, request, *args, **kwargs)

    async def ainitial(self, request: Any, *args: Any, **kwargs: Any) -> None:
        """The async twin of `initial`; consecutive sync policies share a crossing."""
        await _policies.INITIAL.arun(self, RequestHooks, request, *args, **kwargs)

    def perform_authentication(self, request: Any) -> None:
        """Finds the user."""
        _policies.PERFORM_AUTHENTICATION.run(self, RequestHooks, request)

    async def aperform_authentication(self, request: Any) -> None:
        """The async twin of `perform_authentication`."""
        await _policies.PERFORM_AUTHENTICATION.arun(self, RequestHooks, request)

    def check_permissions(self, request: Any) -> None:
        """Raises `PermissionDenied` or `NotAuthenticated` at the first permission that denies."""
        _policies.CHECK_PERMISSIONS.run(self, RequestHooks, request)

    async def acheck_permissions(self, request: Any) -> None:
        """The async twin of `check_permissions`."""
        await _policies.CHECK_PERMISSIONS.arun(self, RequestHooks, request)

    def check_object_permissions(self, request: Any, obj: Any) -> None:
        """The same for an object."""
        _policies.CHECK_OBJECT_PERMISSIONS.run(self, RequestHooks, request, obj)

    async def acheck_object_permissions(self, request: Any, obj: Any) -> None:
        """The async twin of `check_object_permissions`."""
        await _policies.CHECK_OBJECT_PERMISSIONS.arun(self, RequestHooks, request, obj)

    def check_throttles(self, request: Any) -> None:
        """Asks every throttle, and raises `Throttled` with the longest wait if any denies."""
        _policies.CHECK_THROTTLES.run(self, RequestHooks, request)

    async def acheck_throttles(self, request: Any) -> None:
        """The async twin of `check_throttles`."""
        await _policies.CHECK_THROTTLES.arun(self, RequestHooks, request)

    def handle_exception(self, exc: Exception) -> Any:
        """The response for an error; an error that the exception handler does not know is raised again."""
        return _policies.HANDLE_EXCEPTION.run(self, RequestHooks, exc)

    async def ahandle_exception(self, exc: Exception) -> Any:
        """The async twin of `handle_exception`."""
        return await _policies.HANDLE_EXCEPTION.arun(self, RequestHooks, exc)

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        """The response with its renderer and the view's headers."""
        return _policies.FINALIZE_RESPONSE.run(self, RequestHooks, request, response, *args, **kwargs)

    async def afinalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        """The async twin of `finalize_response`."""
        return await _policies.FINALIZE_RESPONSE.arun(self, RequestHooks, request, response, *args, **kwargs)
