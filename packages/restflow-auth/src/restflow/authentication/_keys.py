"""Keys: parsed once, checked against the algorithm that uses them, found by `kid`.

PyJWT's algorithm objects do the cryptography. Messages tell no value: keys are secrets.
"""

import hashlib
import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from typing import Any

from django.views.decorators.debug import sensitive_variables
from jwt.algorithms import get_default_algorithms, requires_cryptography
from jwt.exceptions import InvalidKeyError

from restflow.core import ConfigError

HMAC = {"HS256": 32, "HS384": 48, "HS512": 64}
"""The HMAC algorithms, with the length in bytes of the hash: RFC 7518 §3.2 asks for a key that long."""
ASYMMETRIC = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES256K", "ES384", "ES512", "EdDSA")
ALGORITHMS = (*HMAC, *ASYMMETRIC)
MIN_HMAC_KEY = 16
MIN_RSA_BITS = 2048
MAX_KEY_ID = 255


class KeyMistakeError(Exception):
    """A key or algorithm that cannot be used; the text names the setting."""


class Key:
    """One key for one algorithm: what verifies, and for the current key of an issuing process what signs."""

    __slots__ = ("algorithm", "kid", "public", "short", "sign", "verify")

    algorithm: str
    kid: str | None
    public: Any
    sign: Callable[[bytes], bytes] | None
    verify: Callable[[bytes, bytes], bool]
    short: bool

    def __repr__(self) -> str:
        return f"<Key {self.algorithm}>"


class KeyRing:
    """The current key and the retired ones. Raises `KeyMistakeError` for the first mistake found."""

    __slots__ = ("_by_kid", "current", "header", "known_headers", "without_kid")

    @sensitive_variables()
    def __init__(
        self,
        algorithm: str,
        signing: str | bytes | None,
        verifying: str | bytes | None,
        kid: str | None,
        retired: Mapping[str, Any],
    ) -> None:
        if algorithm not in ALGORITHMS:
            raise KeyMistakeError(f"ALGORITHM: expected one of {', '.join(ALGORITHMS)}")
        if kid is not None and not 0 < len(kid) <= MAX_KEY_ID:
            raise KeyMistakeError(f"KEY_ID: expected 1 to {MAX_KEY_ID} characters")
        self.current: Key | None = None
        self._by_kid: dict[str, Key] = {}
        for name, entry in retired.items():
            self._by_kid[name] = _retired(name, entry, algorithm)
        if signing is not None or verifying is not None:
            self.current = key = _current(algorithm, signing, verifying)
            key.kid = kid if kid is not None or algorithm in HMAC else thumbprint(key)
            if key.kid is not None:
                if key.kid in self._by_kid:
                    raise KeyMistakeError(
                        "KEY_ID is the name of a retired key in VERIFYING_KEYS; give each key its own"
                    )
                self._by_kid[key.kid] = key
        self.without_kid = self._by_kid.pop("", self.current)
        self.header = self._header()
        self.known_headers: dict[bytes, Key] = {}

    def _header(self) -> bytes:
        key = self.current
        if key is None:
            return b""
        fields = {"alg": key.algorithm, "typ": "JWT"}
        if key.kid is not None:
            fields["kid"] = key.kid
        return b64(json.dumps(fields, separators=(",", ":")).encode())

    def find(self, kid: str | None) -> Key | None:
        """The key that a token's header names; an unknown `kid` never falls back to another key."""
        return self.without_kid if kid is None else self._by_kid.get(kid)

    def require_any(self) -> None:
        """Raises `ConfigError` where no key is set at all."""
        if self.current is None:
            raise ConfigError(
                "JWT.SIGNING_KEY is not set: tokens can be neither issued nor verified.",
                hint='Set RESTFLOW_SETTINGS["JWT"]["SIGNING_KEY"], or VERIFYING_KEY to verify only.',
            )

    def signer(self) -> Callable[[bytes], bytes]:
        """What signs. Raises `ConfigError` in a process that has no signing key."""
        self.require_any()
        if self.current is None or self.current.sign is None:
            raise ConfigError("JWT.SIGNING_KEY is not set: this process can only verify tokens.", hint="Set the key.")
        return self.current.sign

    def public_keys(self) -> list[Key]:
        """The asymmetric keys, the current one first, by distinct `kid`."""
        keys = [key for key in (self.current, *self._by_kid.values()) if key is not None and key.public is not None]
        return list(dict.fromkeys(key for key in keys if key.kid))

    def __repr__(self) -> str:
        return f"<KeyRing of {len(self._by_kid)}>"


def b64(data: bytes) -> bytes:
    """Base64url without padding (RFC 7515)."""
    return urlsafe_b64encode(data).rstrip(b"=")


def jwk(key: Key) -> dict[str, str]:
    """The public half as a JWK, with its public parameters (RFC 7518 §6) and nothing else."""
    known: dict[str, Any] = _algorithm(key.algorithm).to_jwk(key.public, as_dict=True)
    return {name: str(known[name]) for name in ("kty", "crv", "x", "y", "n", "e") if name in known}


