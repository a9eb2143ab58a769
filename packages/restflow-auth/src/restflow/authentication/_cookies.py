"""The refresh cookie: what its settings may be."""

from collections.abc import Iterator, Mapping
from typing import Any

DEFAULTS: Mapping[str, Any] = {
    "name": "refresh_token",
    "path": "/",
    "domain": None,
    "samesite": "Strict",
    "secure": True,
}
_TYPES: Mapping[str, tuple[type, ...]] = {
    "name": (str,),
    "path": (str,),
    "domain": (str, type(None)),
    "samesite": (str,),
    "secure": (bool,),
}


def cookie_options(given: Mapping[str, Any]) -> dict[str, Any]:
    """The options over their defaults."""
    return {**DEFAULTS, **given}


def cookie_problems(given: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with the options, a string a problem."""
    for key in given:
        if key not in DEFAULTS:
            yield f"REFRESH_COOKIE: there is no option {key!r}; the known ones are {', '.join(DEFAULTS)}"
    options = cookie_options(given)
    wrong = [key for key, types in _TYPES.items() if not isinstance(options[key], types)]
    for key in wrong:
        expected = " or ".join("None" if kind is type(None) else kind.__name__ for kind in _TYPES[key])
        yield f"REFRESH_COOKIE[{key!r}]: expected {expected}, got {type(options[key]).__name__}"
    if wrong:
        return
    if not options["name"] or not options["name"].isascii() or set(options["name"]) & set(" ;,="):
        yield "REFRESH_COOKIE['name']: expected a cookie name"
    if options["samesite"] not in ("Strict", "Lax", "None"):
        yield "REFRESH_COOKIE['samesite']: expected 'Strict', 'Lax' or 'None'"
    if options["samesite"] == "None" and not options["secure"]:
        yield "REFRESH_COOKIE: samesite 'None' requires secure=True"
    if options["name"].startswith("__Host-") and (
        options["path"] != "/" or not options["secure"] or options["domain"] is not None
    ):
        yield "REFRESH_COOKIE: a name that begins with __Host- requires path '/', secure=True and no domain"
    if options["name"].startswith("__Secure-") and not options["secure"]:
        yield "REFRESH_COOKIE: a name that begins with __Secure- requires secure=True"
