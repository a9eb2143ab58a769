"""REST framework's authenticators with both faces; on the event loop each crosses to a thread at most once."""

import base64
import binascii
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables
from rest_framework import authentication as drf
from rest_framework.authentication import get_authorization_header
from rest_framework.exceptions import AuthenticationFailed

from restflow.authentication._secret import Secret
from restflow.responses._work import Hook, Work

Scheme = tuple[str, dict[str, Any]]


async def _undefined(authenticator: "BaseAuthentication", io: Work, request: Any) -> Any:
    raise NotImplementedError(f"{type(authenticator).__qualname__} must override authenticate() or aauthenticate().")


async def _basic(authenticator: "BasicAuthentication", io: Work, request: Any) -> Any:
    credentials = _basic_credentials(get_authorization_header(request))
    if credentials is None:
        return None
    return await io.hook(BASIC_CREDENTIALS, authenticator, *credentials, request)


@sensitive_variables()
def _basic_credentials(header: bytes) -> tuple[str, Secret] | None:
    parts = header.split()
    if not parts or parts[0].lower() != b"basic":
        return None
    if len(parts) == 1:
        raise AuthenticationFailed(_("Invalid basic header. No credentials provided."))
    if len(parts) > 2:
        raise AuthenticationFailed(_("Invalid basic header. Credentials string should not contain spaces."))
    try:
        decoded = base64.b64decode(parts[1])
        try:
            text = decoded.decode("utf-8")
        except UnicodeDecodeError:
            text = decoded.decode("latin-1")
        userid, password = text.split(":", 1)
    except (TypeError, ValueError, binascii.Error):
        raise AuthenticationFailed(_("Invalid basic header. Credentials not correctly base64 encoded.")) from None
    return userid, Secret(password)


async def _check_credentials(
    authenticator: "BasicAuthentication", io: Work, userid: str, password: str, request: Any = None
) -> Any:
    if "\0" in userid or "\0" in password:  # PostgreSQL refuses the character with an error
        raise AuthenticationFailed(_("Invalid username/password."))
    check = drf.BasicAuthentication.authenticate_credentials
    return await io.sync(check, authenticator, userid, Secret(password), request)


async def _token(authenticator: "TokenAuthentication", io: Work, request: Any) -> Any:
    key = _token_key(get_authorization_header(request), authenticator.keyword)
    return None if key is None else await io.hook(TOKEN_CREDENTIALS, authenticator, key)


@sensitive_variables()
def _token_key(header: bytes, keyword: str) -> Secret | None:
    parts = header.split()
    if not parts or parts[0].lower() != keyword.lower().encode():
        return None
    if len(parts) == 1:
        raise AuthenticationFailed(_("Invalid token header. No credentials provided."))
    if len(parts) > 2:
        raise AuthenticationFailed(_("Invalid token header. Token string should not contain spaces."))
    try:
        return Secret(parts[1].decode())
    except UnicodeError:
        raise AuthenticationFailed(
            _("Invalid token header. Token string should not contain invalid characters.")
        ) from None


async def _check_token(authenticator: "TokenAuthentication", io: Work, key: str) -> Any:
    if "\0" in key:
        raise AuthenticationFailed(_("Invalid token."))
    return await io.sync(drf.TokenAuthentication.authenticate_credentials, authenticator, Secret(key))


async def _session(authenticator: "SessionAuthentication", io: Work, request: Any) -> Any:
    return await io.sync(_session_user, authenticator, request)


def _session_user(authenticator: "SessionAuthentication", request: Any) -> Any:
    http = request._request
    # What the request's auser() has loaded is not loaded again.
    user = getattr(http, "_acached_user", None) or getattr(http, "user", None)
    if not user or not user.is_active:
        return None
    authenticator.enforce_csrf(request)
    return user, None


async def _remote_user(authenticator: "RemoteUserAuthentication", io: Work, request: Any) -> Any:
    if not request.META.get(authenticator.header):
        return None
    return await io.sync(drf.RemoteUserAuthentication.authenticate, authenticator, request)


AUTHENTICATE = Hook(_undefined, "authenticate")
BASIC = Hook(_basic, "authenticate")
BASIC_CREDENTIALS = Hook(_check_credentials, "authenticate_credentials")
TOKEN = Hook(_token, "authenticate")
TOKEN_CREDENTIALS = Hook(_check_token, "authenticate_credentials")
SESSION = Hook(_session, "authenticate")
REMOTE_USER = Hook(_remote_user, "authenticate")


class BaseAuthentication(drf.BaseAuthentication):
    """Base of authenticators of your own: override `authenticate` or `aauthenticate`; either works in any view."""

    default_faces = True
    sync_equivalent = True

    def authenticate(self, request: Any) -> tuple[Any, Any] | None:
        """`(user, auth)`, or `None` for a client that is not this authenticator's; `AuthenticationFailed` refuses."""
        answer: tuple[Any, Any] | None = AUTHENTICATE.run(self, BaseAuthentication, request)
        return answer

    async def aauthenticate(self, request: Any) -> tuple[Any, Any] | None:
        """Async twin of `authenticate`."""
        answer: tuple[Any, Any] | None = await AUTHENTICATE.arun(self, BaseAuthentication, request)
        return answer


