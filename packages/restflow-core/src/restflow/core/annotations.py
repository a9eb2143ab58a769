"""The reader of type annotations: from `list[Email] | None` to a neutral `TypeSpec` that each subsystem maps to fields.

It knows nothing of Django's or DRF's fields. `class_annotations` gives the annotations of a class body,
`describe_annotation` says what one of them means.
"""

import typing
from typing import TYPE_CHECKING, Annotated, Any, NewType

from restflow.core._constraints import Constraints
from restflow.core._evaluation import class_annotations
from restflow.core._reading import read
from restflow.core._site import Site
from restflow.core._type_spec import TypeSpec

__all__ = [
    "BlankableString",
    "Constraints",
    "Email",
    "IPAddress",
    "NotRequired",
    "TypeSpec",
    "class_annotations",
    "describe_annotation",
]

Email = NewType("Email", str)
"""A string that is an email address."""

IPAddress = NewType("IPAddress", str)
"""A string that is an IPv4 or IPv6 address."""

BlankableString = NewType("BlankableString", str)
"""A string that may be empty."""

if TYPE_CHECKING:
    _T = typing.TypeVar("_T")
    # checkers refuse the special form outside of a TypedDict
    NotRequired = Annotated[_T, "may be left out"]
    """`NotRequired[T]`: the field may be left out of the input."""
else:
    NotRequired = typing.NotRequired

_described: dict[int, tuple[Any, TypeSpec]] = {}
_DESCRIBED_AT_MOST = 1024


def describe_annotation(annotation: Any, *, owner: str = "", name: str = "") -> TypeSpec:
    """What `annotation` means. `owner` and `name`, the class and the attribute, are for messages only.

    Raises `AnnotationError` for what no value of a request or a response can have as its type.
    """
    # By identity: `Literal["a", "b"]` equals `Literal["b", "a"]`, and `Ge(1)` equals `Ge(True)`. An entry keeps its
    # annotation alive, so no other object has that id meanwhile.
    known = _described.get(id(annotation))
    if known is not None:
        return known[1]
    spec = read(annotation, Site(owner, name, annotation))
    if len(_described) >= _DESCRIBED_AT_MOST:
        _described.clear()
    _described[id(annotation)] = annotation, spec
    return spec
