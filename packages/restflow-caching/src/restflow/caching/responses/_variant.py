"""What of a request always makes a response another one, whatever the key constructor says."""

import inspect
import json
from typing import Any

from django.utils import translation

from restflow.caching.keys import _text


class Uncacheable(Exception):  # noqa: N818 - no error: the view is run, and its answer passed through
    """A request whose answer cannot be told apart from those of others."""


def plain(request: Any) -> Any:
    """Django's own request inside another framework's."""
    return getattr(request, "_request", request)


def identity_of(request: Any) -> str:
    """Who asks: the user's key if authenticated, else the credentials that were sent.

    Raises `Uncacheable` for an authenticated user without a primary key.
    """
    return _identity(request, getattr(request, "user", None))


async def aidentity_of(request: Any) -> str:
    """The same without blocking: Django loads the user of a session lazily."""
    if plain(request) is request and hasattr(request, "auser"):
        return _identity(request, await request.auser())
    user = getattr(request, "user", None)
    return _identity(request, await user if inspect.isawaitable(user) else user)


def _identity(request: Any, user: Any) -> str:
    if user is not None and getattr(user, "is_authenticated", False):
        pk = getattr(user, "pk", None)
        if pk is None:
            raise Uncacheable("the user has no primary key")
        return f"user:{_name(type(user))}:{_text.text(pk)}"
    return f"credentials:{plain(request).META.get('HTTP_AUTHORIZATION', '')}"


def variant_of(view: Any, request: Any, identity: str, vary_headers: tuple[str, ...]) -> str:
    """The text of everything that varies: view class, host, path, media type, language, listed headers, who asks.

    JSON: unlike lists of strings have unlike texts, whatever the strings hold.
    """
    http = plain(request)
    renderer = getattr(request, "accepted_renderer", None)
    if renderer is not None:
        media, format_ = str(getattr(request, "accepted_media_type", "")), str(getattr(renderer, "format", ""))
    else:
        media, format_ = http.META.get("HTTP_ACCEPT", ""), ""
    return json.dumps(
        [
            "" if view is None else _name(type(view)),
            http.scheme,
            http.get_host(),
            http.path,
            media,
            format_,
            translation.get_language() or "",
            identity,
            *(http.headers.get(name, "") for name in vary_headers),
        ]
    )


def _name(cls: type[Any]) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"
