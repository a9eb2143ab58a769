"""Authenticators for projects on djangorestframework-simplejwt: its behaviour and its settings, with both faces."""

from typing import Any

from restflow.authentication.authenticators import BaseAuthentication, Scheme
from restflow.responses._work import Hook, Work

try:
    from rest_framework_simplejwt import authentication as simplejwt
    from rest_framework_simplejwt.settings import api_settings
    from rest_framework_simplejwt.tokens import AccessToken
except ImportError as error:
    raise ImportError(
        "restflow.authentication.simplejwt needs djangorestframework-simplejwt: pip install restflow[simplejwt]"
    ) from error


async def _authenticate(authenticator: "SimpleJWTAuthentication", io: Work, request: Any) -> Any:
    header = authenticator.get_header(request)
    raw = None if header is None else authenticator.get_raw_token(header)
    if raw is None:
        return None
    if authenticator._is_pure():
        token = authenticator.get_validated_token(raw)
    else:
        # In a closure, so that no frame on the way shows the token.
        token = await io.sync(lambda: authenticator.get_validated_token(raw))
    return await io.hook(GET_USER, authenticator, token), token


async def _get_user(authenticator: "SimpleJWTAuthentication", io: Work, validated_token: Any) -> Any:
    return await io.sync(simplejwt.JWTAuthentication.get_user, authenticator, validated_token)


async def _get_stateless_user(authenticator: "SimpleJWTStatelessUserAuthentication", io: Work, token: Any) -> Any:
    get_user = simplejwt.JWTStatelessUserAuthentication.get_user
    if authenticator._is_pure():
        return get_user(authenticator, token)
    return await io.sync(get_user, authenticator, token)


AUTHENTICATE = Hook(_authenticate, "authenticate")
GET_USER = Hook(_get_user, "get_user")
GET_STATELESS_USER = Hook(_get_stateless_user, "get_user")


class SimpleJWTAuthentication(BaseAuthentication, simplejwt.JWTAuthentication):
    """simplejwt's `JWTAuthentication`; on the event loop, validation and user share one crossing."""

    default_faces = True
    sync_equivalent = True

    def _is_pure(self) -> bool:
        """Whether validating a token and making its user can do no I/O."""
        return False

    def authenticate(self, request: Any) -> tuple[Any, Any] | None:
        """`(user, validated token)`, or `None` without a token. Raises simplejwt's own exceptions."""
        answer: tuple[Any, Any] | None = AUTHENTICATE.run(self, SimpleJWTAuthentication, request)
        return answer

    async def aauthenticate(self, request: Any) -> tuple[Any, Any] | None:
        """Async twin of `authenticate`."""
        answer: tuple[Any, Any] | None = await AUTHENTICATE.arun(self, SimpleJWTAuthentication, request)
        return answer

    def get_user(self, validated_token: Any) -> Any:
        """The user of a validated token."""
        return GET_USER.run(self, SimpleJWTAuthentication, validated_token)

    async def aget_user(self, validated_token: Any) -> Any:
        """Async twin of `get_user`."""
        return await GET_USER.arun(self, SimpleJWTAuthentication, validated_token)

    @classmethod
    def get_security_scheme(cls) -> Scheme | None:
        """The component's name and its OpenAPI object."""
        scheme = api_settings.AUTH_HEADER_TYPES[0]
        if scheme.lower() == "bearer":
            return "jwtAuth", {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
        text = f'JSON Web Token with the required prefix "{scheme}".'
        return "jwtAuth", {"type": "apiKey", "in": "header", "name": "Authorization", "description": text}


class SimpleJWTStatelessUserAuthentication(SimpleJWTAuthentication, simplejwt.JWTStatelessUserAuthentication):
    """simplejwt's `JWTStatelessUserAuthentication`; no crossing where validation does no I/O."""

    sync_equivalent = True  # no default_faces: these are overrides of the base's

    def _is_pure(self) -> bool:
        """Only simplejwt's own access tokens, and no key set to fetch, are known to do none."""
        overridden = type(self).get_validated_token is not simplejwt.JWTAuthentication.get_validated_token
        return not overridden and not api_settings.JWK_URL and list(api_settings.AUTH_TOKEN_CLASSES) == [AccessToken]

    def get_user(self, validated_token: Any) -> Any:
        """The user of a validated token, made of its claims."""
        return GET_STATELESS_USER.run(self, SimpleJWTStatelessUserAuthentication, validated_token)

    async def aget_user(self, validated_token: Any) -> Any:
        """Async twin of `get_user`."""
        return await GET_STATELESS_USER.arun(self, SimpleJWTStatelessUserAuthentication, validated_token)
