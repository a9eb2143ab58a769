"""The package cryptography, called directly with a parsed key: what no issuer of tokens can be faster than."""

from collections.abc import Callable

from benchmarks.contenders.token_keys import key_pair
from benchmarks.worker import timed


def token_issue(algorithm: str) -> Callable[[], dict[str, float]]:
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import padding, rsa

    assert algorithm == "RS256"
    key = serialization.load_pem_private_key(key_pair(algorithm)[0].encode(), password=None)
    assert isinstance(key, rsa.RSAPrivateKey)
    message = b"x" * 300
    return timed(lambda: key.sign(message, padding.PKCS1v15(), hashes.SHA256()))
