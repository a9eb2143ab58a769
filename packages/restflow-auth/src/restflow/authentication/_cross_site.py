"""Whether a request that may carry the refresh cookie comes from another site."""

from typing import Any

from django.middleware.csrf import CsrfViewMiddleware
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import PermissionDenied


def _no_response(request: Any) -> Any:
    raise NotImplementedError


def refuse_cross_site(request: Any, *, needs_proof: bool) -> None:
    """Raises `PermissionDenied` for a request of another site; with `needs_proof` for one that does not tell.

    `CSRF_TRUSTED_ORIGINS` lets other origins of the same site in, as a front end on a sibling domain; a request that
    the browser calls cross-site is refused whatever its origin: a wildcard there is often wider than it looks, and
    browsers that block third-party cookies would not send this one anyway.
    """
    site, origin = request.META.get("HTTP_SEC_FETCH_SITE"), request.META.get("HTTP_ORIGIN")
    # Django's own rule for the origin, the wildcards of CSRF_TRUSTED_ORIGINS included.
    foreign = site == "cross-site" or (
        origin is not None and not CsrfViewMiddleware(_no_response)._origin_verified(request._request)  # type: ignore[attr-defined]
    )
    if foreign:
        raise PermissionDenied(_("Cross-site requests are not accepted."))
    if needs_proof and site is None and origin is None:
        raise PermissionDenied(_("The request does not tell which site it comes from."))
