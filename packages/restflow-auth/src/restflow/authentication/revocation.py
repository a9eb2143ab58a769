"""Asking and telling the configured store: what its failures mean, and logging out everywhere."""

import logging
import time
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from restflow.authentication import _claims
from restflow.authentication.backends import BLACKLIST, IS_BLACKLISTED, IS_REVOKED, REVOKE_USER
from restflow.authentication.errors import failed, unavailable
from restflow.authentication.settings import JWTSettings
from restflow.authentication.tokens import Token, longest_expiry
from restflow.core import ConfigError, finish
from restflow.responses._work import AsyncWork, Hook, SyncWork, Work

logger = logging.getLogger("restflow.authentication")


async def ask_store(io: Work, hook: Hook, /, *args: Any, **kwargs: Any) -> Any:
    """Asks the store; any failure of it is a 503, and is logged. Raises `ConfigError` for a wrong set-up."""
    store = JWTSettings.current().store
    try:
        return await io.hook(hook, store, *args, **kwargs)
    except ImproperlyConfigured:
        raise
    except Exception as error:  # a store may raise whatever its client library does
        logger.error("The token blacklist failed: %s.", type(error).__name__)
        raise unavailable() from error


async def refuse_revoked_access(io: Work, token: Token) -> None:
    """Raises `AuthenticationFailed` for a revoked access token; a failure of the store means what the policy says."""
    section = JWTSettings.current()
    policy = section.BLACKLIST_ACCESS_POLICY
    if not section.BLACKLIST_ENABLED or policy == "off":
        return
    if policy == "enforce":
        revoked = await ask_store(io, IS_REVOKED, token)
    else:
        try:
            revoked = await io.hook(IS_REVOKED, section.store, token)
        except ImproperlyConfigured:
            raise
        except Exception as error:  # best effort: the project prefers an answer to a sure one
            logger.error("The token blacklist failed, and the access token is accepted: %s.", type(error).__name__)
            return
    if revoked:
        raise failed("token_blacklisted")


class ATokenBlacklist:
    """The configured store, as static methods."""

    @staticmethod
    def blacklist(jti: str, *, expires_at: int) -> None:
        """Records an id."""
        io = SyncWork("ATokenBlacklist.ablacklist()")
        finish(io.hook(BLACKLIST, JWTSettings.current().store, jti, expires_at=expires_at))

    @staticmethod
    async def ablacklist(jti: str, *, expires_at: int) -> None:
        """Async twin of `blacklist`."""
        io = AsyncWork()
        await io.run(io.hook(BLACKLIST, JWTSettings.current().store, jti, expires_at=expires_at))

    @staticmethod
    async def add(jti: str, *, expires_at: int) -> None:
        """Another name of `ablacklist`."""
        await ATokenBlacklist.ablacklist(jti, expires_at=expires_at)

    @staticmethod
    def is_blacklisted(jti: str) -> bool:
        """Whether an id is recorded; `False` for an empty one, without asking."""
        io = SyncWork("ATokenBlacklist.ais_blacklisted()")
        return bool(jti) and bool(finish(io.hook(IS_BLACKLISTED, JWTSettings.current().store, jti)))

    @staticmethod
    async def ais_blacklisted(jti: str) -> bool:
        """Async twin of `is_blacklisted`."""
        io = AsyncWork()
        return bool(jti) and bool(await io.run(io.hook(IS_BLACKLISTED, JWTSettings.current().store, jti)))


def revoke_user_tokens(user: Any, *, keep: Token | None = None) -> None:
    """Refuses every token of the user whose session began before the call, but for the session of the token `keep`.

    Raises `ValueError` for a `keep` of another user or without a session, `ConfigError` while the blacklist is
    disabled, and what the store raises.
    """
    finish(_revoke_user_tokens(SyncWork("arevoke_user_tokens()"), user, keep))


async def arevoke_user_tokens(user: Any, *, keep: Token | None = None) -> None:
    """Async twin of `revoke_user_tokens`."""
    io = AsyncWork()
    await io.run(_revoke_user_tokens(io, user, keep))


async def _revoke_user_tokens(io: Work, user: Any, keep: Token | None) -> None:
    section = JWTSettings.current()
    if not section.BLACKLIST_ENABLED:
        raise ConfigError(
            "JWT.BLACKLIST_ENABLED is False: revoking a user's tokens would do nothing.", hint="Set it to True."
        )
    value = getattr(user, section.USER_ID_FIELD, None)
    if value is None:
        raise ValueError(f"{type(user).__name__} has no {section.USER_ID_FIELD!r}: it has no tokens.")
    user_id = str(value)
    if keep is not None and keep.user_id != user_id:
        raise ValueError("keep is a token of another user.")
    if keep is not None and _claims.session_milliseconds(keep.payload) is None:
        raise ValueError("keep is a token without a session.")
    moment = time.time_ns() // 1_000_000
    await io.hook(
        REVOKE_USER,
        section.store,
        user_id,
        before=moment / 1000,
        expires_at=longest_expiry(section),
        keep=keep.sid if keep is not None else None,
    )
    await io.sync(_let_pass, moment)


def _let_pass(moment: int) -> None:
    """Waits for the end of the millisecond: a session that begins in it is refused, one after the call is not."""
    while time.time_ns() // 1_000_000 <= moment:
        time.sleep(0.0005)
