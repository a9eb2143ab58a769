"""`CacheBlacklistBackend`: revocations in one of Django's caches, gone by themselves when the tokens are."""

import hashlib
import math
import re
import time
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.cache import caches
from django.core.cache.backends.dummy import DummyCache
from django.core.cache.backends.locmem import LocMemCache

from restflow.authentication.backends import (
    BlacklistBackend,
    StoreFailureError,
    refuses,
    session_entry,
    still_kept,
    user_entry,
)
from restflow.authentication.settings import JWTSettings
from restflow.core import ConfigError

if TYPE_CHECKING:
    from restflow.authentication.tokens import Token

PREFIX = "restflow:jwt:bl:"
SPENT = "spent:"
CLOSED = "closed"
_SAFE = re.compile(r"[A-Za-z0-9_.:-]{1,100}")


def _key(entry: str) -> str:
    safe = _SAFE.fullmatch(entry) is not None
    return PREFIX + (entry if safe else hashlib.sha256(entry.encode(errors="surrogatepass")).hexdigest())


def _is_spent(value: object) -> bool:
    return isinstance(value, str) and (value == CLOSED or value.startswith(SPENT))


def _lifetime(expires_at: int) -> int:
    return max(1, math.ceil(expires_at + JWTSettings.current().leeway - time.time()))


def _cache() -> Any:
    """The cache of the settings. Raises `ConfigError` for one that forgets, or that other processes do not see."""
    section = JWTSettings.current()
    cache = caches[section.BLACKLIST_CACHE_ALIAS]
    if isinstance(cache, DummyCache):
        raise ConfigError(
            "JWT.BLACKLIST_CACHE_ALIAS names a DummyCache, which forgets every revocation.",
            hint="Use a cache that the processes share, such as Redis, or ModelBlacklistBackend.",
        )
    if isinstance(cache, LocMemCache) and not (section.BLACKLIST_ALLOW_LOCMEM or settings.DEBUG):
        raise ConfigError(
            "JWT.BLACKLIST_CACHE_ALIAS names a LocMemCache, which no other process sees.",
            hint="Use a cache that the processes share, or set BLACKLIST_ALLOW_LOCMEM=True for a single process.",
        )
    return cache


class CacheBlacklistBackend(BlacklistBackend):
    """Revocations in the cache `BLACKLIST_CACHE_ALIAS`, each with the token's remaining life and the leeway as TTL.

    A cache that evicts live keys, or that is cleared, loses revocations: give it an alias of its own.
    """

    def blacklist(self, jti: str, *, expires_at: int) -> None:
        """Records an id; one round trip."""
        _cache().set(_key(jti), True, _lifetime(expires_at))

    def is_blacklisted(self, jti: str) -> bool:
        """Whether the id is recorded; one round trip."""
        return _cache().get(_key(jti)) is not None

    def consume(self, jti: str, *, expires_at: int, grace: float = 0, previous: str | None = None) -> bool:
        """Spends a refresh token by the cache's atomic `add`; a second round trip only where the id was there."""
        cache, key, lifetime = _cache(), _key(jti), _lifetime(expires_at)
        if cache.add(key, f"{SPENT}{time.time()!r}", lifetime):
            if previous is not None:
                cache.set(_key(previous), CLOSED, lifetime)
            return True
        value = cache.get(key)
        if value is None:  # django-redis with IGNORE_EXCEPTIONS, for one
            raise StoreFailureError("The cache neither added an entry nor has one.")
        return _is_spent(value) and value != CLOSED and time.time() - float(value[len(SPENT) :]) < grace

    def is_revoked(self, token: "Token") -> bool:
        """The whole check in one round trip."""
        own, user = _key(token.jti), _key(user_entry(token.user_id))
        session = _key(session_entry(token.sid)) if token.sid is not None else None
        found = _cache().get_many([key for key in (own, session, user) if key is not None])
        if own in found and not (token.is_redeemed_once and _is_spent(found[own])):
            return True
        if session is not None and session in found:
            return True
        record = found.get(user)
        return record is not None and refuses(*_user_record(record), token.payload)

    def revoke_user(self, user_id: str, *, before: float, expires_at: int, keep: str | None = None) -> None:
        """Refuses the user's earlier sessions; one write, with `keep` one read before it."""
        cache, key = _cache(), _key(user_entry(user_id))
        if keep is not None:
            earlier = cache.get(key)
            if earlier is not None and not still_kept(*_user_record(earlier), keep):
                keep = None
        cache.set(key, {"before": before, "keep": keep}, _lifetime(expires_at))


def _user_record(value: Any) -> tuple[float, str | None]:
    if not isinstance(value, dict):
        raise StoreFailureError("The cache holds something else under the key of a user's revocation.")
    return value["before"], value["keep"]
