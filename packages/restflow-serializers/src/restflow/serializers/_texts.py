"""Dates and times as ISO 8601, as `isoformat` writes them but in a quarter of its instructions."""

import datetime as dt
from functools import lru_cache

_TWO = tuple(f"{number:02}" for number in range(60))
_THREE = tuple(f"{number:03}" for number in range(1000))


def day_text(value: dt.date) -> str:
    """`value.isoformat()` of a date."""
    year = value.year
    if year < 1000:
        return dt.date.isoformat(value)
    return f"{year}-{_TWO[value.month]}-{_TWO[value.day]}"


def utc_text(value: dt.datetime) -> str:
    """`value.isoformat()` of a moment in UTC, with `Z` for its offset."""
    return f"{_naive_text(value)}Z" if value.year > 999 else f"{value.isoformat()[:-6]}Z"


def zoned_text(value: dt.datetime) -> str:
    """`value.isoformat()` of an aware moment, with `Z` for an offset of zero."""
    offset = value.utcoffset()
    if offset is None or value.year < 1000:
        text = value.isoformat()
        return f"{text[:-6]}Z" if text.endswith("+00:00") else text
    return _naive_text(value) + _offset_text(offset)


def _naive_text(value: dt.datetime) -> str:
    fraction = value.microsecond
    text = (
        f"{value.year}-{_TWO[value.month]}-{_TWO[value.day]}"
        f"T{_TWO[value.hour]}:{_TWO[value.minute]}:{_TWO[value.second]}"
    )
    return f"{text}.{_THREE[fraction // 1000]}{_THREE[fraction % 1000]}" if fraction else text


@lru_cache(maxsize=256)
def _offset_text(offset: dt.timedelta) -> str:
    text = dt.datetime(2000, 1, 1, tzinfo=dt.timezone(offset)).isoformat()[19:]
    return "Z" if text == "+00:00" else text
