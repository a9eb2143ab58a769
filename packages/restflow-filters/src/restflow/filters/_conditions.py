"""Conditions: built from paths and values, negated as complements, combined by the operator."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import reduce
from operator import add, and_, or_
from typing import Any

from django.db.models import Case, Q, QuerySet, Value, When
from django.db.models.lookups import Exact


def lookup(path: str, value: Any) -> Q:
    """The condition of one path with its lookup; `None` is NULL."""
    if value is None:
        return Q((f"{path.removesuffix('__exact')}__isnull", True))
    return Q((path, value))


def any_of(paths: Sequence[str], value: Any) -> Q:
    """The value matches any of the paths."""
    return lookup(paths[0], value) if len(paths) == 1 else reduce(or_, (lookup(path, value) for path in paths))


def in_range(path: str, ends: Sequence[Any]) -> Q:
    """Between two ends, of which `None` is an open one; `path` has no lookup."""
    lower, upper = ends
    if lower is None:
        return Q((f"{path}__lte", upper))
    if upper is None:
        return Q((f"{path}__gte", lower))
    return Q((f"{path}__range", (lower, upper)))


def with_value(build: Callable[[Any], Q], path: str, lowest: int, highest: int, value: Any) -> Q:
    """What `build` makes, for rows that have a value: beyond its range Django lets a comparison hold for NULL too."""
    q = build(value)
    ends = value if isinstance(value, list) else [value]
    if any(end is not None and not lowest <= end <= highest for end in ends):
        q &= Q((f"{path}__isnull", False))
    return q


def as_q(result: Any, where: str) -> Q:
    """What a callable `filter_by` gave, as a `Q`; `TypeError` for anything but a `Q`, a dict or a condition."""
    if isinstance(result, Q):
        return result
    if isinstance(result, Mapping):
        return Q(**result)
    if getattr(result, "conditional", False):
        return Q(result)
    raise TypeError(
        f"{where} returned {result!r}, where a Q, a dict of lookups or a conditional expression was expected. "
        "Q() means no condition."
    )


def complement(q: Q) -> Q:
    """The rows that `q` leaves out, those where it is NULL included; `q` crosses no to-many relation."""
    return Q(Exact(_one_where(q), Value(0)))


def rows_of(queryset: QuerySet[Any], q: Q) -> Q:
    """The rows whose key is among those of `queryset` that `q` selects: each once, whatever `q` joins."""
    return Q(pk__in=queryset.order_by().filter(q).values("pk"))


def parity(conditions: Sequence[Q]) -> Q:
    """True where an odd number of conditions is; NULL counts as false on every database."""
    if len(conditions) == 1:
        return conditions[0]
    ones: Iterable[Any] = map(_one_where, conditions)
    return Q(Exact(reduce(add, ones) % Value(2), Value(1)))


def _one_where(q: Q) -> Case:
    """1 where `q` holds, else 0. Not a boolean: where `q` is constant, Django casts one to a type MariaDB has not."""
    return Case(When(q, then=Value(1)), default=Value(0))


def combine(conditions: Sequence[Q], operator: str) -> Q:
    """The conditions joined by `"AND"`, `"OR"` or `"XOR"`."""
    if operator == "XOR":
        return parity(conditions)
    return reduce(and_ if operator == "AND" else or_, conditions)


def paths_in(q: Any) -> Iterable[str]:
    """Every path that a `Q` or expression uses: those of its lookups and of the `F`s in its values."""
    if isinstance(q, Q):
        for child in q.children:
            if isinstance(child, tuple):
                yield child[0]
                yield from paths_in(child[1])
            else:
                yield from paths_in(child)
    elif hasattr(q, "flatten"):
        for part in q.flatten():
            if isinstance(part, Q):
                if part is not q:
                    yield from paths_in(part)
            elif type(part).__name__ == "F":
                yield part.name
            elif isinstance(condition := getattr(part, "condition", None), Q):
                yield from paths_in(condition)
