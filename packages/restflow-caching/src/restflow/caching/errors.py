"""The errors of restflow.caching."""

from restflow.core import ConfigError, RestflowError


class CacheConfigError(ConfigError, ValueError):
    """A mistake in a declaration, raised when the class is created or the function is decorated."""


class CacheKeyError(RestflowError, TypeError):
    """A call whose arguments cannot be a key; raised before the function or the cache is touched."""


class PayloadError(RestflowError):
    """A message to a worker in a format newer than this release understands."""
