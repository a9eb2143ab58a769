"""Patches that are in place while some block needs them, and gone with the last."""

import threading
from collections.abc import Callable
from typing import Any


class SharedPatch:
    """Replaces an attribute from the first `acquire()` to the last `release()`; `wrap` makes the replacement."""

    def __init__(self, owner: Any, name: str, wrap: Callable[[Any], Any]) -> None:
        self._owner = owner
        self._name = name
        self._wrap = wrap
        self._lock = threading.Lock()
        self._users = 0
        self._original: Any = None

    def acquire(self) -> None:
        """Puts the replacement there, if it is not."""
        with self._lock:
            self._users += 1
            if self._users == 1:
                self._original = getattr(self._owner, self._name)
                setattr(self._owner, self._name, self._wrap(self._original))

    def release(self) -> None:
        """Puts the original back, if nobody else needs the replacement."""
        with self._lock:
            self._users -= 1
            if self._users == 0:
                setattr(self._owner, self._name, self._original)
