"""Signed tokens in their compact form (RFC 7515): the framing, strict; PyJWT's algorithms do the cryptography.

The key and the algorithm are chosen by configuration. A header is only compared with it: `jwk`, `jku`, `x5u` and `x5c`
are never read.
"""

import binascii
import json
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.views.decorators.debug import sensitive_variables

from restflow.authentication._keys import MAX_KEY_ID, Key, KeyRing, b64
from restflow.authentication.errors import TokenError

_MAX_KNOWN_HEADERS = 64
# "-" and "_" become what binascii reads; what base64url does not have becomes what its strict mode refuses.
_FROM_URL_SAFE = bytes.maketrans(b"-_+/=", b"+/!!!")
_PADDING = (b"", b"!", b"==", b"=")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):  # RFC 7519 §4: two readers could believe different claims
        raise ValueError("duplicated member")
    return found


def _no_constant(name: str) -> Any:
    raise ValueError("not JSON")


_decode_json = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_no_constant).decode
_encode_json = DjangoJSONEncoder(separators=(",", ":"), allow_nan=False).encode


@sensitive_variables()
def decode(raw: str | bytes, keys: KeyRing, limit: int) -> dict[str, Any]:
    """The claims of a token whose form, header and signature are right. Raises `TokenError`, and `ConfigError`."""
    keys.require_any()
    try:
        if len(raw) > limit:
            raise TokenError("invalid_token")
        encoded = raw.encode("ascii") if isinstance(raw, str) else bytes(raw)
        message, _, signature = encoded.rpartition(b".")
        header, _, payload = message.partition(b".")  # a dot too many is refused with the payload's base64
        key = keys.known_headers.get(header)
        known = key is not None
        if key is None:
            key = _key_for(_decode_json(_unb64(header).decode()), keys)
        if not key.verify(message, _unb64(signature)):
            raise TokenError("invalid_token")
        claims = _decode_json(_unb64(payload).decode())
    # UnicodeError, binascii.Error and json's errors are all ValueError; the depth of JSON is the sender's choice.
    except (ValueError, TypeError, RecursionError):
        raise TokenError("invalid_token") from None
    if type(claims) is not dict:
        raise TokenError("invalid_token")
    if not known and len(keys.known_headers) < _MAX_KNOWN_HEADERS:  # only what one of our keys has signed
        keys.known_headers[header] = key
    return claims


def _unb64(segment: bytes) -> bytes:
    return binascii.a2b_base64(segment.translate(_FROM_URL_SAFE) + _PADDING[len(segment) % 4], strict_mode=True)


def _key_for(header: Any, keys: KeyRing) -> Key:
    if type(header) is not dict or "crit" in header or header.get("b64", True) is not True:
        raise TokenError("invalid_token")
    kid = header.get("kid")
    if "kid" in header and not (isinstance(kid, str) and len(kid) <= MAX_KEY_ID):
        raise TokenError("invalid_token")
    key = keys.find(kid)
    algorithm = header.get("alg")
    if key is None or not isinstance(algorithm, str) or algorithm != key.algorithm:
        raise TokenError("invalid_token")
    return key


@sensitive_variables()
def encode(claims: dict[str, Any], keys: KeyRing, limit: int) -> str:
    """The signed token. `TypeError` for a claim that JSON has no form for, `ValueError` for a token over the limit."""
    sign = keys.signer()
    try:
        body = _encode_json(claims).encode()
    except (TypeError, ValueError, RecursionError):
        raise _unencodable(claims) from None
    message = keys.header + b"." + b64(body)
    token = (message + b"." + b64(sign(message))).decode()
    if len(token) > limit:
        raise ValueError(f"The token would be {len(token)} characters long; JWT.MAX_TOKEN_LENGTH is {limit}.")
    return token


def _unencodable(claims: dict[str, Any]) -> TypeError:
    for name, value in claims.items():
        try:
            _encode_json({name: value})
        except (TypeError, ValueError, RecursionError):
            return TypeError(f"The claim {name!r} is a {type(value).__name__} that has no form in JSON.")
    return TypeError("The claims have no form in JSON.")
