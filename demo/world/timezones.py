"""Shows a validator of a model field, which restflow's serializers take over like any of Django's."""

from functools import cache
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError


@cache
def _names() -> frozenset[str]:
    return frozenset(available_timezones())  # walks a folder: once a process


def validate_timezone(name: str) -> None:
    """Raises `ValidationError` for a name that is not in the IANA time zone database."""
    if name not in _names():
        raise ValidationError("%(name)s is no time zone, such as Asia/Dhaka.", code="timezone", params={"name": name})
