"""What stands in a token: its claims built, its claims judged, and the session that they belong to.

Pure functions of the settings, the user object and the clock; no I/O.
"""

import os
import secrets
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from operator import attrgetter
from typing import Any

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.functional import Promise
from django.views.decorators.debug import sensitive_variables

from restflow.authentication.errors import TokenError
from restflow.authentication.settings import JWTSettings
from restflow.core import ConfigError

MAX_TIME = 253402300799
"""The last second of the year 9999: the last that `datetime` can hold."""
MAX_ID = 255
MAX_SESSION_ID = 64

Audience = str | Sequence[str] | None
UserClaims = Mapping[str, str | Callable[[Any], Any]]


def check(claims: Mapping[str, Any], section: JWTSettings, audience: Audience) -> None:
    """Raises `TokenError` for the first thing wrong with the claims, `token_type` and `sid` aside."""
    exp, iat, jti, nbf = claims.get("exp"), claims.get("iat"), claims.get("jti"), claims.get("nbf", 0)
    if not (_is_time(exp) and _is_time(iat) and _is_time(nbf)):
        raise TokenError("invalid_token")
    if type(jti) is not str or not 0 < len(jti) <= MAX_ID:
        raise TokenError("invalid_token")
    if section.ISSUER is not None and claims.get("iss") != section.ISSUER:
        raise TokenError("invalid_token")
    if (audience is not None or "aud" in claims) and not _overlap(claims.get("aud"), audience):
        raise TokenError("invalid_token")
    now = time.time()
    if max(nbf, iat) > now + section.leeway:
        raise TokenError("token_not_yet_valid")
    if exp + section.leeway <= now:  # type: ignore[operator]
        raise TokenError("token_expired")


def check_session_id(claims: Mapping[str, Any]) -> None:
    """Raises `TokenError` for a session id of the wrong form."""
    if "sid" in claims and not (type(claims["sid"]) is str and 0 < len(claims["sid"]) <= MAX_SESSION_ID):
        raise TokenError("invalid_token")


def _is_time(value: object) -> bool:
    return (type(value) is int or type(value) is float) and 0 <= value <= MAX_TIME


def _overlap(found: object, expected: Audience) -> bool:
    if expected is None:
        return False  # RFC 7519 §4.1.3: a token for somebody else
    wanted = {expected} if isinstance(expected, str) else set(expected)
    if isinstance(found, str):
        return found in wanted
    return isinstance(found, list) and any(isinstance(item, str) and item in wanted for item in found)


def new_session_id(milliseconds: int) -> str:
    """A UUID version 7 (RFC 9562 §5.7) that tells when its session began."""
    noise = int.from_bytes(os.urandom(10), "big")
    value = (milliseconds & (1 << 48) - 1) << 80 | noise
    value = value & ~(0xF << 76) | 7 << 76
    return str(uuid.UUID(int=value & ~(0x3 << 62) | 0x2 << 62))


def session_start(claims: Mapping[str, Any]) -> float:
    """When the token's session began, seconds of the epoch: by its session id, else when the token was issued."""
    if (moment := session_milliseconds(claims)) is not None:
        return moment / 1000
    return float(claims["iat"])


def session_milliseconds(claims: Mapping[str, Any]) -> int | None:
    """The millisecond in the session id; `None` for a token without one, or with another library's."""
    sid = claims.get("sid")
    if not isinstance(sid, str):
        return None
    try:
        parsed = uuid.UUID(sid)
    except ValueError:
        return None
    return parsed.int >> 80 if parsed.version == 7 else None


def stamp(
    section: JWTSettings, token_type: str, lifetime: timedelta, *, start: float | None = None, audience: Audience
) -> dict[str, Any]:
    """The registered claims of a new token. Raises `TokenError` where its session has outlived `SESSION_LIFETIME`."""
    now = int(time.time())
    exp = now + int(lifetime.total_seconds())
    if section.SESSION_LIFETIME is not None:
        exp = min(exp, int((now if start is None else start) + section.SESSION_LIFETIME.total_seconds()))
        if exp <= now:
            raise TokenError("token_expired")
    claims: dict[str, Any] = {"token_type": token_type, "exp": exp, "iat": now, "jti": secrets.token_urlsafe(16)}
    if section.ISSUER is not None:
        claims["iss"] = section.ISSUER
    if audience is not None:
        claims["aud"] = audience if isinstance(audience, str) else list(audience)
    return claims


def identity(user: Any, section: JWTSettings) -> dict[str, Any]:
    """The claims that say who the user is. Raises `ValueError`, `TokenError` and `ConfigError`."""
    value = getattr(user, section.USER_ID_FIELD, None)
    if value is None:
        raise ValueError(
            f"No token for {type(user).__name__}: it has no {section.USER_ID_FIELD!r}; save the user, or log one in."
        )
    if section.CHECK_USER_IS_ACTIVE and not getattr(user, "is_active", True):
        raise TokenError("user_inactive")
    if section.USER_ID_CLAIM == "sub" or type(value) is not int:
        value = str(value)
    claims = {section.USER_ID_CLAIM: value}
    if section.CHECK_REVOKE_TOKEN:
        claims[section.REVOKE_TOKEN_CLAIM] = fingerprint(user)
    return claims


@sensitive_variables()
def fingerprint(user: Any, secret: str | bytes | None = None) -> str:
    """What changes with the user's password: keyed, because a token can be read by its bearer."""
    password = getattr(user, "password", None)
    if not isinstance(password, str):
        raise ConfigError(
            f"JWT.CHECK_REVOKE_TOKEN: {type(user).__name__} has no password.", hint="Set it to False for such users."
        )
    return salted_hmac("restflow.authentication.password", password, secret=secret, algorithm="sha256").hexdigest()


@sensitive_variables()
def same_password(user: Any, claimed: object) -> bool:
    """Whether the fingerprint in a token is that of the user's password now, under any key that is still accepted."""
    if not isinstance(claimed, str) or not claimed.isascii():
        return False
    secrets_accepted = (None, *settings.SECRET_KEY_FALLBACKS)
    return any(constant_time_compare(fingerprint(user, secret), claimed) for secret in secrets_accepted)


def refuse_reserved(claims: Mapping[str, Any], section: JWTSettings, *, computed: UserClaims) -> None:
    """Raises `ValueError` for a custom claim with a reserved name, or one that the class computes too."""
    for name in (*claims, *computed):
        if name in section.reserved_claims:
            raise ValueError(f"The claim {name!r} is reserved; choose another name.")
    if both := claims.keys() & computed.keys():
        raise ValueError(f"The claim {min(both)!r} is in user_claims of the token class too; choose another name.")


def compute(user: Any, computed: UserClaims) -> dict[str, Any]:
    """The claims that a token class computes of the user; `None` leaves one out. May query the database."""
    found = {}
    for name, source in computed.items():
        value = attrgetter(source)(user) if isinstance(source, str) else source(user)
        if value is not None:
            found[name] = str(value) if isinstance(value, Promise) else value
    return found


def user_id(claims: Mapping[str, Any], section: JWTSettings) -> str:
    """The user's id as the store knows it; empty for a token that names nobody."""
    value = claims.get(section.USER_ID_CLAIM)
    return str(value) if isinstance(value, str) or type(value) is int else ""
