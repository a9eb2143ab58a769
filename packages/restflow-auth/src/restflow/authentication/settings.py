"""The section `JWT` of `RESTFLOW_SETTINGS`."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from functools import cached_property
from typing import Any, Literal

from django.conf import settings

from restflow.authentication._cookies import cookie_problems
from restflow.authentication._keys import KeyMistakeError, KeyRing
from restflow.authentication.backends import BlacklistBackend
from restflow.core import ConfigError, SettingsSection, is_async_callable, option

DEFAULT_BACKEND = "restflow.authentication.jwt.CacheBlacklistBackend"
MAX_MARGIN = timedelta(minutes=10)
REGISTERED_CLAIMS = frozenset({"token_type", "iat", "exp", "nbf", "jti", "sid", "iss", "aud", "prev"})


class JWTSettings(SettingsSection):
    """Tokens: their keys, contents and lifetimes, and how they are revoked."""

    SIGNING_KEY: str | bytes | None = option(None, secret=True)
    """HMAC secret, or private key in PEM. `None`: this process cannot issue tokens."""
    VERIFYING_KEY: str | bytes | None = option(None, secret=True)
    """Public key in PEM. `None` with an asymmetric `SIGNING_KEY`: derived from it."""
    ALGORITHM: str = "HS256"
    """HS256 to HS512, RS256 to RS512, PS256 to PS512, ES256, ES256K, ES384, ES512 or EdDSA."""
    KEY_ID: str | None = None
    """`kid` header of issued tokens. `None`: none for HMAC, the RFC 7638 thumbprint for asymmetric keys."""
    VERIFYING_KEYS: Mapping[str, str | bytes | Mapping[str, str | bytes]] = option(factory=dict, secret=True)
    """Further accepted keys by `kid`: a key, or `{"key": ..., "algorithm": ...}`; `""` is for tokens without `kid`."""
    ACCESS_TOKEN_LIFETIME: timedelta = timedelta(minutes=5)
    """How long an access token is valid."""
    REFRESH_TOKEN_LIFETIME: timedelta = timedelta(days=1)
    """How long a refresh token is valid."""
    SESSION_LIFETIME: timedelta | None = None
    """No token of a session outlives its login by more than this, however often it is rotated."""
    ISSUER: str | None = None
    """`iss`: written, and required to be equal."""
    AUDIENCE: str | Sequence[str] | None = None
    """`aud`: written, and required to overlap."""
    LEEWAY: int | float | timedelta = 0
    """Clock skew (seconds) allowed on `exp`, `nbf` and `iat`; at most ten minutes."""
    USER_ID_CLAIM: str = "user_id"
    """The claim that holds the user's id."""
    USER_ID_FIELD: str = "id"
    """The user's field that is the id; one of `USER_ID_FIELD_ALLOWLIST`."""
    USER_ID_FIELD_ALLOWLIST: Sequence[str] = ("id", "pk", "uuid", "username", "email")
    """Fields that may be put into a token."""
    AUTH_HEADER_TYPES: Sequence[str] = ("Bearer",)
    """Accepted schemes of the `Authorization` header; the first is the challenge's."""
    MAX_TOKEN_LENGTH: int = 8192
    """Longer tokens (characters) are refused unread; 512 to 65536."""
    BLACKLIST_ENABLED: bool = True
    """Whether the revocation store is consulted."""
    BLACKLIST_BACKEND: str | type | BlacklistBackend = option(DEFAULT_BACKEND, dotted=True)
    """The revocation store: a `BlacklistBackend` class, its dotted path, or an instance."""
    BLACKLIST_CACHE_ALIAS: str = "default"
    """The cache of `CacheBlacklistBackend`."""
    BLACKLIST_ALLOW_LOCMEM: bool = False
    """Permits a cache that each process has for itself."""
    BLACKLIST_ACCESS_POLICY: Literal["enforce", "best_effort", "off"] = "enforce"
    """Whether access tokens are checked against the store, and what its failure means for them."""
    ROTATE_REFRESH_TOKENS: bool = True
    """Whether a refresh returns a new refresh token and spends the old one."""
    ROTATION_GRACE_PERIOD: timedelta = timedelta(0)
    """How long the newest spent refresh token may be redeemed again; at most ten minutes."""
    REUSE_DETECTION: bool = True
    """Whether a spent refresh token that is presented again revokes its session."""
    CHECK_USER_IS_ACTIVE: bool = True
    """Whether inactive users are refused."""
    CHECK_REVOKE_TOKEN: bool = False
    """Whether tokens carry a fingerprint of the password hash, so that a change of password ends them."""
    REVOKE_TOKEN_CLAIM: str = "hash_password"
    """The claim that holds the fingerprint."""
    USER_AUTHENTICATION_RULE: str | Callable[..., Any] = option(
        "restflow.authentication.jwt.default_user_authentication_rule", dotted=True
    )
    """A callable of the user, sync or async: the gate at login and at refresh."""
    UPDATE_LAST_LOGIN: bool = False
    """Whether a login through `TokenObtainView` updates `last_login`."""
    REFRESH_COOKIE: Mapping[str, Any] | None = None
    """Keeps the refresh token in an HttpOnly cookie: `name`, `path`, `domain`, `samesite`, `secure`."""

    def problems(self) -> Iterable[str]:
        """What is wrong across keys."""
        try:
            _ = self.keys
        except KeyMistakeError as problem:
            yield str(problem)
        yield from self._range_problems()
        yield from self._claim_problems()
        if not self.AUTH_HEADER_TYPES or not all(_is_scheme(scheme) for scheme in self.AUTH_HEADER_TYPES):
            yield "AUTH_HEADER_TYPES: expected at least one scheme, each one word of ASCII characters"
        if self.BLACKLIST_BACKEND == DEFAULT_BACKEND and self.BLACKLIST_CACHE_ALIAS not in settings.CACHES:
            yield "BLACKLIST_CACHE_ALIAS names no cache of CACHES"
        if self.REFRESH_COOKIE is not None:
            yield from cookie_problems(self.REFRESH_COOKIE)

    def _range_problems(self) -> Iterator[str]:
        for name in ("ACCESS_TOKEN_LIFETIME", "REFRESH_TOKEN_LIFETIME", "SESSION_LIFETIME"):
            value = getattr(self, name)
            if value is not None and value <= timedelta(0):
                yield f"{name}: expected a positive duration"
        if not timedelta(0) <= self.ROTATION_GRACE_PERIOD <= MAX_MARGIN:
            yield "ROTATION_GRACE_PERIOD: expected 0 to 10 minutes"
        if not 0 <= self.leeway <= MAX_MARGIN.total_seconds():  # false for NaN too
            yield "LEEWAY: expected 0 to 10 minutes"
        if not 512 <= self.MAX_TOKEN_LENGTH <= 65536:
            yield "MAX_TOKEN_LENGTH: expected 512 to 65536"

    def _claim_problems(self) -> Iterator[str]:
        if not self.USER_ID_CLAIM or self.USER_ID_CLAIM in REGISTERED_CLAIMS:
            yield "USER_ID_CLAIM is empty or the name of a reserved claim"
        if not self.REVOKE_TOKEN_CLAIM or self.REVOKE_TOKEN_CLAIM in REGISTERED_CLAIMS | {"sub", self.USER_ID_CLAIM}:
            yield "REVOKE_TOKEN_CLAIM is empty, the name of a reserved claim, or the same as USER_ID_CLAIM"
        if self.USER_ID_FIELD not in self.USER_ID_FIELD_ALLOWLIST:
            allowed = ", ".join(self.USER_ID_FIELD_ALLOWLIST)
            yield f"USER_ID_FIELD is not in USER_ID_FIELD_ALLOWLIST ({allowed})"

    @cached_property
    def leeway(self) -> float:
        """`LEEWAY` in seconds."""
        return self.LEEWAY.total_seconds() if isinstance(self.LEEWAY, timedelta) else float(self.LEEWAY)

    @cached_property
    def reserved_claims(self) -> frozenset[str]:
        """The claims that no custom claim may be called."""
        return REGISTERED_CLAIMS | {self.USER_ID_CLAIM, self.REVOKE_TOKEN_CLAIM}

    @cached_property
    def header_types(self) -> frozenset[bytes]:
        """`AUTH_HEADER_TYPES` as the header is compared: lower case bytes."""
        return frozenset(scheme.lower().encode() for scheme in self.AUTH_HEADER_TYPES)

    @cached_property
    def keys(self) -> KeyRing:
        """The parsed keys; parsed once per change of settings."""
        return KeyRing(self.ALGORITHM, self.SIGNING_KEY, self.VERIFYING_KEY, self.KEY_ID, self.VERIFYING_KEYS)

    @property
    def uses_tokens(self) -> bool:
        """Whether the project has set a key at all."""
        return self.SIGNING_KEY is not None or self.VERIFYING_KEY is not None

    @cached_property
    def store(self) -> BlacklistBackend:
        """The revocation store; one instance until settings change. Raises `ConfigError`."""
        return _store(self.load("BLACKLIST_BACKEND"))

    @cached_property
    def rule(self) -> Callable[..., Any]:
        """The rule of `USER_AUTHENTICATION_RULE`. Raises `ConfigError` for what cannot be called."""
        rule: Any = self.load("USER_AUTHENTICATION_RULE")
        if not callable(rule):
            raise ConfigError(
                f"JWT.USER_AUTHENTICATION_RULE: expected a callable, got {type(rule).__name__}.",
                hint="Name a function of one argument, the user.",
            )
        return rule  # type: ignore[no-any-return]

    def __getstate__(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self._keys}


def _is_scheme(scheme: str) -> bool:
    return bool(scheme) and scheme.isascii() and scheme.isprintable() and not set(scheme) & set(' ",=')


def _store(backend: Any) -> BlacklistBackend:
    cls = backend if isinstance(backend, type) else type(backend)
    if not issubclass(cls, BlacklistBackend):
        raise ConfigError(
            f"JWT.BLACKLIST_BACKEND: expected a BlacklistBackend, got {cls.__module__}.{cls.__qualname__}.",
            hint="Subclass restflow.authentication.BlacklistBackend.",
        )
    for name in ("blacklist", "is_blacklisted"):
        if is_async_callable(getattr(cls, name)):
            raise ConfigError(
                f"{cls.__module__}.{cls.__qualname__}.{name}() is a coroutine function.",
                hint=f"Rename it to a{name}: a coroutine is true, and would refuse every token.",
            )
    return backend() if isinstance(backend, type) else backend  # type: ignore[no-any-return]
