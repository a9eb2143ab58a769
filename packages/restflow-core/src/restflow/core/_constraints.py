"""Bounds in `Annotated`: which metadata are constraints, told by their shape alone."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Constraints:
    """The bounds that an annotation sets, each `None` when absent.

    The names are those of annotated-types: `ge`, `gt`, `le`, `lt` and `multiple_of` bound the value itself,
    `min_length` and `max_length` its length, all inclusive but `gt` and `lt`.
    """

    ge: Any = None
    gt: Any = None
    le: Any = None
    lt: Any = None
    multiple_of: Any = None
    min_length: int | None = None
    max_length: int | None = None


UNCONSTRAINED = Constraints()
_BOUNDS = frozenset(field.name for field in fields(Constraints))
_GROUPED = "__is_annotated_types_grouped_metadata__"


def separate(metadata: Iterable[Any]) -> tuple[list[Any], dict[str, Any]]:
    """Metadata without the constraints among them, and the bounds that these set; of two for one bound the later."""
    others: list[Any] = []
    bounds: dict[str, Any] = {}
    for piece in metadata:
        found = _bounds_of(piece)
        if found is not None:
            bounds.update(found)
        elif _is_group(piece):
            inner, inner_bounds = separate(piece)
            bounds.update(inner_bounds)
            others.extend(inner if inner_bounds else [piece])
        else:
            others.append(piece)
    return others, bounds


def _bounds_of(piece: Any) -> dict[str, Any] | None:
    """The bounds that a constraint sets; `None` for anything else, such as a form field that has a max_length too."""
    if isinstance(piece, type):
        return None
    cls: Any = type(piece)
    names = _declared_attributes(cls)
    own = getattr(piece, "__dict__", None)
    if own:
        names = names.union(own)
    if not names or not names <= _BOUNDS:
        return None
    if _is_group(piece):  # which leaves out what bounds nothing, such as a length of at least 0
        return {name: value for part in piece for name, value in (_bounds_of(part) or {}).items()}
    return {name: value for name in names if (value := getattr(piece, name, None)) is not None}


def _is_group(piece: Any) -> bool:
    return not isinstance(piece, type) and getattr(piece, _GROUPED, False) is True


@lru_cache(maxsize=256)
def _declared_attributes(cls: Any) -> frozenset[str]:
    """The instance attributes that a class declares: dataclass fields and slots."""
    return frozenset(_slots(cls)).union(getattr(cls, "__dataclass_fields__", ()))


def _slots(cls: type) -> Iterator[str]:
    for base in cls.__mro__:
        slots = base.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if not name.startswith("__"):
                yield name
