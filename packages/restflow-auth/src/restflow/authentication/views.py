"""The token views: obtain, refresh, log out; and the public keys."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.contrib.auth import authenticate, get_user_model
from django.contrib.auth.models import update_last_login
from django.http import Http404
from django.views.decorators.debug import sensitive_variables
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.parsers import JSONParser

from restflow.authentication import _redeeming
from restflow.authentication._cookies import cookie_options, cookie_problems
from restflow.authentication._cross_site import refuse_cross_site
from restflow.authentication._keys import jwk
from restflow.authentication.errors import MESSAGES, TokenError, failed
from restflow.authentication.jwt_authenticators import error_challenge
from restflow.authentication.serializers import (
    TokenBlacklistSerializer,
    TokenObtainSerializer,
    TokenPairSerializer,
    TokenRefreshSerializer,
)
from restflow.authentication.settings import JWTSettings
from restflow.authentication.throttling import LoginRateThrottle
from restflow.authentication.tokens import RefreshToken
from restflow.core import ConfigError
from restflow.responses import Response
from restflow.responses._work import AsyncWork, Hook, Work
from restflow.views import AsyncAPIView

_UNSET: Any = object()


async def _default_claims(view: "TokenObtainView", io: Work, user: Any, validated_data: Any) -> Any:
    return None


async def _default_credentials(view: "TokenObtainView", io: Work, validated_data: Mapping[str, Any]) -> dict[str, Any]:
    name = get_user_model().USERNAME_FIELD
    return {name: validated_data[name], "password": validated_data["password"]}


async def _default_response_data(view: "TokenObtainView", io: Work, user: Any, refresh: RefreshToken) -> dict[str, Any]:
    return {
        "access": str(await io.ask(refresh, "get_access_token", "aget_access_token", user)),
        "refresh": str(refresh),
    }


_CLAIMS = Hook(_default_claims, "get_claims")
_CREDENTIALS = Hook(_default_credentials, "get_credentials")
_RESPONSE_DATA = Hook(_default_response_data, "get_response_data")


class TokenViewBase(AsyncAPIView):
    """What the three views share: who may ask, what is cached (nothing), and the refresh cookie."""

    authentication_classes: Any = ()
    permission_classes: Any = ()
    http_method_names: Any = ("post", "options")
    atomic = False  # a revocation is committed although the answer is a 401

    refresh_token_class: ClassVar[type[RefreshToken]] = RefreshToken
    """The class of the refresh tokens that the view takes or gives."""
    www_authenticate_realm = "api"
    """The realm of the challenge."""
    refresh_cookie: Mapping[str, Any] | None = _UNSET
    """The options of the refresh cookie, `None` for no cookie; unset, the setting `REFRESH_COOKIE`."""
    response_serializer_class: Any = TokenPairSerializer

    _refusal: str | None = None

    @classmethod
    def as_view(cls, **initkwargs: Any) -> Any:
        """The view; `ImproperlyConfigured` for a `refresh_cookie` that is wrong."""
        options = initkwargs.get("refresh_cookie", cls.refresh_cookie)
        if options is not _UNSET and options is not None:
            problems = list(cookie_problems(options))
            if problems:
                raise ConfigError(f"{cls.__qualname__}: {problems[0]}.", hint="Correct refresh_cookie.")
        return super().as_view(**initkwargs)

    @property
    def cookie(self) -> dict[str, Any] | None:
        """The options of the refresh cookie that hold for this view; `None` for no cookie."""
        options = JWTSettings.current().REFRESH_COOKIE if self.refresh_cookie is _UNSET else self.refresh_cookie
        return None if options is None else cookie_options(options)

    def get_parsers(self) -> list[Any]:
        """JSON alone while the cookie is on: a form of another site cannot send it."""
        return [JSONParser()] if self.cookie is not None else super().get_parsers()

    async def post(self, request: Any) -> Any:
        """Answers a request; what blocks shares one crossing."""
        if (cookie := self.cookie) is not None:
            refuse_cross_site(request, needs_proof=cookie["samesite"] == "None")
        io = AsyncWork()
        try:
            return await io.run(self.respond(io, request))
        except AuthenticationFailed as error:
            code = getattr(error.detail, "code", None)
            self._refusal = code if code in MESSAGES and code != "no_active_account" else None
            raise

    async def respond(self, io: Work, request: Any) -> Any:
        """The view's own work, a flow."""
        raise NotImplementedError

    @sensitive_variables()
    def _validated(self, request: Any, data: Any) -> Any:
        serializer = self.get_serializer(data=data, direction="request")
        serializer.is_valid(raise_exception=True)
        return serializer.validated_data

    @sensitive_variables()
    def _presented(self, request: Any) -> tuple[RefreshToken, bool]:
        """The refresh token of the request, and whether the cookie brought it."""
        cookie, data = self.cookie, request.data
        raw = None if cookie is None else request.COOKIES.get(cookie["name"])
        from_cookie = bool(raw) and isinstance(data, dict) and "refresh" not in data
        validated = self._validated(request, {"refresh": raw} if from_cookie else data)
        try:
            return self.refresh_token_class.verify(str(validated["refresh"])), from_cookie
        except TokenError as error:
            raise failed(error.code) from None

    @sensitive_variables()
    def _set_cookie(self, response: Any, token: RefreshToken) -> None:
        options = dict(self.cookie or {})
        name = options.pop("name")
        response.set_cookie(name, str(token), max_age=max(0, token.exp - token.iat), httponly=True, **options)

    def get_authenticate_header(self, request: Any) -> str:
        """The challenge of a 401; a refused token's says why (RFC 6750 §3.1)."""
        challenge = f'{JWTSettings.current().AUTH_HEADER_TYPES[0]} realm="{self.www_authenticate_realm}"'
        return challenge if self._refusal is None else error_challenge(challenge, self._refusal)

    @property
    def default_response_headers(self) -> dict[str, str]:
        """REST framework's, and that no answer is stored on its way (RFC 6749 §5.1)."""
        return {**super().default_response_headers, "Cache-Control": "no-store", "Pragma": "no-cache"}


