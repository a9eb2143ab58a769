"""Counters of this process, by cached function."""

import threading
from typing import Any

COUNTERS = ("hits", "misses", "stale", "bypass", "refresh", "stores", "errors", "wipes")

_counts: dict[str, dict[str, int]] = {}
_lock = threading.Lock()


def count(wrapper: Any, counter: str, number: int = 1) -> None:
    """Adds to a counter of a cached function."""
    with _lock:
        counts = _counts.get(wrapper.path)
        if counts is None:
            counts = _counts[wrapper.path] = dict.fromkeys(COUNTERS, 0)
        counts[counter] += number


def stats_of(path: str) -> dict[str, int]:
    """The counters of one function; zeros where it was not called yet."""
    with _lock:
        return dict(_counts.get(path) or dict.fromkeys(COUNTERS, 0))


def cache_stats() -> dict[str, dict[str, int]]:
    """The counters of every cached function that was used, by `module.qualname`."""
    with _lock:
        return {path: dict(counts) for path, counts in _counts.items()}


def reset_cache_stats() -> None:
    """Sets every counter to zero."""
    with _lock:
        _counts.clear()
