"""Content negotiation, remembered: the same `Accept` among the same renderers is answered the same."""

from typing import Any

from rest_framework.negotiation import DefaultContentNegotiation

_MOST = 256
_LONGEST = 200
"""Headers are the client's, so their number and their length are bounded."""

_decided: dict[tuple[Any, ...], tuple[int, str]] = {}


def negotiate(view: Any, request: Any, force: bool) -> tuple[Any, str]:
    """What REST framework's `perform_content_negotiation` gives.

    Remembered is only what its own negotiation makes of the header alone: no suffix and no query parameter has a say.
    """
    renderers = view.get_renderers()
    negotiator = view.get_content_negotiator()
    key = _key(request._request.META, renderers, negotiator, view.format_kwarg)
    known = _decided.get(key) if key is not None else None
    if known is not None:
        return renderers[known[0]], known[1]
    try:
        renderer, media_type = negotiator.select_renderer(request, renderers, view.format_kwarg)
    except Exception:
        if not force:
            raise
        return renderers[0], renderers[0].media_type
    if key is not None:
        if len(_decided) >= _MOST:
            _decided.clear()
        _decided[key] = (renderers.index(renderer), media_type)
    return renderer, media_type


def _key(meta: Any, renderers: list[Any], negotiator: Any, suffix: str | None) -> tuple[Any, ...] | None:
    """What the answer depends on; `None` where it is not to be remembered."""
    if type(negotiator) is not DefaultContentNegotiation or suffix is not None or meta.get("QUERY_STRING"):
        return None
    accept = meta.get("HTTP_ACCEPT", "*/*")
    if len(accept) > _LONGEST:
        return None
    return (accept, *[(type(renderer), renderer.media_type) for renderer in renderers])
