"""Keys made once a process."""

from functools import cache

KEY = "a secret for the tests, long enough for HS256"


@cache
def _private(name: str):
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    if name.startswith("rsa"):
        return rsa.generate_private_key(public_exponent=65537, key_size=int(name[3:7]))
    if name.startswith("p"):
        curve = {"p256": ec.SECP256R1, "p384": ec.SECP384R1, "p521": ec.SECP521R1, "p25k": ec.SECP256K1}[name[:4]]
        return ec.generate_private_key(curve())
    return ed25519.Ed25519PrivateKey.generate()


@cache
def pem(name: str) -> str:
    """`rsa2048`, `p256`, `p256b`, `p384`, `p521`, `p25k` or `ed`; with `.public` the public half."""
    from cryptography.hazmat.primitives import serialization as s

    key = _private(name.removesuffix(".public"))
    if name.endswith(".public"):
        return key.public_key().public_bytes(s.Encoding.PEM, s.PublicFormat.SubjectPublicKeyInfo).decode()
    return key.private_bytes(s.Encoding.PEM, s.PrivateFormat.PKCS8, s.NoEncryption()).decode()
