"""Refreshing and logging out: flows over a refresh token; all that blocks shares one crossing."""

from collections.abc import Callable
from typing import Any

from restflow.authentication._faces import ask_class
from restflow.authentication._users import load_user
from restflow.authentication.backends import BLACKLIST, CONSUME, IS_REVOKED, session_entry
from restflow.authentication.errors import TokenError, failed
from restflow.authentication.revocation import ask_store, logger
from restflow.authentication.settings import JWTSettings
from restflow.authentication.signals import token_reuse_detected
from restflow.authentication.tokens import GET_ACCESS_TOKEN, ROTATE, RefreshToken, longest_expiry
from restflow.core import is_async_callable
from restflow.responses._work import Work


async def passes_rule(io: Work, user: Any) -> bool:
    """What `USER_AUTHENTICATION_RULE` says of the user, or of nobody (`None`)."""
    rule: Callable[[Any], Any] = JWTSettings.current().rule
    return bool(await (io.aio if is_async_callable(rule) else io.sync)(rule, user))


async def begin(io: Work, cls: type[RefreshToken], user: Any, claims: Any) -> RefreshToken:
    """A refresh token that begins a session. Raises `AuthenticationFailed` for an inactive user."""
    try:
        token: RefreshToken = await ask_class(io, cls, "for_user", "afor_user", user, claims=claims)
    except TokenError:
        raise failed("no_active_account") from None
    return token


async def redeem(io: Work, token: RefreshToken, request: Any) -> tuple[Any, RefreshToken | None]:
    """The new access token, and with rotation the new refresh token; of concurrent callers one succeeds.

    Raises `AuthenticationFailed` for a token, session or user that is refused, and `ServiceUnavailable`.
    """
    section = JWTSettings.current()
    if section.BLACKLIST_ENABLED and await ask_store(io, IS_REVOKED, token):
        raise failed("token_blacklisted")
    user = await io.sync(load_user, token)
    if not await passes_rule(io, user):
        raise failed("no_active_account")
    if section.BLACKLIST_ENABLED and section.ROTATE_REFRESH_TOKENS:
        await _spend(io, token, request)
    try:
        if not section.ROTATE_REFRESH_TOKENS:
            return await io.hook(GET_ACCESS_TOKEN, token, user), None
        successor: RefreshToken = await io.hook(ROTATE, token, user)
        return await io.hook(GET_ACCESS_TOKEN, successor, user), successor
    except TokenError as error:
        raise failed(error.code) from None


async def _spend(io: Work, token: RefreshToken, request: Any) -> None:
    section = JWTSettings.current()
    previous = token.get("prev")
    first = await ask_store(
        io,
        CONSUME,
        token.jti,
        expires_at=token.exp,
        grace=section.ROTATION_GRACE_PERIOD.total_seconds(),
        previous=previous if isinstance(previous, str) and previous else None,
    )
    if first:
        return
    if section.REUSE_DETECTION:
        if token.sid is not None:
            until = max(token.exp, longest_expiry(section))
            await ask_store(io, BLACKLIST, session_entry(token.sid), expires_at=until)
        logger.warning(
            "A spent refresh token was presented again: jti=%s, sid=%s, user=%s.", token.jti, token.sid, token.user_id
        )
        await io.sync(_tell, token, request)
    raise failed("token_blacklisted")


def _tell(token: RefreshToken, request: Any) -> None:
    token_reuse_detected.send_robust(sender=type(token), token=token, request=request)


async def log_out(io: Work, token: RefreshToken) -> None:
    """Revokes the token's session; of a token without one, the token. Raises `ServiceUnavailable`."""
    if token.sid is None:
        await ask_store(io, BLACKLIST, token.jti, expires_at=token.exp)
    else:
        until = max(token.exp, longest_expiry(JWTSettings.current()))
        await ask_store(io, BLACKLIST, session_entry(token.sid), expires_at=until)
