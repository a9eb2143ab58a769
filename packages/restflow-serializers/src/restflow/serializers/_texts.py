"""Dates and times as ISO 8601, as `isoformat` writes them but in a fraction of its instructions.

The parts are looked up and put together in one f-string; a call for a part would cost more than the part.
"""

import datetime as dt

_TWO = tuple(f"{number:02}" for number in range(60))
_THREE = tuple(f"{number:03}" for number in range(1000))
_OFFSETS: dict[dt.timedelta, str] = {}
_MOST_OFFSETS = 256


def day_text(value: dt.date) -> str:
    """`value.isoformat()` of a date."""
    year = value.year
    if year < 1000:
        return dt.date.isoformat(value)
    return f"{year}-{_TWO[value.month]}-{_TWO[value.day]}"


def utc_text(value: dt.datetime) -> str:
    """`value.isoformat()` of a moment in UTC, with `Z` for its offset."""
    return _written(value, "Z") if value.year > 999 else f"{value.isoformat()[:-6]}Z"


def zoned_text(value: dt.datetime) -> str:
    """`value.isoformat()` of an aware moment, with `Z` for an offset of zero."""
    offset = value.utcoffset()
    if offset is None or value.year < 1000:
        text = value.isoformat()
        return f"{text[:-6]}Z" if text.endswith("+00:00") else text
    return _written(value, _OFFSETS.get(offset) or _offset_text(offset))


def _written(value: dt.datetime, offset: str) -> str:
    fraction = value.microsecond
    end = f".{_THREE[fraction // 1000]}{_THREE[fraction % 1000]}{offset}" if fraction else offset
    return (
        f"{value.year}-{_TWO[value.month]}-{_TWO[value.day]}"
        f"T{_TWO[value.hour]}:{_TWO[value.minute]}:{_TWO[value.second]}{end}"
    )


def _offset_text(offset: dt.timedelta) -> str:
    text = dt.datetime(2000, 1, 1, tzinfo=dt.timezone(offset)).isoformat()[19:]
    text = "Z" if text == "+00:00" else text
    if len(_OFFSETS) < _MOST_OFFSETS:
        _OFFSETS[offset] = text
    return text
