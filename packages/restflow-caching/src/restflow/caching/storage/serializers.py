"""How values become bytes."""

import json
import pickle
from functools import cache
from typing import Any, Protocol

from django.utils.module_loading import import_string

from restflow.caching.errors import CacheConfigError


class Serializer(Protocol):
    """What turns a value into bytes and back. `dumps` raises for a value that it cannot give back as it was."""

    def dumps(self, value: Any) -> bytes:
        """The bytes of a value."""

    def loads(self, data: bytes) -> Any:
        """The value of the bytes."""


class PickleSerializer:
    """Pickle, by the newest protocol."""

    @staticmethod
    def dumps(value: Any) -> bytes:
        """The bytes of a value."""
        return pickle.dumps(value, pickle.HIGHEST_PROTOCOL)

    loads = staticmethod(pickle.loads)


class JsonSerializer:
    """JSON; refuses what would come back as something else (a tuple, a key that is no string)."""

    @staticmethod
    def dumps(value: Any) -> bytes:
        """The bytes of a value; raises `TypeError` or `ValueError`."""
        data = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
        if not _alike(json.loads(data), value):
            raise TypeError("the value would come back from JSON as another one")
        return data

    @staticmethod
    def loads(data: bytes) -> Any:
        """The value of the bytes."""
        return json.loads(data)


def _alike(left: Any, right: Any) -> bool:
    if type(left) is not type(right):
        return False
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(_alike(left[key], right[key]) for key in left)
    if isinstance(left, list):
        return len(left) == len(right) and all(map(_alike, left, right))
    return bool(left == right)


BUILT_IN: dict[str, Serializer] = {"pickle": PickleSerializer(), "json": JsonSerializer()}


def serializer_from(given: Any) -> Serializer:
    """The serializer of a name, a dotted path, or an object with `dumps` and `loads`; raises `CacheConfigError`."""
    return _by_path(given) if isinstance(given, str) else _checked(given, type(given).__name__)


@cache
def _by_path(path: str) -> Serializer:
    if path in BUILT_IN:
        return BUILT_IN[path]
    try:
        found = import_string(path)
    except ImportError as error:
        raise CacheConfigError(
            f"The serializer {path!r} cannot be imported: {error}.", hint="Known names: 'json', 'pickle'."
        ) from error
    return _checked(found() if isinstance(found, type) else found, path)


def _checked(found: Any, where: str) -> Serializer:
    if not (callable(getattr(found, "dumps", None)) and callable(getattr(found, "loads", None))):
        raise CacheConfigError(f"The serializer {where} must have dumps(value) -> bytes and loads(bytes) -> value.")
    serializer: Serializer = found
    return serializer
