"""The digest of keys."""

import hashlib
from collections.abc import Callable
from functools import partial
from typing import Any

from restflow.caching.settings import CacheSettings

DIGITS = 32
"""How many hex digits of a digest stand in a key."""


def hash_string(value: str) -> str:
    """The hex digest of a text by the setting `KEY_HASH_ALGORITHM` (SHA-256 by default)."""
    algorithm = CacheSettings.current().KEY_HASH_ALGORITHM
    if callable(algorithm):
        return str(algorithm(value))
    digest: Callable[..., Any] = getattr(hashlib, algorithm, None) or partial(hashlib.new, algorithm)
    return str(digest(value.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest())
