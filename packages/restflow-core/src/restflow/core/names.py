"""How names and annotations read in messages: as the user wrote them.

Shared by restflow's own distributions; no promise to others.
"""

import types
import typing
from collections.abc import Iterable
from difflib import get_close_matches
from enum import Enum
from typing import Any


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name that `name` was probably meant to be, compared without case; `None` when nothing is near."""
    by_upper = {candidate.upper(): candidate for candidate in known}
    matches = get_close_matches(name.upper(), by_upper, n=1)
    return by_upper[matches[0]] if matches else None


def suggestion(name: str, known: Iterable[str], *, what: str = "names") -> str:
    """A hint for an unknown name: the nearest known one, else the list of them."""
    known = sorted(known)
    near = nearest(name, known)
    if near is not None:
        return f"Did you mean {near!r}?"
    return f"Known {what}: {', '.join(known)}." if known else f"There are no known {what}."


def annotation_text(annotation: object) -> str:
    """An annotation as source code: `set[list[int]]`, `int | None`, `Literal['a']`, not `<class 'set'>`."""
    if annotation is None or annotation is types.NoneType:
        return "None"
    if annotation is ...:
        return "..."
    if isinstance(annotation, typing.ForwardRef):
        return repr(annotation.__forward_arg__)
    if isinstance(annotation, str):
        return repr(annotation)
    if isinstance(annotation, list):  # the parameters of a Callable
        return f"[{', '.join(map(annotation_text, annotation))}]"
    origin = typing.get_origin(annotation)
    if origin is not None and origin is not annotation:  # of Generic, it is Generic
        return _generic_text(annotation, origin)
    if isinstance(annotation, type):
        return annotation.__name__ if annotation.__module__ == "builtins" else annotation.__qualname__
    name = getattr(annotation, "__name__", None) or getattr(annotation, "_name", None)
    return name if isinstance(name, str) else repr(annotation)


def _generic_text(annotation: object, origin: Any) -> str:
    args = typing.get_args(annotation)
    if origin in (typing.Union, types.UnionType):
        return " | ".join(map(annotation_text, args))
    if origin is typing.Literal:
        return f"Literal[{', '.join(str(a) if isinstance(a, Enum) else repr(a) for a in args)}]"
    if origin is typing.Annotated:
        inside = [annotation_text(args[0]), *map(repr, args[1:])]
        return f"Annotated[{', '.join(inside)}]"
    # typing.List[int] was written `List[int]`, list[int] was written `list[int]`
    name = getattr(annotation, "_name", None) or annotation_text(origin)
    inside = [annotation_text(arg) for arg in args] or ["()"]
    return f"{name}[{', '.join(inside)}]"
