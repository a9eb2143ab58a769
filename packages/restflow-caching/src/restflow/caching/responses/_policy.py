"""Which answers may be stored, and how a stored one is given to a request."""

import hashlib
from typing import Any

from django.http import HttpResponse
from django.http.response import ResponseHeaders
from django.utils.cache import get_conditional_response
from django.utils.http import parse_http_date_safe, quote_etag

ALWAYS_COVERED = frozenset({"accept", "accept-language", "accept-encoding", "host"})
"""Headers that a response may vary on, for the key covers them; encodings are chosen outside of the view."""
BY_USER = frozenset({"cookie", "authorization"})
"""Covered by the user in the key; who is nobody's user is told apart by `Authorization` alone."""
BY_CREDENTIALS = frozenset({"authorization"})

NEVER_STORED = frozenset({"set-cookie", "x-cache-status", "x-cached-at", "x-cache-reset-at"})


def refusal(
    response: Any,
    request: Any,
    *,
    statuses: tuple[int, ...],
    public: bool,
    vary: tuple[str, ...],
    anonymous: bool,
    read_session: bool,
) -> str:
    """Why an answer may not be stored; empty where it may."""
    if response.status_code not in statuses:
        return f"its status is {response.status_code}"
    if getattr(response, "streaming", False):
        return "it is streaming"
    if response.cookies or response.has_header("Set-Cookie"):
        return "it sets a cookie"
    directives = {part.partition("=")[0].strip().lower() for part in _listed(response, "Cache-Control")}
    if "no-store" in directives:
        return "it says no-store"
    if public and "private" in directives:
        return "it says private"
    asker = frozenset() if public else BY_CREDENTIALS if anonymous else BY_USER
    covered = ALWAYS_COVERED | asker | {name.lower() for name in vary}
    uncovered = {name.lower() for name in _listed(response, "Vary")} - covered
    if uncovered:
        return f"it varies on {', '.join(sorted(uncovered))}"
    if request.META.get("CSRF_COOKIE_NEEDS_UPDATE"):
        return "the view asked for the CSRF token"
    if getattr(getattr(request, "session", None), "modified", False):
        return "the view changed the session"
    return "the view read the session" if read_session and (public or anonymous) else ""


def _listed(response: Any, header: str) -> list[str]:
    value = response.headers.get(header, "")
    return [part.strip() for part in value.split(",") if part.strip()]


def packed(response: Any, *, etag: bool) -> tuple[int, list[tuple[str, str]], bytes, str | None]:
    """Status, headers, body, and reason where it is not the usual one."""
    headers = [(name, value) for name, value in response.headers.items() if name.lower() not in NEVER_STORED]
    body = bytes(response.content)
    if etag and not response.has_header("ETag"):
        headers.append(("ETag", quote_etag(hashlib.blake2b(body, digest_size=16).hexdigest())))
    return response.status_code, headers, body, response._reason_phrase


def unpacked(stored: tuple[int, list[tuple[str, str]], bytes, str | None]) -> HttpResponse:
    """A new response from what was stored."""
    status, headers, body, reason = stored
    response = HttpResponse(body, status=status, reason=reason, content_type=_NO_TYPE)
    response.headers = ResponseHeaders(dict(headers))
    return response


_NO_TYPE = "text/plain"  # spares Django the making of its default, which the stored headers replace

_CONDITIONS = ("HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_IF_MATCH", "HTTP_IF_UNMODIFIED_SINCE")


def conditional(request: Any, response: Any) -> Any:
    """`304` where the client has the answer already, else the answer (without body for `HEAD`, by the server)."""
    if not any(name in request.META for name in _CONDITIONS):
        return response
    modified = response.headers.get("Last-Modified")
    answer = get_conditional_response(
        request,
        etag=response.headers.get("ETag"),
        last_modified=modified and parse_http_date_safe(modified),
        response=response,
    )
    return response if answer is None else answer
