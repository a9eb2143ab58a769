"""Annotations as run-time checks of settings: each gives the value to hand out, frozen, or says what is wrong with it.

Nothing is converted but containers (to their read-only forms) and the value of an enum's member (to the member).
"""

import collections.abc
import types
import typing
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from django.utils.functional import Promise

from restflow.core._frozen import FrozenMapping, frozen
from restflow.core.names import annotation_text


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in the settings: the id of its system check, where it is, what it is and what to do next."""

    id: str
    where: str
    message: str
    hint: str | None = None

    def __str__(self) -> str:
        return f"{self.message} {self.hint}" if self.hint else self.message


Check = Callable[[object, str, list[Problem]], object]
"""`check(value, where, problems)` returns the value to hand out; what it appends to `problems` makes that worthless."""

Special = Callable[[type], Check | None]


class UncheckableError(Exception):
    """An annotation that values cannot be checked against; its text is the reason."""


_UNIONS = (typing.Union, types.UnionType)
_LISTS = {
    list,
    tuple,
    collections.abc.Sequence,
    collections.abc.MutableSequence,
    collections.abc.Collection,
    collections.abc.Iterable,
}
_SETS = {set, frozenset, collections.abc.Set, collections.abc.MutableSet}
_MAPPINGS = {dict, collections.abc.Mapping, collections.abc.MutableMapping}


def mismatch(where: str, value: object, expected: str) -> Problem:
    """The problem of a value of the wrong type; it tells the type, never the value."""
    return Problem("restflow.E005", where, f"{where}: expected {expected}, got {annotation_text(type(value))}.")


def check_of(annotation: Any, special: Special) -> Check:
    """The check for an annotation; `special` may give one for a class of its own kind.

    Raises `UncheckableError`.
    """
    annotation = _looked_through(annotation)
    if annotation is Any or annotation is object:
        return _anything
    if annotation is None:
        annotation = types.NoneType
    origin = typing.get_origin(annotation)
    args = typing.get_args(annotation)
    kind = origin or annotation
    if kind in _UNIONS:
        return _union([check_of(arg, special) for arg in args], annotation_text(annotation))
    if kind is typing.Literal:
        return _literal(args, annotation_text(annotation))
    if kind is type:
        return _class(args, annotation_text(annotation))
    if kind is collections.abc.Callable:
        return _callable
    if kind is tuple and args[-1:] != (...,) and (args or origin):
        return _fixed([check_of(arg, special) for arg in args], annotation_text(annotation))
    if kind in _LISTS or kind in _SETS:
        make = tuple if kind in _LISTS else frozenset
        return _items(make, check_of(args[0] if args else Any, special), annotation_text(annotation))
    if kind in _MAPPINGS:
        key, item = (check_of(arg, special) for arg in args or (Any, Any))
        return _mapping(key, item, annotation_text(annotation))
    if origin is None and isinstance(annotation, type):
        return special(annotation) or _instance(annotation)
    raise UncheckableError(_reason(annotation))


def _looked_through(annotation: Any) -> Any:
    """The annotation behind `Annotated`, a `NewType` and an alias made by the `type` statement."""
    while True:
        origin = typing.get_origin(annotation)
        if origin is typing.Annotated:
            annotation = typing.get_args(annotation)[0]
        elif isinstance(annotation, typing.NewType):
            annotation = annotation.__supertype__
        elif type(annotation).__name__ == "TypeAliasType":
            annotation = annotation.__value__
        elif type(origin).__name__ == "TypeAliasType":
            given = dict(zip(origin.__type_params__, typing.get_args(annotation), strict=False))
            value = origin.__value__
            parameters = getattr(value, "__parameters__", ())
            annotation = value[tuple(given.get(parameter, Any) for parameter in parameters)] if parameters else value
        else:
            return annotation


def _reason(annotation: object) -> str:
    if isinstance(annotation, (str, typing.ForwardRef)):
        return "the name is not defined where the class is"
    return "values cannot be checked against this type"


def _anything(value: object, where: str, problems: list[Problem]) -> object:
    return frozen(value)


def _callable(value: object, where: str, problems: list[Problem]) -> object:
    if not callable(value):
        problems.append(mismatch(where, value, "Callable"))
    return value


def _instance(cls: type) -> Check:
    if issubclass(cls, Enum):
        return _enum(cls)
    try:
        isinstance(None, cls)
    except TypeError as error:  # a TypedDict, a Protocol that is not checkable at run time
        raise UncheckableError(_reason(cls)) from error
    expected = annotation_text(cls)
    accepted = (float, int) if cls is float else (complex, float, int) if cls is complex else cls

    def check(value: object, where: str, problems: list[Problem]) -> object:
        fits = isinstance(value, accepted) and not (isinstance(value, bool) and cls in (int, float, complex))
        if not fits and not (cls is str and _is_lazy_string(value)):
            problems.append(mismatch(where, value, expected))
        return value

    return check


def _is_lazy_string(value: object) -> bool:
    # A lazy number is a Promise too: the proxy has the methods of the type that it stands for.
    return isinstance(value, Promise) and hasattr(type(value), "casefold")


def _enum(cls: type[Enum]) -> Check:
    expected = f"{annotation_text(cls)} (a member or its value)"

    def check(value: object, where: str, problems: list[Problem]) -> object:
        if isinstance(value, cls):
            return value
        for member in cls:
            if _same(value, member.value):
                return member
        problems.append(mismatch(where, value, expected))
        return value

    return check


def _literal(choices: tuple[object, ...], expected: str) -> Check:
    def check(value: object, where: str, problems: list[Problem]) -> object:
        for choice in choices:
            if _same(value, choice):
                return choice
        text = annotation_text(type(value))
        # The type alone would say "expected Literal['a'], got str" of another string.
        other = f"another {text}" if any(type(value) is type(choice) for choice in choices) else text
        problems.append(Problem("restflow.E005", where, f"{where}: expected {expected}, got {other}."))
        return value

    return check


def _same(value: object, choice: object) -> bool:
    """Equality that tells `True` from 1 and 1.0 from 1."""
    if isinstance(choice, str) and not isinstance(choice, Enum):
        return isinstance(value, str) and value == choice
    return type(value) is type(choice) and value == choice


def _class(args: tuple[Any, ...], expected: str) -> Check:
    bases = tuple(_bases(args[0])) if args else (object,)

    def check(value: object, where: str, problems: list[Problem]) -> object:
        if not (isinstance(value, type) and issubclass(value, bases)):
            got = f"the class {value.__qualname__}" if isinstance(value, type) else annotation_text(type(value))
            problems.append(Problem("restflow.E005", where, f"{where}: expected {expected}, got {got}."))
        return value

    return check


def _bases(annotation: Any) -> Iterable[type]:
    annotation = _looked_through(annotation)
    if annotation is Any:
        yield object
    elif typing.get_origin(annotation) in _UNIONS:
        for arg in typing.get_args(annotation):
            yield from _bases(arg)
    elif isinstance(annotation, type) and typing.get_origin(annotation) is None:
        yield annotation
    else:
        raise UncheckableError(_reason(annotation))


def _union(members: list[Check], expected: str) -> Check:
    def check(value: object, where: str, problems: list[Problem]) -> object:
        attempts = []
        for member in members:
            found: list[Problem] = []
            result = member(value, where, found)
            if not found:
                return result
            attempts.append(found)
        # Where just one member is a container of the value's kind, its mistakes inside are the useful answer.
        inside = [found for found in attempts if ("restflow.E005", where) not in {(p.id, p.where) for p in found}]
        problems += inside[0] if len(inside) == 1 else [mismatch(where, value, expected)]
        return value

    return check


def _items(make: type[tuple[Any, ...]] | type[frozenset[Any]], item: Check, expected: str) -> Check:
    def check(value: object, where: str, problems: list[Problem]) -> object:
        if not isinstance(value, (list, tuple, set, frozenset)):
            problems.append(mismatch(where, value, expected))
            return value
        items = [item(element, f"{where}[{index}]", problems) for index, element in enumerate(value)]
        try:
            return make(items)
        except TypeError:
            problems.append(mismatch(where, value, f"{expected} with hashable items"))
            return value

    return check


def _fixed(items: list[Check], expected: str) -> Check:
    def check(value: object, where: str, problems: list[Problem]) -> object:
        if not isinstance(value, (list, tuple, set, frozenset)):
            problems.append(mismatch(where, value, expected))
        elif len(value) != len(items):
            got = f"{annotation_text(type(value))} of {len(value)}"
            problems.append(Problem("restflow.E005", where, f"{where}: expected {expected}, got {got}."))
        else:
            pairs = enumerate(zip(items, value, strict=True))
            return tuple(item(element, f"{where}[{index}]", problems) for index, (item, element) in pairs)
        return value

    return check


def _mapping(key: Check, item: Check, expected: str) -> Check:
    def check(value: object, where: str, problems: list[Problem]) -> object:
        if not isinstance(value, Mapping):
            problems.append(mismatch(where, value, expected))
            return value
        entries = {}
        for name, element in value.items():
            # A name that is no string is told by its type: it may be anything.
            inside = f"{where}[{name!r}]" if isinstance(name, str) else f"{where}[<{annotation_text(type(name))}>]"
            entries[key(name, f"{inside} (the key)", problems)] = item(element, inside, problems)
        return FrozenMapping(entries)

    return check
