"""From values to text: equal texts mean the same type and value.

The text is ASCII without white space or control characters, the same in every process, and never contains `::`.
`loose_text` is the other reading, for wipes: values that mean the same (`1` and `"1"`) have one loose text.
"""

import dataclasses
import math
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from operator import itemgetter
from types import BuiltinFunctionType, FunctionType
from typing import Any
from urllib.parse import quote
from uuid import UUID

from django.db.models import Model
from django.utils.functional import Promise

WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_.@+-]*", re.ASCII).fullmatch
RESERVED = frozenset({"None", "True", "False"})
SAFE = "@+~"
"""Punctuation that stays beside `_.-`, which `quote` never touches."""

MISSING_TEXT = "~missing"


class UnkeyableError(Exception):
    """A value that has no text; the field that met it says where."""

    def __init__(self, value: object) -> None:
        super().__init__(f"{type(value).__module__}.{type(value).__qualname__}")


def string(value: str) -> str:
    """A string's text: itself where it is a word, else percent-encoded in quotes."""
    if WORD(value) and value not in RESERVED:
        return value
    return f"'{quote(value, safe=SAFE, errors='surrogatepass')}'"


def text(value: Any, sort_lists: bool = False) -> str:
    """The one text of a value; raises `UnkeyableError` where it has none."""
    write = _EXACT.get(type(value))
    if write is not None:
        return write(value)
    return _Writer(sort_lists).write(value)


def pairs(items: Iterable[tuple[str, Any]], write: Callable[[Any], str]) -> str:
    """`name=text` pairs, sorted by name, joined by `&`."""
    return "&".join([f"{string(name)}={write(value)}" for name, value in sorted(items, key=itemgetter(0))])


def _float(value: float) -> str:
    if math.isfinite(value):
        return repr(value)
    return "~float:nan" if value != value else f"~float:{value!r}"


def _datetime(value: datetime) -> str:
    if value.utcoffset() is None:
        return value.isoformat()
    return value.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def _time(value: time) -> str:
    return f"~time:{value.isoformat()}"


def _timedelta(value: timedelta) -> str:
    # exact: total_seconds() is a float, which two long durations may share
    whole = value.days * 86400 + value.seconds
    micro = value.microseconds
    return f"~timedelta:{whole}.{micro:06d}" if micro else f"~timedelta:{whole}"


def path_of(obj: Any) -> str:
    """`module.qualname`, safe in a key."""
    return quote(f"{obj.__module__}.{obj.__qualname__}", safe="<>")


_EXACT: dict[type, Callable[[Any], str]] = {
    type(None): lambda value: "None",
    bool: str,
    int: str,
    str: string,
    float: _float,
    datetime: _datetime,
    date: date.isoformat,
    time: _time,
    timedelta: _timedelta,
    Decimal: lambda value: f"~Decimal:{value}",
    UUID: lambda value: f"~UUID:{value}",
    bytes: lambda value: f"~bytes:{value.hex()}",
}


