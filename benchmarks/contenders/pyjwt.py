"""PyJWT, called directly: the same claims, the same checks."""

import time
import uuid
from collections.abc import Callable
from typing import Any

from benchmarks.contenders.token_keys import key_pair
from benchmarks.worker import timed

REQUIRED = ["exp", "iat", "jti"]


def _claims() -> dict[str, Any]:
    now = int(time.time())
    return {
        "token_type": "access",
        "exp": now + 300,
        "iat": now,
        "jti": uuid.uuid4().hex,
        "sid": str(uuid.uuid4()),
        "user_id": 7,
    }


def token_verify(algorithm: str) -> Callable[[], dict[str, float]]:
    import jwt

    signing, verifying = key_pair(algorithm)
    raw = jwt.encode({**_claims(), "exp": 4_000_000_000}, signing, algorithm=algorithm)
    options: Any = {"require": REQUIRED}
    return timed(lambda: jwt.decode(raw, verifying, algorithms=[algorithm], options=options))


def token_issue(algorithm: str) -> Callable[[], dict[str, float]]:
    import jwt

    signing, _ = key_pair(algorithm)
    return timed(lambda: jwt.encode(_claims(), signing, algorithm=algorithm))


def token_stateless() -> Callable[[], dict[str, float]]:
    return token_verify("HS256")