class TokenObtainView(TokenViewBase):
    """Log-in: user name and password for an access and a refresh token."""

    default_faces = True
    sync_equivalent = True

    serializer_class = TokenObtainSerializer

    def get_throttles(self) -> list[Any]:
        """The project's throttles, and the one of log-ins."""
        throttles: list[Any] = super().get_throttles()
        if not any(isinstance(throttle, LoginRateThrottle) for throttle in throttles):
            throttles.append(LoginRateThrottle())
        return throttles

    @sensitive_variables()
    def get_credentials(self, validated_data: Mapping[str, Any]) -> dict[str, Any]:
        """What `authenticate()` receives; override either face."""
        credentials: dict[str, Any] = _CREDENTIALS.run(self, TokenObtainView, validated_data)
        return credentials

    @sensitive_variables()
    async def aget_credentials(self, validated_data: Mapping[str, Any]) -> dict[str, Any]:
        """Async twin of `get_credentials`."""
        credentials: dict[str, Any] = await _CREDENTIALS.arun(self, TokenObtainView, validated_data)
        return credentials

    def get_claims(self, user: Any, validated_data: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Claims of the session; override either face."""
        claims: Mapping[str, Any] | None = _CLAIMS.run(self, TokenObtainView, user, validated_data)
        return claims

    async def aget_claims(self, user: Any, validated_data: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Async twin of `get_claims`."""
        claims: Mapping[str, Any] | None = await _CLAIMS.arun(self, TokenObtainView, user, validated_data)
        return claims

    def get_response_data(self, user: Any, refresh: RefreshToken) -> dict[str, Any]:
        """The body; override either face."""
        data: dict[str, Any] = _RESPONSE_DATA.run(self, TokenObtainView, user, refresh)
        return data

    async def aget_response_data(self, user: Any, refresh: RefreshToken) -> dict[str, Any]:
        """Async twin of `get_response_data`."""
        data: dict[str, Any] = await _RESPONSE_DATA.arun(self, TokenObtainView, user, refresh)
        return data

    @sensitive_variables()
    async def respond(self, io: Work, request: Any) -> Any:
        """One answer for an unknown user, a wrong password, an inactive user and a rule that says no."""
        validated = await io.sync(self._validated, request, request.data)
        credentials = await io.hook(_CREDENTIALS, self, validated)
        user = await io.sync(_authenticated, request, credentials)
        if not await _redeeming.passes_rule(io, user) or user is None:
            raise failed("no_active_account")
        claims = await io.hook(_CLAIMS, self, user, validated)
        refresh = await _redeeming.begin(io, self.refresh_token_class, user, claims)
        data = dict(await io.hook(_RESPONSE_DATA, self, user, refresh))
        if JWTSettings.current().UPDATE_LAST_LOGIN:
            await io.sync(update_last_login, None, user)
        if self.cookie is None:
            return Response(data)
        data.pop("refresh", None)
        response = Response(data)
        self._set_cookie(response, refresh)
        return response


@sensitive_variables()
def _authenticated(request: Any, credentials: Mapping[str, Any]) -> Any:
    return authenticate(request=request._request, **credentials)


class TokenRefreshView(TokenViewBase):
    """A refresh token for a new access token and, with rotation, a new refresh token."""

    serializer_class = TokenRefreshSerializer

    @sensitive_variables()
    async def respond(self, io: Work, request: Any) -> Any:
        """Redeems the token; of concurrent requests with one token, one succeeds."""
        token, from_cookie = await io.sync(self._presented, request)
        access, successor = await _redeeming.redeem(io, token, request)
        data = {"access": str(access)}
        if successor is not None and not from_cookie:
            data["refresh"] = str(successor)
        response = Response(data)
        if successor is not None and from_cookie:
            self._set_cookie(response, successor)
        return response


class TokenBlacklistView(TokenViewBase):
    """Log-out: revokes the session of a refresh token."""

    serializer_class = TokenBlacklistSerializer
    response_serializer_class: Any = None
    success_status = 204

    @sensitive_variables()
    async def respond(self, io: Work, request: Any) -> Any:
        """204, for a token that was spent or revoked before too."""
        token, _ = await io.sync(self._presented, request)
        await _redeeming.log_out(io, token)
        response = Response(status=204)
        if (cookie := self.cookie) is not None:
            response.delete_cookie(
                cookie["name"], path=cookie["path"], domain=cookie["domain"], samesite=cookie["samesite"]
            )
        return response


class JWKSView(AsyncAPIView):
    """The public keys (RFC 7517) that verify this project's tokens; 404 where all keys are secrets."""

    authentication_classes: Any = ()
    permission_classes: Any = ()
    throttle_classes: Any = ()
    http_method_names: Any = ("get", "head", "options")
    atomic = False  # it asks no database

    async def get(self, request: Any) -> Any:
        """The key set."""
        keys = JWTSettings.current().keys.public_keys()
        if not keys:
            raise Http404
        body = [{**jwk(key), "use": "sig", "alg": key.algorithm, "kid": key.kid} for key in keys]
        return Response({"keys": body}, headers={"Cache-Control": "public, max-age=300"})
