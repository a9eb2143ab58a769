"""Cursors: a position in an ordering as URL-safe text, and back; whatever is not one of ours is refused."""

import base64
import binascii
import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import models
from django.utils import timezone

VERSION = 1
_DIGITS = 1000  # far beyond any column, and far from what a server refuses to parse


class CursorError(ValueError):
    """Not a cursor for this ordering."""


@dataclass(frozen=True, slots=True)
class Kind:
    """How values of one kind of field are written as JSON, and read again: `ValueError` or `TypeError` for others."""

    write: Callable[[Any], Any]
    read: Callable[[Any], Any]


def _text(value: Any) -> str:
    if not isinstance(value, str) or "\0" in value:
        raise CursorError
    value.encode()  # UnicodeEncodeError, a ValueError, for a lone surrogate
    return value


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise CursorError
    return value


def _integer(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise CursorError
    return value


def _moment(value: Any) -> datetime:
    moment = datetime.fromisoformat(_text(value))
    if timezone.is_aware(moment) is not bool(settings.USE_TZ):
        raise CursorError
    return moment


def _time(value: Any) -> time:
    found = time.fromisoformat(_text(value))
    if found.tzinfo is not None:
        raise CursorError
    return found


def _microseconds(value: timedelta) -> int:
    return value // timedelta(microseconds=1)


def _bytes(value: Any) -> bytes:
    return base64.b64decode(_text(value), validate=True)


_KINDS: tuple[tuple[Any, Kind], ...] = (
    (models.BooleanField, Kind(bool, _boolean)),
    (models.IntegerField, Kind(int, _integer)),
    (models.FloatField, Kind(lambda value: repr(float(value)), lambda value: float(_text(value)))),
    (models.DecimalField, Kind(str, lambda value: Decimal(_text(value)))),
    (models.DateTimeField, Kind(datetime.isoformat, _moment)),
    (models.DateField, Kind(date.isoformat, lambda value: date.fromisoformat(_text(value)))),
    (models.TimeField, Kind(time.isoformat, _time)),
    (models.DurationField, Kind(_microseconds, lambda value: timedelta(microseconds=_integer(value)))),
    (models.UUIDField, Kind(str, lambda value: UUID(_text(value)))),
    (models.BinaryField, Kind(lambda value: base64.b64encode(bytes(value)).decode(), _bytes)),
    (models.CharField, Kind(str, _text)),
    (models.TextField, Kind(str, _text)),
    (models.GenericIPAddressField, Kind(str, _text)),
)


def kind_of(field: Any) -> Kind | None:
    """The kind of a field; `None` where its values cannot be a position."""
    while isinstance(field, models.ForeignKey):
        field = field.target_field
    return next((kind for known, kind in _KINDS if isinstance(field, known)), None)


def encode(fingerprint: str, reverse: bool, kinds: Sequence[Kind], values: Sequence[Any] | None) -> str:
    """The text of a cursor; without values it stands at the end that it comes from."""
    pairs = zip(kinds, values, strict=True) if values is not None else ()
    written = [None if value is None else kind.write(value) for kind, value in pairs]
    text = json.dumps([VERSION, fingerprint, int(reverse), written], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode(text: str, fingerprint: str, kinds: Sequence[Kind]) -> tuple[bool, tuple[Any, ...] | None]:
    """Direction and values of a cursor; `CursorError` for whatever `encode` has not made for this ordering."""
    try:
        raw = base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
        made = json.loads(raw, parse_float=_refuse, parse_constant=_refuse)
        version, of, reverse, written = made
        if version != VERSION or of != fingerprint or reverse not in (0, 1) or not isinstance(written, list):
            raise CursorError
        if not written:
            return bool(reverse), None
        values = [None if value is None else kind.read(value) for kind, value in zip(kinds, written, strict=True)]
    except (ValueError, TypeError, ArithmeticError, RecursionError, binascii.Error) as error:
        raise CursorError from error
    return bool(reverse), tuple(values)


def _refuse(text: str) -> Any:
    raise CursorError


def is_storable(field: Any, value: Any, connection: Any) -> bool:
    """Whether the database takes the value for such a field, as far as can be told without asking it."""
    while isinstance(field, models.ForeignKey):
        field = field.target_field
    if isinstance(field, models.IntegerField):
        low, high = connection.ops.integer_field_range(field.get_internal_type())
        low, high = -(2**63) if low is None else low, 2**63 - 1 if high is None else high
        return bool(low <= value <= high)
    if isinstance(value, Decimal) and (not value.is_finite() or abs(value.adjusted()) > _DIGITS):
        return False
    if isinstance(value, Decimal) and field.max_digits and value.adjusted() >= field.max_digits - field.decimal_places:
        return False
    if isinstance(value, float) and not math.isfinite(value):
        # PostgreSQL has both, SQLite infinities alone, and MySQL's drivers refuse both
        return connection.vendor == "postgresql" or (math.isinf(value) and connection.vendor != "mysql")
    try:
        field.get_db_prep_value(value, connection, prepared=False)
    except Exception:  # each field has its own way of refusing
        return False
    return True
