"""What restflow-auth tells about itself; imports nothing but restflow.core, so that listing is cheap."""

from restflow.core import Subsystem

SUBSYSTEM = Subsystem(
    name="auth",
    summary="async-aware authenticators and JSON Web Tokens with rotation, reuse detection and revocation",
    checks="restflow.authentication.checks",
    app="restflow.authentication",
    settings=("JWT",),
)
