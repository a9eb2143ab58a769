"""Key fields: each takes one piece of data out of a call and turns it into one part of the key."""

import re
from collections.abc import Callable
from typing import Any, ClassVar, NamedTuple
from urllib.parse import quote

from restflow.caching.errors import CacheKeyError
from restflow.caching.hashing import DIGITS, hash_string
from restflow.caching.keys import _signature, _text
from restflow.caching.keys._dimensions import Dimension, FieldDimension
from restflow.caching.keys._signature import CallShape, Values
from restflow.caching.keys._text import UnkeyableError

Function = Callable[..., Any]
PartWriter = Callable[[Values, Values, dict[str, Any]], str]
"""Writes a part from the bound values of a call; its arguments as they were given are there for slower fields."""


class Piece(NamedTuple):
    """A place in a part where the text of one bound value stands."""

    position: int
    write: Callable[[Any], str]
    plain: bool
    """Whether `write` gives what `_text.text` gives, so that simple values need not be handed to it."""


_UNSAFE = re.compile(r"::|[^\x21-\x7e]").search


class CacheKeyField:
    """Base of key fields, and what one's own subclass: implement `get_key_payload`.

    `partition=True` puts the field into the partition, so that entries can be wiped by its value. `hash=True` (older
    name `hash_value`) makes its part 32 hex digits. `sort_lists=True` sorts the items of lists and tuples, at every
    depth, so that their order does not matter.
    """

    constant: ClassVar[bool] = False
    """Whether the payload does not depend on the call; a constant is no dimension of wipes."""
    single: ClassVar[bool] = False
    """Whether the payload has exactly one name, whose value's text alone is the part."""

    name: str = ""

    def __init__(
        self,
        *,
        partition: bool = False,
        hash: bool | None = None,
        hash_value: bool | None = None,
        sort_lists: bool = False,
    ) -> None:
        if hash is not None and hash_value is not None and hash != hash_value:
            raise TypeError(f"{type(self).__name__}: hash and hash_value are one option, and got different values.")
        self.partition = partition
        self.hash = bool(hash or hash_value)
        self.sort_lists = sort_lists

    @property
    def hash_value(self) -> bool:
        """The older name of `hash`."""
        return self.hash

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def get_key_payload(self, func: Function, args: Values, kwargs: dict[str, Any]) -> dict[str, Any]:
        """The values that this field reads, by name; empty where there is nothing. No I/O."""
        raise NotImplementedError(f"{type(self).__name__} must implement get_key_payload().")

    def normalize(self, data: dict[str, Any]) -> dict[str, Any]:
        """Makes payloads that mean the same equal; returns what goes into the key."""
        return data

    def stringify(self, value: Any) -> str:
        """The text of one value; unlike values must have unlike texts."""
        return _text.text(value, self.sort_lists)

    def get_cache_key_part(self, func: Function, args: Values, kwargs: dict[str, Any]) -> str:
        """The field's part of the key; raises `CacheKeyError` for a value that has no text."""
        data = self.normalize(self.get_key_payload(func, args, kwargs))
        write = self._writer_for(func)
        if self.single:
            return self._finished("".join(write(name, value) for name, value in data.items()))
        return self._finished(
            "&".join([f"{_text.string(name)}={write(name, data[name])}" for name in sorted(data)]) if data else ""
        )

    def check(self, func: Function, shape: CallShape) -> None:
        """Raises `CacheConfigError` where the field does not fit the function; called when it is decorated."""

    def part_writer(self, func: Function, shape: CallShape) -> PartWriter | None:
        """A shorter way to the same part, from the bound values; `None` where there is none."""
        return None

    def pieces(self, func: Function, shape: CallShape) -> tuple[str | Piece, ...] | None:
        """The part as a row of fixed texts and of places for bound values; `None` where calls differ in more."""
        return None

    def dimensions(self, shape: CallShape, name: str) -> list[Dimension]:
        """What a wipe can name, for a field of the partition that is called `name`."""
        return [] if self.constant else [FieldDimension(name, self)]

    def dimension_value(self, func: Function, args: Values, kwargs: dict[str, Any]) -> Any:
        """The value by which wipes match this field."""
        data = self.normalize(self.get_key_payload(func, args, kwargs))
        return next(iter(data.values()), None) if self.single else data

    def _writer_for(self, func: Function) -> Callable[[str, Any], str]:
        plain = type(self).stringify is CacheKeyField.stringify

        def write(name: str, value: Any) -> str:
            try:
                written = self.stringify(value)
            except UnkeyableError as refused:
                raise self.unkeyable(func, name, refused) from None
            if not plain and _UNSAFE(written):
                return quote(written, safe="!#$&'()*+,-./;<=>?@[]^_`{|}~")
            return written

        return write

    def _finished(self, part: str) -> str:
        return hash_string(part)[:DIGITS] if self.hash else part

    def unkeyable(self, func: Function, argument: str, refused: UnkeyableError) -> CacheKeyError:
        """The error for a value without a text."""
        return CacheKeyError(
            f"{_signature.path_of_function(func)}: the key field {self.name or type(self).__name__!r} cannot make a "
            f"key of the argument {argument!r}, which holds a {refused}.",
            hint="Name an attribute of it with path=, convert it with normalizer=, give its class a __cache_key__() "
            "method, or list the arguments that you want in the key.",
        )


class ConstantKeyField(CacheKeyField):
    """A fixed value in every key: `ConstantKeyField("v", "production")`. It does not depend on the call."""

    constant = True
    single = True

    def __init__(self, key: str, value: Any, **options: Any) -> None:
        super().__init__(**options)
        self.key = key
        self.value = value

    def get_key_payload(self, func: Function, args: Values, kwargs: dict[str, Any]) -> dict[str, Any]:
        """The pair given to the constructor."""
        return {self.key: self.value}

    def pieces(self, func: Function, shape: CallShape) -> tuple[str | Piece, ...] | None:
        """The part is written once."""
        return (self.get_cache_key_part(func, (), {}),) if inherits(self, ConstantKeyField) else None


def inherits(field: CacheKeyField, *classes: type[CacheKeyField]) -> bool:
    """Whether nothing of how a part comes about was overridden below the given classes."""
    return any(
        all(
            getattr(type(field), name) is getattr(cls, name)
            for name in ("get_key_payload", "normalize", "get_cache_key_part", "_chosen", "read")
            if hasattr(cls, name)
        )
        for cls in classes
    )
