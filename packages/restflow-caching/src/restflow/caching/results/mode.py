"""The mode of the current context: use the cache, skip it, or renew it."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from restflow.core.names import suggestion

MODES = ("normal", "bypass", "refresh")

current: ContextVar[str] = ContextVar("restflow_caching_mode", default="normal")


@contextmanager
def cache_mode(mode: str) -> Iterator[None]:
    """Within it every cached call skips the cache (`"bypass"`) or recomputes (`"refresh"`).

    Holds for the current context and tasks started in it. Raises `ValueError` for another mode than `MODES`.
    """
    if mode not in MODES:
        raise ValueError(f"cache_mode: there is no mode {mode!r}. {suggestion(str(mode), MODES, what='modes')}")
    token = current.set(mode)
    try:
        yield
    finally:
        current.reset(token)
