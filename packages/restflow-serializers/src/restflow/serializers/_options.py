"""The `Meta` options that restflow adds, and their values."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Prefetch

from restflow.core import ConfigError
from restflow.core.names import suggestion


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """An option: its default, which values it takes, and how to say that."""

    default: Any
    takes: Callable[[Any], bool]
    expected: str
    values: tuple[str, ...] = ()


def _is_count(value: Any) -> bool:
    return type(value) is int and value >= 1


def _are_lookups(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(item, str) for item in value)


def _are_prefetches(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(item, str | Prefetch) for item in value)


OPTIONS = {
    "unknown_fields": Option(
        default="ignore",
        takes=lambda value: value in ("ignore", "forbid"),
        expected='"ignore" or "forbid"',
        values=("ignore", "forbid"),
    ),
    "max_depth": Option(default=32, takes=_is_count, expected="a number of levels, at least 1"),
    "select_related": Option(default=(), takes=_are_lookups, expected="a list or tuple of lookups"),
    "prefetch_related": Option(
        default=(), takes=_are_prefetches, expected="a list or tuple of lookups or Prefetch objects"
    ),
    "save_only_changed": Option(default=False, takes=lambda value: isinstance(value, bool), expected="True or False"),
    "bulk_batch_size": Option(
        default=None, takes=lambda value: value is None or _is_count(value), expected="a number of rows, or None"
    ),
    "update_lookup_field": Option(
        default="pk", takes=lambda value: isinstance(value, str) and value != "", expected="the name of a field"
    ),
}


def option(cls: type, name: str) -> Any:
    """The value of an option of restflow in `cls.Meta`, or its default."""
    return getattr(getattr(cls, "Meta", None), name, OPTIONS[name].default)


def max_depth(cls: type) -> int:
    """How many levels of itself a serializer of this class may have."""
    depth: int = option(cls, "max_depth")
    return depth


def check_options(cls: type) -> None:
    """Raises `ConfigError` for a value that an option of restflow does not have."""
    for name, known in OPTIONS.items():
        value = option(cls, name)
        if not known.takes(value):
            hint = suggestion(value, known.values, what="values") if known.values and isinstance(value, str) else None
            raise ConfigError(
                f"{cls.__module__}.{cls.__qualname__}.Meta.{name} cannot be {value!r}.",
                hint=hint or f"Use {known.expected}.",
            )
