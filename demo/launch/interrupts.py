"""Ctrl-C while the data are loaded: noted when it comes, raised where the loading can be left."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def noted() -> Iterator[Callable[[], None]]:
    """Yields a function that raises `KeyboardInterrupt` once Ctrl-C was pressed in the block.

    Python raises it wherever the main thread is, and in a finaliser, of which loading runs many, it would be lost.
    """
    pressed = False

    def note(number: int, frame: FrameType | None) -> None:
        nonlocal pressed
        pressed = True

    def leave() -> None:
        if pressed:
            raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, note)
    try:
        yield leave
    finally:
        signal.signal(signal.SIGINT, before)