class BasicAuthentication(BaseAuthentication, drf.BasicAuthentication):
    """HTTP Basic; the credentials are checked, and the password hashed, in a thread."""

    default_faces = True
    sync_equivalent = True

    def authenticate(self, request: Any) -> tuple[Any, None] | None:
        """`(user, None)`, or `None` without Basic credentials."""
        answer: tuple[Any, None] | None = BASIC.run(self, BasicAuthentication, request)
        return answer

    async def aauthenticate(self, request: Any) -> tuple[Any, None] | None:
        """Async twin of `authenticate`; one crossing."""
        answer: tuple[Any, None] | None = await BASIC.arun(self, BasicAuthentication, request)
        return answer

    @sensitive_variables()
    def authenticate_credentials(self, userid: str, password: str, request: Any = None) -> tuple[Any, None]:
        """The user of the credentials. Raises `AuthenticationFailed`."""
        hidden = Secret(password)
        answer: tuple[Any, None] = BASIC_CREDENTIALS.run(self, BasicAuthentication, userid, hidden, request)
        return answer

    @sensitive_variables()
    async def aauthenticate_credentials(self, userid: str, password: str, request: Any = None) -> tuple[Any, None]:
        """Async twin of `authenticate_credentials`."""
        hidden = Secret(password)
        answer: tuple[Any, None] = await BASIC_CREDENTIALS.arun(self, BasicAuthentication, userid, hidden, request)
        return answer

    @classmethod
    def get_security_scheme(cls) -> Scheme | None:
        """The component's name and its OpenAPI object."""
        return "basicAuth", {"type": "http", "scheme": "basic"}


class TokenAuthentication(BaseAuthentication, drf.TokenAuthentication):
    """REST framework's database tokens; one query."""

    default_faces = True
    sync_equivalent = True

    def authenticate(self, request: Any) -> tuple[Any, Any] | None:
        """`(user, token)`, or `None` without a token of this keyword."""
        answer: tuple[Any, Any] | None = TOKEN.run(self, TokenAuthentication, request)
        return answer

    async def aauthenticate(self, request: Any) -> tuple[Any, Any] | None:
        """Async twin of `authenticate`; one crossing."""
        answer: tuple[Any, Any] | None = await TOKEN.arun(self, TokenAuthentication, request)
        return answer

    @sensitive_variables()
    def authenticate_credentials(self, key: str) -> tuple[Any, Any]:
        """The user and the row of the key. Raises `AuthenticationFailed`."""
        answer: tuple[Any, Any] = TOKEN_CREDENTIALS.run(self, TokenAuthentication, Secret(key))
        return answer

    @sensitive_variables()
    async def aauthenticate_credentials(self, key: str) -> tuple[Any, Any]:
        """Async twin of `authenticate_credentials`."""
        answer: tuple[Any, Any] = await TOKEN_CREDENTIALS.arun(self, TokenAuthentication, Secret(key))
        return answer

    @classmethod
    def get_security_scheme(cls) -> Scheme | None:
        """The component's name and its OpenAPI object."""
        text = f'Token-based authentication with the required prefix "{cls.keyword}".'
        return "tokenAuth", {"type": "apiKey", "in": "header", "name": "Authorization", "description": text}


class SessionAuthentication(BaseAuthentication, drf.SessionAuthentication):
    """The user of the Django session, with the CSRF check; session, user and check in one crossing."""

    default_faces = True
    sync_equivalent = True

    def authenticate(self, request: Any) -> tuple[Any, None] | None:
        """`(user, None)`, or `None` for anonymous and inactive users; `PermissionDenied` where CSRF fails."""
        answer: tuple[Any, None] | None = SESSION.run(self, SessionAuthentication, request)
        return answer

    async def aauthenticate(self, request: Any) -> tuple[Any, None] | None:
        """Async twin of `authenticate`; one crossing."""
        answer: tuple[Any, None] | None = await SESSION.arun(self, SessionAuthentication, request)
        return answer

    @classmethod
    def get_security_scheme(cls) -> Scheme | None:
        """The component's name and its OpenAPI object."""
        return "cookieAuth", {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME}


class RemoteUserAuthentication(BaseAuthentication, drf.RemoteUserAuthentication):
    """The user that the web server has authenticated; without the header nothing is asked."""

    default_faces = True
    sync_equivalent = True

    def authenticate(self, request: Any) -> tuple[Any, None] | None:
        """`(user, None)`, or `None` without the header or for a user that no backend accepts."""
        answer: tuple[Any, None] | None = REMOTE_USER.run(self, RemoteUserAuthentication, request)
        return answer

    async def aauthenticate(self, request: Any) -> tuple[Any, None] | None:
        """Async twin of `authenticate`; one crossing, none without the header."""
        answer: tuple[Any, None] | None = await REMOTE_USER.arun(self, RemoteUserAuthentication, request)
        return answer

    @classmethod
    def get_security_scheme(cls) -> Scheme | None:
        """`None`: the client sends nothing that a document could describe."""
        return None
