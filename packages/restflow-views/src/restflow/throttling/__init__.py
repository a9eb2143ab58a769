"""`restflow.throttling`: how often a client may come, counted atomically on any cache."""

import restflow.throttling.checks  # noqa: F401  (registers the system checks)
from restflow.throttling.base import BaseThrottle, throttler_allow_request
from restflow.throttling.decision import ThrottleDecision
from restflow.throttling.throttles import AnonRateThrottle, ScopedRateThrottle, SimpleRateThrottle, UserRateThrottle

__all__ = [
    "BaseThrottle",
    "SimpleRateThrottle",
    "AnonRateThrottle",
    "UserRateThrottle",
    "ScopedRateThrottle",
    "ThrottleDecision",
    "throttler_allow_request",
]
