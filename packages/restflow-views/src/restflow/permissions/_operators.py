"""`&`, `|` and `~` between permission classes, instances and compositions of both libraries."""

from typing import Any

from rest_framework import permissions

from restflow.permissions.compositions import AND, NOT, OR

_AND: Any = AND  # the stubs know neither compositions of instances nor our operands
_OR: Any = OR
_NOT: Any = NOT
_HOLDERS = (permissions.OperandHolder, permissions.SingleOperandHolder)


def _operand(operand: Any) -> Any:
    """The operand, if it is a permission class, an instance or a composition."""
    is_class = isinstance(operand, type) and any(
        hasattr(operand, name)
        for name in ("has_permission", "ahas_permission", "has_object_permission", "ahas_object_permission")
    )
    if is_class or isinstance(operand, (*_HOLDERS, InstanceOperators)):
        return operand
    raise TypeError(
        f"{operand!r} is no permission: combine permission classes, instances of restflow's BasePermission and "
        "compositions of them."
    )


class Operators:
    """The operators, for classes (by their metaclass) and compositions."""

    def __and__(self: Any, other: Any) -> "Composition":
        return Composition(_AND, self, _operand(other))

    def __or__(self: Any, other: Any) -> "Composition":
        return Composition(_OR, self, _operand(other))

    def __rand__(self: Any, other: Any) -> "Composition":
        return Composition(_AND, _operand(other), self)

    def __ror__(self: Any, other: Any) -> "Composition":
        return Composition(_OR, _operand(other), self)

    def __invert__(self: Any) -> "Negation":
        return Negation(_NOT, self)


class InstanceOperators(Operators):
    """The operators between permission instances."""


class PermissionMetaclass(Operators, permissions.BasePermissionMetaclass):  # type: ignore[misc]
    """The operators between permission classes."""


class Composition(Operators, permissions.OperandHolder):
    """Two permissions joined by `&` or `|`; calling it makes the permission object."""

    def __repr__(self) -> str:
        return _source(self)

    def __eq__(self, other: object) -> bool:
        return permissions.OperandHolder.__eq__(self, other)

    def __hash__(self) -> int:
        return hash((self.operator_class, self.op1_class, self.op2_class))


class Negation(Operators, permissions.SingleOperandHolder):
    """A permission under `~`; calling it makes the permission object."""

    def __repr__(self) -> str:
        return _source(self)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, permissions.SingleOperandHolder) and self.op1_class == other.op1_class

    def __hash__(self) -> int:
        return hash((self.operator_class, self.op1_class))


def _source(operand: Any) -> str:
    """An operand as it was written: a bracket around each `&` and `|`."""
    if isinstance(operand, permissions.OperandHolder):
        operator: Any = operand.operator_class
        sign = "&" if issubclass(operator, permissions.AND) else "|"
        return f"({_source(operand.op1_class)} {sign} {_source(operand.op2_class)})"
    if isinstance(operand, permissions.SingleOperandHolder):
        return f"~{_source(operand.op1_class)}"
    return operand.__name__ if isinstance(operand, type) else f"{type(operand).__name__}()"
