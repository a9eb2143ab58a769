"""Values as they may be shown: plain data, without passwords, tokens and the like."""

import re
from collections.abc import Mapping
from typing import Any

HIDDEN = "********"

_SECRET_NAME = re.compile("SECRET|PASSWORD|TOKEN|KEY|CREDENTIAL|DSN", re.IGNORECASE)
# Up to the last "@" of the run: a password with an unescaped "@" or "/" is hidden whole.
_USER_PART = re.compile(r"://\S*@")
_USER_PART_OF_BYTES = re.compile(rb"://\S*@")


def plain(value: object, *, redact: bool) -> Any:
    """A value as dicts and tuples; `redact` hides entries with a secret's name and the user part of URLs."""
    if hasattr(type(value), "_as_dict"):  # a nested section knows which of its keys are secret
        return value._as_dict(redact=redact)  # type: ignore[attr-defined]
    if isinstance(value, Mapping):
        return {
            plain(key, redact=redact): HIDDEN if redact and _names_secret(key) else plain(item, redact=redact)
            for key, item in value.items()
        }
    if redact and isinstance(value, tuple) and hasattr(value, "_fields"):
        named = zip(value._fields, value, strict=True)
        return tuple(HIDDEN if _names_secret(name) else plain(item, redact=True) for name, item in named)
    if type(value) in (list, tuple):
        return tuple(plain(item, redact=redact) for item in value)  # type: ignore[attr-defined]
    if type(value) is frozenset:
        return frozenset(plain(item, redact=redact) for item in value) if redact else value
    if redact and isinstance(value, str):
        return _USER_PART.sub(f"://{HIDDEN}@", value)
    if redact and isinstance(value, bytes):
        return _USER_PART_OF_BYTES.sub(b"://%b@" % HIDDEN.encode(), value)
    return value


def _names_secret(key: object) -> bool:
    return isinstance(key, str) and _SECRET_NAME.search(key) is not None
