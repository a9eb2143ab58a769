"""`BlacklistBackend`: the revocation store that tokens are asked of. It keeps identifiers, never a token."""

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from restflow.responses._work import Hook, Work

if TYPE_CHECKING:
    from restflow.authentication.tokens import Token


def session_entry(sid: str) -> str:
    """The id under which a revoked session is recorded."""
    return f"sid:{sid}"


def user_entry(user_id: str) -> str:
    """The id under which the revocation of a user's sessions is recorded; the user's own id is not kept."""
    return f"user:{hashlib.sha256(user_id.encode()).hexdigest()}"


class StoreFailureError(Exception):
    """The store answered with something that cannot be, as an unreachable one does that hides its errors."""


async def _required(store: "BlacklistBackend", io: Work, *args: Any, **kwargs: Any) -> Any:
    raise NotImplementedError(f"{type(store).__qualname__} must override blacklist() and is_blacklisted().")


async def _consume(
    store: "BlacklistBackend", io: Work, jti: str, *, expires_at: int, grace: float = 0, previous: str | None = None
) -> bool:
    if await io.hook(IS_BLACKLISTED, store, jti):
        return False
    await io.hook(BLACKLIST, store, jti, expires_at=expires_at)
    return True


async def _is_revoked(store: "BlacklistBackend", io: Work, token: "Token") -> bool:
    if not token.is_redeemed_once and await io.hook(IS_BLACKLISTED, store, token.jti):
        return True
    return token.sid is not None and bool(await io.hook(IS_BLACKLISTED, store, session_entry(token.sid)))


async def _revoke_user(store: "BlacklistBackend", io: Work, user_id: str, **kwargs: Any) -> None:
    raise NotImplementedError(f"{type(store).__qualname__} does not implement revoke_user().")


BLACKLIST = Hook(_required, "blacklist")
IS_BLACKLISTED = Hook(_required, "is_blacklisted")
CONSUME = Hook(_consume, "consume")
IS_REVOKED = Hook(_is_revoked, "is_revoked")
REVOKE_USER = Hook(_revoke_user, "revoke_user")


class BlacklistBackend:
    """A revocation store; override `blacklist` and `is_blacklisted`, or their async faces.

    One instance serves all threads and event loops until settings change; it holds no state of a request. An entry
    must live until `expires_at` plus `LEEWAY`: a token is accepted that long.
    """

    default_faces = True
    sync_equivalent = True

    def blacklist(self, jti: str, *, expires_at: int) -> None:
        """Records an id until `expires_at` (seconds of the epoch) and the leeway have passed; idempotent."""
        BLACKLIST.run(self, BlacklistBackend, jti, expires_at=expires_at)

    async def ablacklist(self, jti: str, *, expires_at: int) -> None:
        """Async twin of `blacklist`."""
        await BLACKLIST.arun(self, BlacklistBackend, jti, expires_at=expires_at)

    async def add(self, jti: str, *, expires_at: int) -> None:
        """Another name of `ablacklist`."""
        await self.ablacklist(jti, expires_at=expires_at)

    def is_blacklisted(self, jti: str) -> bool:
        """Whether the id is recorded, as revoked or as spent."""
        return bool(IS_BLACKLISTED.run(self, BlacklistBackend, jti))

    async def ais_blacklisted(self, jti: str) -> bool:
        """Async twin of `is_blacklisted`."""
        return bool(await IS_BLACKLISTED.arun(self, BlacklistBackend, jti))

    def consume(self, jti: str, *, expires_at: int, grace: float = 0, previous: str | None = None) -> bool:
        """Spends a refresh token; of all that ask for one id, concurrently too, one gets `True`.

        Within `grace` seconds another may, as long as the successor has not been redeemed: a caller that is the first
        closes the grace of `previous`. This default asks and then records, which is not atomic (restflow.W505).
        """
        return bool(CONSUME.run(self, BlacklistBackend, jti, expires_at=expires_at, grace=grace, previous=previous))

    async def aconsume(self, jti: str, *, expires_at: int, grace: float = 0, previous: str | None = None) -> bool:
        """Async twin of `consume`."""
        return bool(
            await CONSUME.arun(self, BlacklistBackend, jti, expires_at=expires_at, grace=grace, previous=previous)
        )

    def is_revoked(self, token: "Token") -> bool:
        """Whether the token is revoked by its own id, its session's or its user's.

        An id that is merely spent does not count for a refresh token that is redeemed once: `consume` judges it.
        """
        return bool(IS_REVOKED.run(self, BlacklistBackend, token))

    async def ais_revoked(self, token: "Token") -> bool:
        """Async twin of `is_revoked`."""
        return bool(await IS_REVOKED.arun(self, BlacklistBackend, token))

    def revoke_user(self, user_id: str, *, before: float, expires_at: int, keep: str | None = None) -> None:
        """Refuses the user's sessions that began before the moment (seconds of the epoch), but for the session `keep`.

        Raises `NotImplementedError` where the store cannot.
        """
        REVOKE_USER.run(self, BlacklistBackend, user_id, before=before, expires_at=expires_at, keep=keep)

    async def arevoke_user(self, user_id: str, *, before: float, expires_at: int, keep: str | None = None) -> None:
        """Async twin of `revoke_user`."""
        await REVOKE_USER.arun(self, BlacklistBackend, user_id, before=before, expires_at=expires_at, keep=keep)


def refuses(before: float, keep: str | None, claims: Mapping[str, Any]) -> bool:
    """Whether the revocation of a user's sessions refuses a token; a session of that very millisecond is refused."""
    from restflow.authentication._claims import session_milliseconds  # which reads the settings, and they this module

    if keep and claims.get("sid") == keep:
        return False
    moment = session_milliseconds(claims)
    if moment is not None:
        return moment <= round(before * 1000)
    return int(claims["iat"]) <= int(before)


def still_kept(before: float, keep: str | None, session: str) -> bool:
    """Whether a session survived an earlier revocation, so that a later one may keep it."""
    return not refuses(before, keep, {"sid": session, "iat": 0})
