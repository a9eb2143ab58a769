"""How argument values travel to a worker: JSON, with a tag where JSON has no type for them."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

from django.db.models import Model
from django.utils.functional import Promise

TAG = "$restflow"
PAYLOAD_VERSION = 1

_PLAIN = frozenset({str, int, float, bool, type(None)})

_ENCODERS: dict[type, tuple[str, Callable[[Any], Any]]] = {
    UUID: ("uuid", str),
    Decimal: ("decimal", str),
    datetime: ("datetime", datetime.isoformat),
    date: ("date", date.isoformat),
    time: ("time", time.isoformat),
    timedelta: ("timedelta", lambda value: [value.days, value.seconds, value.microseconds]),
    bytes: ("bytes", bytes.hex),
}
_DECODERS: dict[str, Callable[[Any], Any]] = {
    "uuid": UUID,
    "decimal": Decimal,
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
    "time": time.fromisoformat,
    "timedelta": lambda parts: timedelta(*parts),
    "bytes": bytes.fromhex,
    "tuple": lambda items: tuple(map(decode, items)),
    "dict": lambda items: {decode(key): decode(value) for key, value in items},
}


def encode(value: Any) -> Any:
    """A value as JSON; raises `TypeError` for one that cannot travel."""
    if type(value) in _PLAIN:
        return value
    if isinstance(value, Enum):
        return encode(value.value)
    if isinstance(value, memoryview | bytearray):
        value = bytes(value)
    for kind, (tag, write) in _ENCODERS.items():
        if isinstance(value, kind):
            return {TAG: tag, "v": write(value)}
    if isinstance(value, Promise):
        return str(value)
    if isinstance(value, bool | int | float | str):
        return next(kind(value) for kind in (bool, int, float, str) if isinstance(value, kind))
    if isinstance(value, list):
        return [encode(item) for item in value]
    if isinstance(value, tuple):
        return {TAG: "tuple", "v": [encode(item) for item in value]}
    if isinstance(value, dict):
        if TAG not in value and all(type(key) is str for key in value):
            return {key: encode(item) for key, item in value.items()}
        return {TAG: "dict", "v": [[encode(key), encode(item)] for key, item in value.items()]}
    if isinstance(value, Model):
        raise TypeError(f"a {value._meta.label} instance cannot travel; map to its primary key, or to an _id column")
    raise TypeError(f"a {type(value).__module__}.{type(value).__qualname__} cannot travel to a worker")


def decode(value: Any) -> Any:
    """The value that `encode` was given."""
    if isinstance(value, dict):
        if TAG in value:
            return _DECODERS[value[TAG]](value["v"])
        return {key: decode(item) for key, item in value.items()}
    if isinstance(value, list):
        return [decode(item) for item in value]
    return value
