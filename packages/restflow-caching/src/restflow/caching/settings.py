"""The settings section `CACHE_SETTINGS`."""

import hashlib
from collections.abc import Callable, Iterable
from typing import Any, Literal

from restflow.core import SettingsSection, option


class CacheSettings(SettingsSection):
    """Options of restflow.caching."""

    ENABLED: bool = True
    """False: every call is a BYPASS. Wipes and rules still work, for the processes that do cache."""
    CACHE_ALIAS: str = "default"
    """The alias in `CACHES` of functions that name none."""
    MAX_KEY_LENGTH: int = 200
    """Characters of a key; a longer one is hashed."""
    MAX_KEY_SUFFIX_LENGTH: int = 250
    """Characters of a key's suffix; a longer one is hashed where HASH_SUFFIX_ON_OVERFLOW says so."""
    HASH_SUFFIX_ON_OVERFLOW: bool = True
    """Whether a suffix that is too long is replaced by its digest."""
    KEY_HASH_ALGORITHM: str | Callable[..., Any] = "sha256"
    """A name of hashlib, or a callable from text to digest."""
    SERIALIZER: str = "pickle"
    """`"pickle"`, `"json"`, or the dotted path of an object with `dumps` and `loads`."""
    FAIL_OPEN: bool = True
    """True: a failing cache backend is logged and the function is called; False: its exception is raised."""
    GENERATION_TTL: int | None = 2592000
    """Seconds that a generation lives at least; 30 days."""
    WAIT_TIMEOUT: float = 10.0
    """Seconds that a call waits for another one's computation of the same value."""
    SHUTDOWN_TIMEOUT: float = 5.0
    """Seconds that the end of the interpreter waits for background work."""
    DEFAULT_DISPATCHER: str = "inline"
    """The dispatcher of rules that name none."""
    ON_DISPATCH_ERROR: Literal["inline", "raise", "log"] = "inline"
    """What happens where a dispatcher does not accept work: do it in place, raise, or log only."""
    BATCH_SIZE: int = 500
    """Argument sets in one dispatch, at most."""
    DISPATCHER_RAISE_EXCEPTION: bool = False
    """Whether a failing rule raises, where neither the rule nor its dispatcher says so."""
    DISPATCHER_SETTINGS: dict[str, dict[str, Any]] = option(factory=dict)
    """Blocks of options by dispatcher name, merged over the dispatcher's defaults."""
    AUTODISCOVER_MODULES: tuple[str, ...] = ("caches", "cache")
    """Modules with cached functions, looked for in every installed app; one with a dot is imported as it is."""

    def problems(self) -> Iterable[str]:
        """Values that have the right type and make no sense."""
        algorithm = self.KEY_HASH_ALGORITHM
        if isinstance(algorithm, str) and algorithm not in hashlib.algorithms_available:
            yield f"KEY_HASH_ALGORITHM names no algorithm of hashlib: {algorithm!r}"
        for name in ("MAX_KEY_LENGTH", "MAX_KEY_SUFFIX_LENGTH", "BATCH_SIZE"):
            if getattr(self, name) < 1:
                yield f"{name} must be positive"
        for name in ("WAIT_TIMEOUT", "SHUTDOWN_TIMEOUT"):
            if getattr(self, name) < 0:
                yield f"{name} must not be negative"
        if self.GENERATION_TTL is not None and self.GENERATION_TTL < 1:
            yield "GENERATION_TTL must be positive, or None"
