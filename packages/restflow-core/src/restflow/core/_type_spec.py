"""The neutral description of an annotation."""

from dataclasses import dataclass
from typing import Any, Literal

from restflow.core._constraints import UNCONSTRAINED, Constraints

Kind = Literal["any", "plain", "literal", "enum", "list", "set", "tuple", "dict", "union", "shape"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeSpec:
    """What an annotation means, whatever it is written with."""

    annotation: Any
    """As written."""
    kind: Kind
    """What sort of type it is; a *shape* is a dataclass or a `TypedDict`."""
    type: Any = None
    """The class of a `plain`, `enum` or `shape`, a `NewType` too; the container to make for `list`, `set`, `tuple` and
    `dict` (`list` for a `Sequence`); else `None`."""
    args: "tuple[TypeSpec, ...]" = ()
    """The item, the items of a fixed tuple, the value of a dict, the members of a union. Empty for a bare container."""
    variadic: bool = False
    """Whether a tuple is `tuple[T, ...]`."""
    choices: tuple[Any, ...] = ()
    """The values of a `Literal` in their order, `None` and repetitions taken out."""
    nullable: bool = False
    """Whether `None` was a member."""
    required: bool | None = None
    """`True` for `Required[T]`, `False` for `NotRequired[T]`."""
    read_only: bool = False
    """Whether `ReadOnly[T]` was used."""
    metadata: tuple[Any, ...] = ()
    """What `Annotated` says besides constraints, the outermost last."""
    constraints: Constraints = UNCONSTRAINED
    """The bounds that `Annotated` sets; of two for one bound the outermost."""


Base = dict[str, Any]
"""What the type itself says to a `TypeSpec`, without what stands around it."""
