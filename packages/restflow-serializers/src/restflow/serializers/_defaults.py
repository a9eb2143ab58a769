"""Default values that requests must not share."""

import copy
from typing import Any


class FreshCopy:
    """A default that is copied for each use, so that no request changes it for the next."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __call__(self) -> Any:
        return copy.deepcopy(self.value)

    def __repr__(self) -> str:
        return repr(self.value)
