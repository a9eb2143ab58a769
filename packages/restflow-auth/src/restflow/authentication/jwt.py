"""The JSON Web Token stack."""

from restflow.authentication.backends import BlacklistBackend
from restflow.authentication.cache_backend import CacheBlacklistBackend
from restflow.authentication.errors import TokenError
from restflow.authentication.jwt_authenticators import JWTAuthentication, JWTStatelessUserAuthentication
from restflow.authentication.model_backend import ModelBlacklistBackend
from restflow.authentication.revocation import ATokenBlacklist, arevoke_user_tokens, revoke_user_tokens
from restflow.authentication.rules import default_user_authentication_rule
from restflow.authentication.token_user import TokenUser
from restflow.authentication.tokens import AccessToken, RefreshToken, build_jwt_payload, decode_token, encode_token

__all__ = [
    # tokens
    "AccessToken",
    "RefreshToken",
    "TokenError",
    "build_jwt_payload",
    "encode_token",
    "decode_token",
    # revocation
    "BlacklistBackend",
    "CacheBlacklistBackend",
    "ModelBlacklistBackend",
    "ATokenBlacklist",
    "revoke_user_tokens",
    "arevoke_user_tokens",
    # users
    "JWTAuthentication",
    "JWTStatelessUserAuthentication",
    "TokenUser",
    "default_user_authentication_rule",
]
