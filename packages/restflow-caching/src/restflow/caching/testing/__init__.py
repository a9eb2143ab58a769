"""For the tests of dispatchers; needs pytest."""

from restflow.caching.testing.contract import DispatcherContract

__all__ = ["DispatcherContract"]
