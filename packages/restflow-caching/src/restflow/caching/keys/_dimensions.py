"""Dimensions: the call-dependent values of a partition, by which entries can be wiped."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from restflow.caching.keys import _text
from restflow.caching.keys._signature import Values

if TYPE_CHECKING:
    from restflow.caching.keys.arguments import ArgsKeyField
    from restflow.caching.keys.fields import CacheKeyField

Function = Callable[..., Any]


class Dimension:
    """One call-dependent value of the partition, by which entries can be wiped."""

    __slots__ = ("name", "plain_index")

    plain_index: int | None
    """Where in the bound call the value stands that the dimension matches by, if it is taken as it is."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.plain_index = None

    def of_call(self, func: Function, values: Values, args: Values, kwargs: dict[str, Any]) -> str:
        """The loose text of the value in a call."""
        raise NotImplementedError

    def of_given(self, value: Any) -> str:
        """The loose text of a value given to a wipe."""
        return _text.loose_text(value)


class FieldDimension(Dimension):
    """A whole field, under its own name."""

    __slots__ = ("field",)

    def __init__(self, name: str, field: "CacheKeyField") -> None:
        super().__init__(name)
        self.field = field

    def of_call(self, func: Function, values: Values, args: Values, kwargs: dict[str, Any]) -> str:
        """The loose text of the field's payload."""
        return _text.loose_text(self.field.dimension_value(func, args, kwargs))


class ArgumentDimension(Dimension):
    """One argument that a field reads, under the argument's name."""

    __slots__ = ("field", "index")

    def __init__(self, name: str, field: "ArgsKeyField", index: int | None, keyword_index: int | None) -> None:
        super().__init__(name)
        self.field = field
        self.index = (index, keyword_index)
        if not field.path and field.normalizer is None and not field.overrides_read():
            self.plain_index = index

    def of_call(self, func: Function, values: Values, args: Values, kwargs: dict[str, Any]) -> str:
        """The loose text of the argument; empty where an optional one is not there."""
        index, keyword_index = self.index
        if index is not None:
            value = values[index]
        elif keyword_index is not None and self.name in values[keyword_index]:
            value = values[keyword_index][self.name]
        else:
            return ""
        return _text.loose_text(self.field.read(value))

    def of_given(self, value: Any) -> str:
        """Takes the object that the function takes, or the scalar at the end of the field's path."""
        return _text.loose_text(self.field.read_given(value))
