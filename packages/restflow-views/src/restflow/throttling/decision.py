"""What a throttle has decided about one request."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ThrottleDecision:
    """Whether a request may pass, and what is left. Times are seconds from the decision on."""

    allowed: bool
    limit: int
    """Requests that may pass in one window."""
    window: float
    """The length of the window."""
    remaining: int
    """Requests that may still pass now."""
    reset_after: float
    """Until nothing is counted any more."""
    retry_after: float | None
    """Until the next request would pass; `None` when this one was allowed, or when none ever will be."""
