"""`AccessToken` and `RefreshToken`: issued, verified, rotated, revoked."""

import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, ClassVar, Self

from django.views.decorators.debug import sensitive_variables

from restflow.authentication import _claims, _compact
from restflow.authentication._claims import Audience, UserClaims
from restflow.authentication._faces import arun_class, run_class
from restflow.authentication.backends import BLACKLIST, session_entry
from restflow.authentication.errors import TokenError
from restflow.authentication.settings import JWTSettings
from restflow.core import finish, in_thread
from restflow.responses._work import AsyncWork, Hook, SyncWork, Work

Claims = Mapping[str, Any]


class Token:
    """What access and refresh tokens share. Built directly it is a container: nothing is signed or checked."""

    default_faces = True
    sync_equivalent = True

    lifetime: ClassVar[timedelta | None] = None
    """How long tokens of this class are valid; `None`: as the settings say."""
    audience: ClassVar[Audience] = None
    """`aud` of issued tokens, required of verified ones; `None`: as the settings say."""
    user_claims: ClassVar[UserClaims] = {}
    """Claims computed of the user at issue and at every refresh: name to attribute path, or to a callable."""
    token_type: str
    payload: dict[str, Any]
    """The claims; changing them does not change the signed string."""
    raw: str
    """The signed string."""

    _type: ClassVar[str] = ""

    @sensitive_variables()
    def __init__(self, *, payload: dict[str, Any], raw: str, token_type: str | None = None) -> None:
        self.payload = payload
        self.raw = raw
        self.token_type = token_type or self._type

    @classmethod
    def for_user(cls, user: Any, *, claims: Claims | None = None, lifetime: timedelta | None = None) -> Self:
        """A signed token that begins a session of the user.

        `claims` are facts about the session, kept in all its tokens; `lifetime` is for this token alone. Raises
        `ValueError` for a user without an id, a reserved claim or a token too long, `TypeError` for a claim that JSON
        has no form for, `TokenError` for an inactive user and `ConfigError` for wrong settings.
        """
        token: Self = run_class(
            cls,
            Token,
            "for_user",
            lambda: cls._issued(user, claims or {}, lifetime),
            user,
            claims=claims,
            lifetime=lifetime,
        )
        return token

    @classmethod
    async def afor_user(cls, user: Any, *, claims: Claims | None = None, lifetime: timedelta | None = None) -> Self:
        """Async twin of `for_user`; no crossing but for a class with `user_claims`, which may query."""

        async def default() -> Any:
            if cls.user_claims:
                return await in_thread(cls._issued, user, claims or {}, lifetime)
            return cls._issued(user, claims or {}, lifetime)

        token: Self = await arun_class(cls, Token, "for_user", default, user, claims=claims, lifetime=lifetime)
        return token

    @classmethod
    def _issued(cls, user: Any, claims: Claims, lifetime: timedelta | None) -> Self:
        section = JWTSettings.current()
        section.keys.signer()
        _claims.refuse_reserved(claims, section, computed=cls.user_claims)
        if lifetime is not None and lifetime <= timedelta(0):
            raise ValueError("lifetime must be positive.")
        known = _claims.identity(user, section)
        payload = cls._stamped(section, lifetime=lifetime)
        payload["sid"] = _claims.new_session_id(time.time_ns() // 1_000_000)
        return cls._signed({**payload, **known, **claims, **_claims.compute(user, cls.user_claims)}, section)

    @classmethod
    def _stamped(
        cls, section: JWTSettings, *, lifetime: timedelta | None = None, start: float | None = None
    ) -> dict[str, Any]:
        if lifetime is None:
            lifetime = cls.lifetime or cls._default_lifetime(section)
        return _claims.stamp(section, cls._type, lifetime, start=start, audience=cls._audience(section))

    @classmethod
    def _default_lifetime(cls, section: JWTSettings) -> timedelta:
        return section.ACCESS_TOKEN_LIFETIME

    @classmethod
    def _audience(cls, section: JWTSettings) -> Audience:
        return section.AUDIENCE if cls.audience is None else cls.audience

    @classmethod
    def _signed(cls, payload: dict[str, Any], section: JWTSettings) -> Self:
        raw = _compact.encode(payload, section.keys, section.MAX_TOKEN_LENGTH)
        return cls(payload=payload, raw=raw, token_type=cls._type)

    @classmethod
    @sensitive_variables()
    def verify(cls, raw: str | bytes) -> Self:
        """The token that the string is; no I/O. Raises `TokenError` for one that is refused."""
        section = JWTSettings.current()
        payload = _compact.decode(raw, section.keys, section.MAX_TOKEN_LENGTH)
        _claims.check(payload, section, cls._audience(section))
        if payload.get("token_type") != cls._type:
            raise TokenError("wrong_token_type")
        _claims.check_session_id(payload)
        return cls(payload=payload, raw=raw if isinstance(raw, str) else raw.decode("ascii"), token_type=cls._type)

    @property
    def jti(self) -> str:
        """The token's own id."""
        jti: str = self.payload["jti"]
        return jti

    @property
    def exp(self) -> int:
        """When it expires, seconds of the epoch."""
        return int(self.payload["exp"])

    @property
    def iat(self) -> int:
        """When it was issued, seconds of the epoch."""
        return int(self.payload["iat"])

    @property
    def sid(self) -> str | None:
        """The id of its session; `None` on tokens that another library issued."""
        return self.payload.get("sid")

    @property
    def user_id(self) -> str:
        """The user's id as text; empty where the token names nobody."""
        return _claims.user_id(self.payload, JWTSettings.current())

    @property
    def is_redeemed_once(self) -> bool:
        """Whether redeeming the token spends it: then the store's `consume` judges its own id."""
        return self._type == "refresh" and JWTSettings.current().ROTATE_REFRESH_TOKENS

    def get(self, claim: str, default: Any = None) -> Any:
        """A claim, or the default."""
        return self.payload.get(claim, default)

    def __getitem__(self, claim: str) -> Any:
        return self.payload[claim]

    def __contains__(self, claim: object) -> bool:
        return claim in self.payload

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Token):
            return NotImplemented
        return type(self) is type(other) and self.raw == other.raw

    def __hash__(self) -> int:
        return hash((type(self), self.raw))

    def __str__(self) -> str:
        return self.raw

    def __repr__(self) -> str:
        claim = JWTSettings.current().USER_ID_CLAIM
        shown = ("jti", "sid", "exp", claim)
        return f"<{type(self).__qualname__} {' '.join(f'{name}={self.payload.get(name)!r}' for name in shown)}>"

    def blacklist(self) -> None:
        """Revokes this one token until it expires. Errors of the store come through."""
        finish(self._record(SyncWork("ablacklist()"), self.jti, self.exp))

    async def ablacklist(self) -> None:
        """Async twin of `blacklist`."""
        io = AsyncWork()
        await io.run(self._record(io, self.jti, self.exp))

    def revoke_session(self) -> None:
        """Revokes every token of the session; of a token without one, that token. Errors of the store come through."""
        finish(self._revoke_session(SyncWork("arevoke_session()")))

    async def arevoke_session(self) -> None:
        """Async twin of `revoke_session`."""
        io = AsyncWork()
        await io.run(self._revoke_session(io))

    async def _revoke_session(self, io: Work) -> None:
        if self.sid is None:
            await self._record(io, self.jti, self.exp)
        else:
            until = max(self.exp, longest_expiry(JWTSettings.current()))
            await self._record(io, session_entry(self.sid), until)

    async def _record(self, io: Work, entry: str, until: int) -> None:
        await io.hook(BLACKLIST, JWTSettings.current().store, entry, expires_at=until)


