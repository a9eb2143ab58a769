"""What a class and a `Literal` mean: the annotations that have no others inside."""

import collections.abc
import dataclasses
import enum
import types
import typing
from collections.abc import Iterator
from typing import Any, Literal

from restflow.core._aliases import alias_of
from restflow.core._site import UNSUPPORTED_HINT, Site, alias_value, leads_to_itself
from restflow.core._type_spec import Base, Kind
from restflow.core.names import annotation_text

CONTAINERS: dict[Any, tuple[Kind, type]] = {
    list: ("list", list),
    collections.abc.Sequence: ("list", list),
    collections.abc.MutableSequence: ("list", list),
    collections.abc.Iterable: ("list", list),
    collections.abc.Collection: ("list", list),
    set: ("set", set),
    frozenset: ("set", frozenset),
    collections.abc.Set: ("set", set),
    collections.abc.MutableSet: ("set", set),
    tuple: ("tuple", tuple),
    dict: ("dict", dict),
    collections.abc.Mapping: ("dict", dict),
    collections.abc.MutableMapping: ("dict", dict),
}
"""Origin -> kind, and the class to make of it."""

_ORDINARY = frozenset({str, int, float, bool, bytes})
"""Classes that need no look at what else they might be."""


def describe_class(cls: Any, site: Site) -> Base:
    """What the name of a class means. Raises `AnnotationError`."""
    if cls in _ORDINARY:
        return {"kind": "plain", "type": cls}
    if cls is Any:
        return {"kind": "any"}
    container = CONTAINERS.get(cls)
    if container is not None:
        kind, made = container
        return {"kind": kind, "type": made}
    if isinstance(cls, enum.EnumMeta):
        return _enum(cls, site)
    if cls is object:
        site.refuse("object says nothing about the value", "Use Any for any JSON value.")
    if cls is types.NoneType:
        site.refuse("None alone is no type", "Write `T | None`.")
    if getattr(cls, "_is_protocol", False):
        site.refuse(f"{annotation_text(cls)} is a protocol, which no value is made of", "Name a concrete class.")
    if cls is dataclasses.InitVar:
        site.refuse("InitVar is no type of a field", UNSUPPORTED_HINT)
    if dataclasses.is_dataclass(cls) or _is_typed_dict(cls):
        return {"kind": "shape", "type": cls}
    if cls.__module__ in ("typing", "typing_extensions"):  # `Annotated` without arguments, which may be a class
        site.refuse(f"{annotation_text(cls)} is no type of a value", UNSUPPORTED_HINT)
    return {"kind": "plain", "type": cls}


def _is_typed_dict(cls: Any) -> bool:
    # by shape, because typing_extensions has a TypedDict of its own
    return issubclass(cls, dict) and hasattr(cls, "__total__") and hasattr(cls, "__required_keys__")


def _enum(cls: Any, site: Site) -> Base:
    if issubclass(cls, enum.Flag):
        site.refuse(
            f"{annotation_text(cls)} is a Flag, whose values combine", "Use a set of an Enum, or an int with its bits."
        )
    if not cls.__members__:
        site.refuse(f"{annotation_text(cls)} has no members", "Use an Enum that has some.")
    return {"kind": "enum", "type": cls}


def describe_literal(part: Any, site: Site) -> Base:
    """The values of a `Literal`. Raises `AnnotationError`."""
    choices: list[Any] = []
    seen: set[tuple[type, Any]] = set()
    for value in _literal_values(part, site):
        if value is not None and not isinstance(value, str | bytes | int | enum.Enum):
            site.refuse(f"{value!r} cannot stand in a Literal", "Use strings, integers, booleans, bytes, enum members.")
        key = type(value), value
        if key not in seen:
            seen.add(key)
            choices.append(value)
    nullable = None in choices
    choices = [value for value in choices if value is not None]
    if not choices:
        site.refuse("a Literal needs a value besides None", "Write `Literal['a', 'b']`.")
    base: Base = {"kind": "literal", "choices": tuple(choices)}
    return base | {"nullable": True} if nullable else base


def _literal_values(part: Any, site: Site, aliases: tuple[Any, ...] = ()) -> Iterator[Any]:
    for value in part.__args__:
        inner, seen = value, aliases
        if (alias := alias_of(value)) is not None:
            if leads_to_itself(value, aliases):
                site.refuse(f"the alias {alias.__name__} contains itself", "List the values in the Literal.")
            inner, seen = alias_value(value, site), (*aliases, value)
        if typing.get_origin(inner) is Literal:
            yield from _literal_values(inner, site, seen)
        else:
            yield value
