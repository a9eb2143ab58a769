"""`JWTAuthentication`: the user of an access token."""

from typing import Any, ClassVar

from django.views.decorators.debug import sensitive_variables
from rest_framework.authentication import get_authorization_header
from rest_framework.exceptions import AuthenticationFailed

from restflow.authentication._users import load_user, user_key
from restflow.authentication.authenticators import BaseAuthentication, Scheme
from restflow.authentication.errors import MESSAGES, TokenError, failed
from restflow.authentication.revocation import refuse_revoked_access
from restflow.authentication.settings import JWTSettings
from restflow.authentication.token_user import TokenUser
from restflow.authentication.tokens import AccessToken
from restflow.responses._work import Hook, Work

_FAILURE = "_restflow_token_failure"


async def _authenticate(authenticator: "JWTAuthentication", io: Work, request: Any) -> Any:
    try:
        token = authenticator._verified(request)
        if token is None:
            return None
        await refuse_revoked_access(io, token)
        return await io.hook(GET_USER, authenticator, token), token
    except AuthenticationFailed as error:
        setattr(request, _FAILURE, getattr(error.detail, "code", None))
        raise


async def _load(authenticator: "JWTAuthentication", io: Work, token: AccessToken) -> Any:
    return await io.sync(load_user, token)


async def _make(authenticator: "JWTStatelessUserAuthentication", io: Work, token: AccessToken) -> TokenUser:
    return TokenUser(token, user_key(token, JWTSettings.current()))


AUTHENTICATE = Hook(_authenticate, "authenticate")
GET_USER = Hook(_load, "get_user")
MAKE_USER = Hook(_make, "get_user")


class JWTAuthentication(BaseAuthentication):
    """The user of the access token in the `Authorization` header; one crossing, one question to the blacklist."""

    default_faces = True
    sync_equivalent = True

    www_authenticate_realm = "api"
    """The realm of the challenge."""
    access_token_class: ClassVar[type[AccessToken]] = AccessToken
    """The class whose `verify` is used."""

    def authenticate(self, request: Any) -> tuple[Any, AccessToken] | None:
        """`(user, token)`, or `None` without a token of an accepted scheme. Raises `AuthenticationFailed`.

        `ServiceUnavailable` where the blacklist fails and the policy is `enforce`.
        """
        answer: tuple[Any, AccessToken] | None = AUTHENTICATE.run(self, JWTAuthentication, request)
        return answer

    async def aauthenticate(self, request: Any) -> tuple[Any, AccessToken] | None:
        """Async twin of `authenticate`."""
        answer: tuple[Any, AccessToken] | None = await AUTHENTICATE.arun(self, JWTAuthentication, request)
        return answer

    def get_user(self, token: AccessToken) -> Any:
        """The user of a verified token, checked. Raises `AuthenticationFailed`."""
        return GET_USER.run(self, JWTAuthentication, token)

    async def aget_user(self, token: AccessToken) -> Any:
        """Async twin of `get_user`."""
        return await GET_USER.arun(self, JWTAuthentication, token)

    @sensitive_variables()
    def get_raw_token(self, request: Any) -> str | None:
        """The token that the request brings, `None` without one; override it for another transport.

        Raises `AuthenticationFailed` for a header of an accepted scheme that is not exactly two words.
        """
        header = get_authorization_header(request)
        parts = header.split()
        if not parts or parts[0].lower() not in JWTSettings.current().header_types:
            return None
        if len(parts) != 2:
            raise failed("invalid_authorization_header")
        try:
            return parts[1].decode("ascii")
        except UnicodeDecodeError:
            raise failed("invalid_token") from None

    @sensitive_variables()
    def _verified(self, request: Any) -> AccessToken | None:
        raw = self.get_raw_token(request)
        if raw is None:
            return None
        try:
            return self.access_token_class.verify(raw)
        except TokenError as error:
            raise failed(error.code) from None

    def authenticate_header(self, request: Any) -> str:
        """The challenge; after a failed token, and only then, it says why (RFC 6750 §3.1)."""
        challenge = f'{JWTSettings.current().AUTH_HEADER_TYPES[0]} realm="{self.www_authenticate_realm}"'
        if not hasattr(request, _FAILURE):
            return challenge
        code = getattr(request, _FAILURE)
        return error_challenge(challenge, code if code in MESSAGES else "invalid_token")

    @classmethod
    def get_security_scheme(cls) -> Scheme | None:
        """The component's name and its OpenAPI object."""
        scheme = JWTSettings.current().AUTH_HEADER_TYPES[0]
        if scheme.lower() == "bearer":
            return "jwtAuth", {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
        text = f'JSON Web Token with the required prefix "{scheme}".'
        return "jwtAuth", {"type": "apiKey", "in": "header", "name": "Authorization", "description": text}


def error_challenge(challenge: str, code: str) -> str:
    """The challenge with the reason of a refusal."""
    return f'{challenge}, error="invalid_token", error_description="{code}"'


class JWTStatelessUserAuthentication(JWTAuthentication):
    """A `TokenUser` made of the token, without a query.

    An account that is deactivated, or whose password changes, is not noticed until the access token expires.
    """

    sync_equivalent = True  # no default_faces: these are overrides of the base's

    def get_user(self, token: AccessToken) -> Any:
        """The `TokenUser` of a verified token. Raises `AuthenticationFailed` for an id the user model cannot have."""
        return MAKE_USER.run(self, JWTStatelessUserAuthentication, token)

    async def aget_user(self, token: AccessToken) -> Any:
        """Async twin of `get_user`."""
        return await MAKE_USER.arun(self, JWTStatelessUserAuthentication, token)
