"""Where a call's entry stands in the cache, and the keys of what it depends on."""

from typing import NamedTuple

from restflow.caching.hashing import hash_string


class Address(NamedTuple):
    """Where a call's entry stands, and the generations that it depends on."""

    key: str
    tokens: tuple[str, ...]
    """Keys of the generations, the function's own first; then the entry's mark, if it has one."""
    marked: bool
    """Whether the last of `tokens` is a mark, whose absence is a state of its own."""


TOKEN_LENGTH = 160


def token_key(prefix: str, text: str) -> str:
    """The key of a generation; `@` keeps it apart from entries."""
    return fitted_token(f"@{prefix}::{text}")


def fitted_token(key: str) -> str:
    """The same, hashed where it is too long."""
    return key if len(key) <= TOKEN_LENGTH else f"@#{hash_string(key)}"


def mark_key(key: str) -> str:
    """The key of an entry's mark."""
    return f"@{token_key(key, 'mark')}"
