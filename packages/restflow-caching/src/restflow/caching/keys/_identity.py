"""Who a cached function is: its identifier, and the claim to its key prefix."""

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from restflow.caching.errors import CacheConfigError
from restflow.caching.keys import _signature

_UNFIT = re.compile(r"::|[\s\x00-\x1f\x7f]").search
_PLACEHOLDERS = ("{module}", "{qualname}", "{name}")


def check_part(owner: str, option: str, value: str) -> None:
    """Refuses a namespace or an identifier that would be ambiguous in a key, or unfit for a server."""
    if _UNFIT(value) or value.startswith("@"):
        raise CacheConfigError(
            f"{owner}: Meta.{option} must not contain '::', white space or control characters, nor begin with '@'.",
            hint="Letters, digits, '-', '_' and '.' are safe.",
        )


def is_fixed(identifier: str) -> bool:
    """Whether an identifier is the same for every function, which is the way to share entries on purpose."""
    return bool(identifier) and not any(placeholder in identifier for placeholder in _PLACEHOLDERS)


def function_id(func: Callable[..., Any], namespace: str, identifier: str) -> str:
    """The second part of a key."""
    plain: Any = getattr(func, "__func__", func)
    if identifier:
        return (
            identifier.replace("{module}", plain.__module__)
            .replace("{qualname}", plain.__qualname__)
            .replace("{name}", plain.__name__)
        )
    return str(plain.__qualname__) if namespace else _signature.path_of_function(func)


@dataclass(frozen=True, slots=True)
class _Claim:
    path: str
    fixed: bool


_claims: dict[tuple[str, int, str], _Claim] = {}
_lock = threading.Lock()


def claim(alias: str, version: int, prefix: str, path: str, *, fixed: bool) -> None:
    """Registers a function under its prefix; raises `CacheConfigError` where another function has it.

    The same path again is a reload, and replaces the claim. `__main__` never conflicts: it is a script's own.
    """
    with _lock:
        known = _claims.get((alias, version, prefix))
        if known is not None and known.path != path and not (known.fixed and fixed):
            main = "__main__."
            if not (known.path.startswith(main) or path.startswith(main)):
                raise CacheConfigError(
                    f"{path} and {known.path} would share the cache keys that begin with {prefix!r}, and serve each "
                    f"other's values.",
                    hint="Give one of them another Meta.namespace, or both the same fixed Meta.key_identifier if "
                    "they are meant to share.",
                )
        _claims[alias, version, prefix] = _Claim(path, fixed)
