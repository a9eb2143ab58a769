"""Counts the threads that the server's process starts."""

import threading

_started = 0
_start = threading.Thread.start


def _counted(thread: threading.Thread) -> None:
    global _started
    _started += 1
    _start(thread)


def install() -> None:
    """From now on every start of a thread counts."""
    threading.Thread.start = _counted  # type: ignore[method-assign, assignment]


def read() -> dict[str, int]:
    """The counts so far."""
    return {"threads_started": _started}