def thumbprint(key: Key) -> str:
    """The RFC 7638 thumbprint of an asymmetric key."""
    canonical = json.dumps(jwk(key), sort_keys=True, separators=(",", ":"))
    return b64(hashlib.sha256(canonical.encode()).digest()).decode()


@sensitive_variables()
def _retired(name: str, entry: Any, default: str) -> Key:
    where = f"VERIFYING_KEYS[{name!r}]"
    if len(name) > MAX_KEY_ID:
        raise KeyMistakeError(f"VERIFYING_KEYS: a kid has at most {MAX_KEY_ID} characters")
    algorithm, material = default, entry
    if isinstance(entry, Mapping):
        if "key" not in entry or set(entry) - {"key", "algorithm"}:
            raise KeyMistakeError(f"{where}: expected a key, or a dict of 'key' and 'algorithm'")
        material, algorithm = entry["key"], entry.get("algorithm", default)
    if algorithm not in ALGORITHMS:
        raise KeyMistakeError(f"{where}: expected an algorithm of {', '.join(ALGORITHMS)}")
    key = _hmac(algorithm, material, where) if algorithm in HMAC else _asymmetric(algorithm, None, material, where)
    key.sign = None
    key.kid = name
    return key


@sensitive_variables()
def _current(algorithm: str, signing: str | bytes | None, verifying: str | bytes | None) -> Key:
    if algorithm not in HMAC:
        return _asymmetric(algorithm, signing, verifying, "")
    if signing is None or (verifying is not None and _bytes(verifying) != _bytes(signing)):
        raise KeyMistakeError("VERIFYING_KEY: HMAC has one secret, SIGNING_KEY; retired secrets go to VERIFYING_KEYS")
    return _hmac(algorithm, signing, "SIGNING_KEY")


@sensitive_variables()
def _hmac(algorithm: str, material: str | bytes, where: str) -> Key:
    secret = _bytes(material)
    if len(secret) < MIN_HMAC_KEY:
        raise KeyMistakeError(f"{where}: an HMAC key has at least {MIN_HMAC_KEY} bytes")
    try:
        _algorithm(algorithm).prepare_key(secret)
    except InvalidKeyError:
        raise KeyMistakeError(
            f"{where}: {algorithm} needs a secret, and this is a public or private key or a JWK"
        ) from None
    digest = f"sha{algorithm[2:]}"
    key = Key()
    key.algorithm = algorithm
    key.kid = key.public = None
    key.short = len(secret) < HMAC[algorithm]
    key.sign = lambda message: hmac.digest(secret, message, digest)
    key.verify = lambda message, signature: hmac.compare_digest(signature, hmac.digest(secret, message, digest))
    return key


@sensitive_variables()
def _asymmetric(algorithm: str, signing: Any, verifying: Any, where: str) -> Key:
    worker = _algorithm(algorithm)
    private = _parsed(worker, signing, where or "SIGNING_KEY") if signing is not None else None
    public = _parsed(worker, verifying, where or "VERIFYING_KEY") if verifying is not None else None
    if private is not None and not hasattr(private, "public_key"):
        raise KeyMistakeError("SIGNING_KEY: expected a private key, got a public one")
    if public is not None and hasattr(public, "public_key"):
        raise KeyMistakeError(f"{where or 'VERIFYING_KEY'}: expected a public key, got a private one")
    if private is not None:
        derived = private.public_key()
        if public is not None and _spki(public) != _spki(derived):
            raise KeyMistakeError("SIGNING_KEY and VERIFYING_KEY do not belong together")
        public = derived
    key = Key()
    key.algorithm = algorithm
    key.kid = None
    key.public = public
    key.short = False
    key.sign = None if private is None else lambda message: worker.sign(message, private)
    key.verify = lambda message, signature: worker.verify(message, public, signature)
    return key


@sensitive_variables()
def _parsed(worker: Any, material: str | bytes, where: str) -> Any:
    try:
        parsed = worker.prepare_key(material)
    except Exception:  # each kind of broken PEM has its own error in cryptography, and its text may quote the key
        raise KeyMistakeError(f"{where}: no key in PEM that the algorithm can use") from None
    if getattr(parsed, "key_size", MIN_RSA_BITS) < MIN_RSA_BITS and not hasattr(parsed, "curve"):
        raise KeyMistakeError(f"{where}: an RSA key has at least {MIN_RSA_BITS} bits")
    return parsed


def _spki(public: Any) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    encoded: bytes = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return encoded


def _algorithm(name: str) -> Any:
    try:
        return get_default_algorithms()[name]
    except KeyError:
        if name in requires_cryptography:
            raise KeyMistakeError(
                f"ALGORITHM: {name} needs the package cryptography: pip install restflow-auth[crypto]"
            ) from None
        raise


def _bytes(material: str | bytes) -> bytes:
    return material.encode() if isinstance(material, str) else material
