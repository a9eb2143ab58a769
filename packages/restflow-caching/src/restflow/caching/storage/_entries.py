"""What stands in the cache under a key: a tuple of built-in types, with the value as bytes inside.

So every backend can decode it, and reading decides about an entry before the value is deserialised.
"""

import random
import secrets
from collections.abc import Mapping
from typing import Any, NamedTuple

from restflow.caching.keys._address import Address

FORMAT = "restflow:1"
LENGTH = 7
"""How many items a packed entry has."""


class Entry(NamedTuple):
    """One entry. Times are seconds since the epoch."""

    tokens: tuple[str | None, ...]
    """The generations that it was computed under, and its mark, in the order of `Address.tokens`."""
    computed_at: float
    expires_at: float | None
    """When it ceases to be fresh; `None` without expiry."""
    dies_at: float | None
    """When it may not be served stale any more either."""
    duration: float
    """Seconds that the computation took."""
    data: bytes

    def packed(self) -> tuple[Any, ...]:
        """What is given to the backend: no class of ours, which another release may lack."""
        return (FORMAT, *self)

    def is_fresh(self, now: float) -> bool:
        """Whether it may be served without more ado."""
        return self.expires_at is None or now < self.expires_at

    def is_due(self, now: float, strength: float) -> bool:
        """Whether this reader should renew it early: the likelier, the nearer the expiry and the longer it takes.

        The rule of optimal probabilistic cache stampede prevention (Vattani, Chierichetti, Lowenstein, VLDB 2015).
        """
        if not strength or self.expires_at is None:
            return False
        return now + self.duration * strength * random.expovariate(1.0) >= self.expires_at


class Served(NamedTuple):
    """A servable entry and its value."""

    entry: Entry
    value: Any
    fresh: bool


def servable(address: Address, found: Mapping[str, Any], now: float) -> tuple[Any, ...] | None:
    """The packed entry that was found, if all of its generations are present and equal and it is not past its time."""
    packed = found.get(address.key)
    if type(packed) is not tuple or len(packed) != LENGTH or packed[0] != FORMAT:
        return None
    tokens = packed[1]
    if type(tokens) is not tuple or tokens != tuple([found.get(key) for key in address.tokens]):
        return None
    dies_at = packed[4]
    if dies_at is not None and now >= dies_at:
        return None
    # without a mark the last is a generation like the others
    if None in tokens and (not address.marked or None in tokens[:-1]):
        return None
    return packed if type(packed[6]) is bytes else None


def unpacked(packed: tuple[Any, ...]) -> Entry:
    """The entry of a packed one that `servable` has let through."""
    return Entry._make(packed[1:])


def new_token() -> str:
    """A generation that never was before: 96 random bits."""
    return secrets.token_urlsafe(12)
