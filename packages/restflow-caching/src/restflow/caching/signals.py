"""What restflow.caching tells about its work; nothing is sent where nobody listens."""

import logging
from typing import Any

from django.dispatch import Signal

logger = logging.getLogger("restflow.caching")

cache_accessed = Signal()
"""`(sender=wrapper, key, status)` for each call that returns a value."""
cache_invalidated = Signal()
"""`(sender=wrapper, partitions: list[dict], reason: "explicit" | "rule")` after a wipe."""
invalidation_failed = Signal()
"""`(sender=wrapper, rule_id, exception)` where a rule could not be dispatched or run."""


def send(signal: Signal, sender: Any, **payload: Any) -> None:
    """Sends a signal; a receiver's exception is logged, and does not reach whoever called the cached function."""
    if not signal.receivers:
        return
    for receiver, answer in signal.send_robust(sender, **payload):
        if isinstance(answer, Exception):
            name = getattr(receiver, "__qualname__", type(receiver).__qualname__)
            logger.error("The receiver %s of a cache signal failed.", name, exc_info=answer)
