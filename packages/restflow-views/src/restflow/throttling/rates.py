"""Rates: `"<count>/<period>"`, the period an optional number and a unit."""

import re
from functools import lru_cache
from typing import Any

from restflow.core import ConfigError

_UNITS = {
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), 1),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), 60),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), 3600),
    **dict.fromkeys(("d", "day", "days"), 86400),
    **dict.fromkeys(("w", "week", "weeks"), 604800),
}
_RATE = re.compile(
    r"\s*(?P<count>[0-9]{1,15})\s*/\s*(?P<number>[0-9]{1,9})?\s*(?P<unit>[a-z]+)\s*", re.IGNORECASE | re.ASCII
)
HINT = 'Write "<count>/<period>", such as "10/min", "5/30s" or "1000/2 hours".'


def parse_rate(rate: Any, where: str) -> tuple[int, int]:
    """Count and seconds of a rate; `ImproperlyConfigured`, naming `where` it stands, for anything else."""
    parsed = _parsed(rate) if isinstance(rate, str) else None
    if parsed is None:
        raise ConfigError(f"{where}: {rate!r} is no rate.", hint=HINT)
    return parsed


@lru_cache  # the same few rates in every request
def _parsed(rate: str) -> tuple[int, int] | None:
    match = _RATE.fullmatch(rate)
    seconds = _UNITS.get(match["unit"].lower()) if match else None
    if match is None or seconds is None or (match["number"] is not None and int(match["number"]) == 0):
        return None
    return int(match["count"]), seconds * int(match["number"] or 1)
