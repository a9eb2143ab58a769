"""Shows a permission that reads a claim of the token: it costs no query, and no crossing to a thread."""

from typing import Any

from restflow.permissions import BasePermission

EDITORS = "editors"


class IsEditor(BasePermission):
    """Lets through who was in the group of editors when the access token was issued, at most five minutes ago."""

    message = "Only editors may do this."
    sync_equivalent = True
    """Both faces do the same: an async view may use whichever is cheaper at the time."""

    def has_permission(self, request: Any, view: Any) -> bool:
        """Whether the token says that its user is an editor."""
        return request.auth is not None and EDITORS in request.auth.get("groups", ())

    async def ahas_permission(self, request: Any, view: Any) -> bool:
        """The async face of `has_permission`."""
        return self.has_permission(request, view)