def longest_expiry(section: JWTSettings) -> int:
    """When the last of the tokens that may have been issued by now expires, seconds of the epoch."""
    lifetimes = [section.ACCESS_TOKEN_LIFETIME, section.REFRESH_TOKEN_LIFETIME]
    classes: list[type[Token]] = [Token]
    while classes:
        cls = classes.pop()
        classes += cls.__subclasses__()
        if cls.lifetime is not None:
            lifetimes.append(cls.lifetime)
    return int(time.time() + max(lifetimes).total_seconds()) + 1


class AccessToken(Token):
    """A short-lived token, sent with every request."""

    _type = "access"


async def _default_access_token(token: "RefreshToken", io: Work, user: Any = None) -> AccessToken:
    cls = token.access_token_class
    if user is not None and (token.user_claims or cls.user_claims):
        access: AccessToken = await io.sync(token._minted, cls, user)
        return access
    plain: AccessToken = token._minted(cls, user)
    return plain


async def _default_rotate(token: "RefreshToken", io: Work, user: Any = None) -> "RefreshToken":
    if user is not None and token.user_claims:
        rotated: RefreshToken = await io.sync(token._minted, type(token), user)
        return rotated
    plain: RefreshToken = token._minted(type(token), user)
    return plain


GET_ACCESS_TOKEN = Hook(_default_access_token, "get_access_token")
ROTATE = Hook(_default_rotate, "rotate")