class _Writer:
    """Writes one value; knows the containers it is inside, so that one which holds itself is refused."""

    __slots__ = ("inside", "sort_lists")

    def __init__(self, sort_lists: bool) -> None:
        self.sort_lists = sort_lists
        self.inside: set[int] = set()

    def write(self, value: Any) -> str:
        exact = _EXACT.get(type(value))
        if exact is not None:
            return exact(value)
        if isinstance(value, Promise):
            return string(str(value))
        if isinstance(value, type):
            return f"~{path_of(value)}"
        if id(value) in self.inside:
            raise UnkeyableError(value)
        self.inside.add(id(value))
        try:
            return self._nested(value)
        finally:
            self.inside.discard(id(value))

    def _nested(self, value: Any) -> str:
        kind = type(value)
        if (own := getattr(kind, "__cache_key__", None)) is not None:
            return f"~{path_of(kind)}({self.write(own(value))})"
        if isinstance(value, Enum):
            return f"~{path_of(kind)}.{string(value.name or str(value.value))}"
        if isinstance(value, Model):
            if value.pk is None:
                raise UnkeyableError(value)
            return f"~{value._meta.label}:{self.write(value.pk)}"
        if kind is list:
            return f"[{self._items(value)}]"
        if kind is tuple:
            return f"({self._items(value)})"
        if kind in (set, frozenset):
            return f"<{','.join(sorted(map(self.write, value)))}>"
        if kind is dict:
            items = sorted(((self.write(key), item) for key, item in value.items()), key=itemgetter(0))
            return f"{{{','.join(f'{key}={self.write(item)}' for key, item in items)}}}"
        if isinstance(value, tuple) and hasattr(kind, "_fields"):
            return f"~{path_of(kind)}({','.join(map(self.write, value))})"
        if dataclasses.is_dataclass(value):
            compared = (getattr(value, f.name) for f in dataclasses.fields(value) if f.compare)
            return f"~{path_of(kind)}({','.join(map(self.write, compared))})"
        if isinstance(value, FunctionType | BuiltinFunctionType) and _is_at_its_path(value):
            return f"~{path_of(value)}"
        return self._derived(value, kind)

    def _derived(self, value: Any, kind: type) -> str:
        """A subclass of a plain type (`SafeString`, `OrderedDict`, a `str` of one's own): told apart by its path."""
        for base in _EXACT:
            if isinstance(value, base):
                return f"~{path_of(kind)}({_EXACT[base](value)})"
        if isinstance(value, list | tuple):
            return f"~{path_of(kind)}({self._items(value)})"
        if isinstance(value, set | frozenset):
            return f"~{path_of(kind)}(<{','.join(sorted(map(self.write, value)))}>)"
        if isinstance(value, dict):
            return f"~{path_of(kind)}({self._nested(dict(value))})"
        raise UnkeyableError(value)

    def _items(self, value: Iterable[Any]) -> str:
        texts = map(self.write, value)
        return ",".join(sorted(texts) if self.sort_lists else texts)


def _is_at_its_path(function: Any) -> bool:
    qualname = getattr(function, "__qualname__", "")
    return bool(getattr(function, "__module__", None)) and "<" not in qualname and "." not in qualname


_NUMBER = re.compile(r"-?\d+(\.\d+)?", re.ASCII).fullmatch
_UUID_LENGTH = 36


def loose_text(value: Any) -> str:
    """The text by which wipes match: `1`, `"1"`, `Decimal("1.0")`, a `UUID` and its string, an enum member and its
    value, a model instance and its primary key have one each. Raises `UnkeyableError` like `text`."""
    kind = type(value)
    if kind is str:
        return _loose_string(value)
    if kind is int or kind is bool or value is None:
        return str(value)
    if isinstance(value, Enum):
        return loose_text(value.value)
    if isinstance(value, Model):
        if value.pk is None:
            raise UnkeyableError(value)
        return loose_text(value.pk)
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, int):
        return str(int(value))
    if isinstance(value, float | Decimal):
        return _loose_number(value)
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime):
        return _loose_string(_datetime(value))
    if isinstance(value, date | time):
        return _loose_string(value.isoformat())
    if isinstance(value, str):
        return _loose_string(str(value))
    if isinstance(value, Promise):
        return _loose_string(str(value))
    if isinstance(value, list | tuple) and not hasattr(kind, "_fields"):
        return f"[{','.join(map(loose_text, value))}]"
    if isinstance(value, dict):
        return f"{{{','.join(sorted(f'{loose_text(k)}={loose_text(v)}' for k, v in value.items()))}}}"
    return text(value)


def _loose_string(value: str) -> str:
    if "." in value and _NUMBER(value):
        return _loose_number(Decimal(value))
    if len(value) == _UUID_LENGTH and value.count("-") == 4:
        value = value.lower()
    return quote(value, safe=SAFE, errors="surrogatepass")


def _loose_number(value: float | Decimal) -> str:
    number = Decimal(repr(value)) if isinstance(value, float) else value
    if not number.is_finite():
        return str(number).lower()
    plain = format(number, "f")
    if "." in plain:
        plain = plain.rstrip("0").rstrip(".")
    return "0" if plain in ("-0", "") else plain


def follow(value: Any, path: tuple[str, ...]) -> Any:
    """The value at a dotted path: attributes, then mapping keys; `MISSING` where there is none."""
    for name in path:
        found = getattr(value, name, MISSING)
        if found is MISSING and isinstance(value, Mapping):
            found = value.get(name, MISSING)
        if found is MISSING:
            return MISSING
        value = found
    return value


class Missing(Enum):
    """The type of `MISSING`."""

    MISSING = "missing"


MISSING = Missing.MISSING
"""What an attribute path leads to where it does not exist; its text is `~missing`."""
_EXACT[Missing] = lambda value: MISSING_TEXT
