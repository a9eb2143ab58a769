"""Async-aware authenticators and JSON Web Tokens; the views are in `restflow.authentication.views`."""

from rest_framework.authentication import get_authorization_header

import restflow.authentication.checks  # noqa: F401  (registers the system checks)
from restflow.authentication.authenticators import (
    BaseAuthentication,
    BasicAuthentication,
    RemoteUserAuthentication,
    SessionAuthentication,
    TokenAuthentication,
)
from restflow.authentication.jwt import (
    AccessToken,
    BlacklistBackend,
    CacheBlacklistBackend,
    JWTAuthentication,
    JWTStatelessUserAuthentication,
    ModelBlacklistBackend,
    RefreshToken,
    TokenError,
    TokenUser,
    arevoke_user_tokens,
    revoke_user_tokens,
)
from restflow.authentication.serializers import TokenBlacklistSerializer, TokenObtainSerializer, TokenRefreshSerializer

__all__ = [
    # authenticators
    "BaseAuthentication",
    "BasicAuthentication",
    "SessionAuthentication",
    "TokenAuthentication",
    "RemoteUserAuthentication",
    "JWTAuthentication",
    "JWTStatelessUserAuthentication",
    "TokenUser",
    # tokens
    "AccessToken",
    "RefreshToken",
    "TokenError",
    # revocation
    "BlacklistBackend",
    "CacheBlacklistBackend",
    "ModelBlacklistBackend",
    "revoke_user_tokens",
    "arevoke_user_tokens",
    # serializers
    "TokenObtainSerializer",
    "TokenRefreshSerializer",
    "TokenBlacklistSerializer",
    # REST framework's
    "get_authorization_header",
]
