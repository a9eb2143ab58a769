"""Shows throttles that tell their state: `RateLimit` and `RateLimit-Policy` stand on every answer."""

from restflow.throttling import AnonRateThrottle, ScopedRateThrottle, UserRateThrottle


class Anonymous(AnonRateThrottle):
    """Requests without a log-in, by address."""

    rate_limit_headers = True


class Users(UserRateThrottle):
    """Requests of a user."""

    rate_limit_headers = True


class ByScope(ScopedRateThrottle):
    """Requests to views that name a `throttle_scope`."""

    rate_limit_headers = True