class RefreshToken(Token):
    """A long-lived token, redeemed for new ones."""

    access_token_class: ClassVar[type[AccessToken]] = AccessToken
    """The class of the access tokens of the session."""
    no_copy_claims: ClassVar[frozenset[str]] = frozenset()
    """Custom claims that stay out of access tokens."""

    default_faces = True
    sync_equivalent = True

    _type = "refresh"

    @classmethod
    def _default_lifetime(cls, section: JWTSettings) -> timedelta:
        return section.REFRESH_TOKEN_LIFETIME

    @property
    def access_token(self) -> AccessToken:
        """A new access token of the session, each time it is read."""
        return self.get_access_token()

    def get_access_token(self, user: Any = None) -> AccessToken:
        """A new access token of the session; given the user, what is computed of it is computed again.

        Raises `TokenError` where the session has outlived `SESSION_LIFETIME`.
        """
        token: AccessToken = GET_ACCESS_TOKEN.run(self, RefreshToken, user)
        return token

    async def aget_access_token(self, user: Any = None) -> AccessToken:
        """Async twin of `get_access_token`; a crossing only where something is computed of the user."""
        token: AccessToken = await GET_ACCESS_TOKEN.arun(self, RefreshToken, user)
        return token

    def rotate(self, user: Any = None) -> Self:
        """A new refresh token of the session. Mints only; it spends nothing.

        Raises `TokenError` where the session has outlived `SESSION_LIFETIME`.
        """
        token: Self = ROTATE.run(self, RefreshToken, user)
        return token

    async def arotate(self, user: Any = None) -> Self:
        """Async twin of `rotate`."""
        token: Self = await ROTATE.arun(self, RefreshToken, user)
        return token

    def _minted(self, cls: type[Any], user: Any) -> Any:
        """A successor of the session: `cls` is an access token's class, or the refresh token's own."""
        section = JWTSettings.current()
        rotates = cls._type == self._type
        payload = cls._stamped(section, start=_claims.session_start(self.payload))
        if self.sid is not None:
            payload["sid"] = self.sid
        elif rotates:  # another library's token: its session has begun when it was issued
            payload["sid"] = _claims.new_session_id(int(_claims.session_start(self.payload) * 1000))
        for claim in (section.USER_ID_CLAIM, section.REVOKE_TOKEN_CLAIM):
            if claim in self.payload:
                payload[claim] = self.payload[claim]
        if rotates and section.ROTATION_GRACE_PERIOD:
            payload["prev"] = self.jti
        return cls._signed({**self._custom(section, cls, user), **payload}, section)

    def _custom(self, section: JWTSettings, cls: type[Token], user: Any) -> dict[str, Any]:
        computed = {**self.user_claims, **cls.user_claims}
        _claims.refuse_reserved({}, section, computed=computed)
        dropped = section.reserved_claims | (computed.keys() if user is not None else set())
        custom = {name: value for name, value in self.payload.items() if name not in dropped}
        if user is not None:
            custom |= _claims.compute(user, computed)
        if cls._type != self._type:
            custom = {name: value for name, value in custom.items() if name not in self.no_copy_claims}
        return custom


def build_jwt_payload(user: Any, *, token_type: str, lifetime: timedelta) -> dict[str, Any]:
    """The claims of a token that begins a session of the user, for projects that compose tokens by hand.

    Raises what `for_user` raises; `ValueError` for a `token_type` that is neither `"access"` nor `"refresh"`.
    """
    if token_type not in ("access", "refresh"):
        raise ValueError('token_type must be "access" or "refresh".')
    section = JWTSettings.current()
    known = _claims.identity(user, section)
    payload = _claims.stamp(section, token_type, lifetime, audience=section.AUDIENCE)
    return {**payload, "sid": _claims.new_session_id(time.time_ns() // 1_000_000), **known}


def encode_token(payload: Claims) -> str:
    """The signed string of claims. Raises `TypeError`, `ValueError` and `ConfigError`."""
    section = JWTSettings.current()
    return _compact.encode(dict(payload), section.keys, section.MAX_TOKEN_LENGTH)


@sensitive_variables()
def decode_token(raw: str | bytes) -> dict[str, Any]:
    """The checked claims of a token of either type. Raises `TokenError`."""
    section = JWTSettings.current()
    payload = _compact.decode(raw, section.keys, section.MAX_TOKEN_LENGTH)
    _claims.check(payload, section, section.AUDIENCE)
    _claims.check_session_id(payload)
    return payload
