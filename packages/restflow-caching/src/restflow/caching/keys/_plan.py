"""The key of a call to one function: what is known when it is decorated, worked out once."""

from collections.abc import Callable, Mapping
from functools import cached_property
from itertools import combinations
from typing import Any

from restflow.caching.hashing import DIGITS, hash_string
from restflow.caching.keys import _signature, _text
from restflow.caching.keys._address import Address, token_key
from restflow.caching.keys._compiled import Compiler, Part
from restflow.caching.keys._dimensions import Dimension
from restflow.caching.keys._signature import Values
from restflow.caching.keys._text import UnkeyableError
from restflow.caching.keys.arguments import ArgsKeyField
from restflow.caching.keys.fields import CacheKeyField, PartWriter
from restflow.caching.settings import CacheSettings
from restflow.core.names import suggestion

EXACT_DIMENSIONS = 3
"""Up to so many dimensions every subset of them has a generation of its own."""


class KeyPlan:
    """Parts, dimensions and generations of one function under one key constructor."""

    def __init__(
        self, func: Callable[..., Any], fields: Mapping[str, CacheKeyField], prefix: str, limits: tuple[Any, Any]
    ) -> None:
        self.func = func
        self.shape = shape = _signature.shape_of(func)
        self.prefix = prefix
        self.function_token = token_key(prefix, "")
        self.max_suffix, self._hash_suffix = limits
        for field in fields.values():
            field.check(func, shape)
        partition = {name: field for name, field in fields.items() if field.partition}
        self.partition_names = tuple(partition)
        self.partition_only = len(partition) == len(fields)
        self.partition_parts = len(partition)
        suffix = [field for field in fields.values() if not field.partition]
        self.parts = [self._part(field) for field in (*partition.values(), *suffix)]
        """How each part is written, those of the partition first."""
        self.dimensions: list[Dimension] = [
            dimension for name, field in partition.items() for dimension in field.dimensions(shape, name)
        ]
        self._dimension_names = frozenset(dimension.name for dimension in self.dimensions)
        self.any_keyword = [
            field for field in partition.values() if isinstance(field, ArgsKeyField) and field.takes_any_keyword(shape)
        ]
        self.exact = not self.any_keyword and len(self.dimensions) <= EXACT_DIMENSIONS
        self.subsets = self._planned_subsets()
        """The dimensions that each generation beside the function's own depends on."""

    def _planned_subsets(self) -> list[tuple[int, ...]]:
        count = range(len(self.dimensions))
        if self.exact:
            return [subset for size in range(1, len(self.dimensions) + 1) for subset in combinations(count, size)]
        singles: list[tuple[int, ...]] = [(position,) for position in count]
        return singles if self.any_keyword else [*singles, tuple(count)]

    def _part(self, field: CacheKeyField) -> Part:
        pieces = field.pieces(self.func, self.shape)
        if pieces is not None:
            return pieces
        shorter = field.part_writer(self.func, self.shape)
        return shorter or (lambda values, args, kwargs: field.get_cache_key_part(self.func, args, kwargs))

    @cached_property
    def key(self) -> Callable[[Values, Values, dict[str, Any]], str]:
        """Writes the whole key."""
        return Compiler(self).key()

    @cached_property
    def address(self) -> Callable[[Values, Values, dict[str, Any]], Address]:
        """Gives the key, its generations, and its mark, where no generation is the entry's own."""
        return Compiler(self).address(None, mark=False)

    def address_with(
        self, write_key: PartWriter | None, *, mark: bool = False
    ) -> Callable[[Values, Values, dict[str, Any]], Address]:
        """The same for a key that the constructor writes in its own way, and always with a mark."""
        return Compiler(self).address(write_key, mark=mark)

    def partition(self, values: Values, args: Values, kwargs: dict[str, Any]) -> list[str]:
        """The parts of the partition."""
        return [_written(part, values, args, kwargs) for part in self.parts[: self.partition_parts]]

    def suffix(self, values: Values, args: Values, kwargs: dict[str, Any]) -> str | None:
        """The suffix, hashed where it is too long; `None` where no field belongs to it."""
        parts = self.parts[self.partition_parts :]
        if not parts:
            return None
        suffix = "::".join([_written(part, values, args, kwargs) for part in parts])
        limit = CacheSettings.current().MAX_KEY_SUFFIX_LENGTH if self.max_suffix is None else self.max_suffix
        return self.fitted_suffix(suffix) if len(suffix) > limit else suffix

    def fitted_suffix(self, suffix: str) -> str:
        """What stands for a suffix that is too long."""
        hashed = CacheSettings.current().HASH_SUFFIX_ON_OVERFLOW if self._hash_suffix is None else self._hash_suffix
        return f"#{hash_string(suffix)[:DIGITS]}" if hashed else suffix

    def fitted(self, key: str) -> str:
        """A key that is not longer than a server takes; nothing is ever cut off."""
        limit = CacheSettings.current().MAX_KEY_LENGTH
        if len(key) <= limit:
            return key
        digest = hash_string(key)
        shorter = f"{self.prefix}::#{digest[:DIGITS]}"
        return shorter if len(shorter) <= limit else f"#{digest}"

    def dimension_writer(self, dimension: Dimension) -> PartWriter:
        """Writes the text by which wipes match a dimension; raises `CacheKeyError`."""
        func = self.func

        def write(values: Values, args: Values, kwargs: dict[str, Any]) -> str:
            try:
                return dimension.of_call(func, values, args, kwargs)
            except UnkeyableError as refused:
                raise self._partition_error(refused) from None

        return write

    def keyword_tokens(self, values: Values) -> list[str]:
        """The generations of what a call brought in `**kwargs`."""
        read = self.any_keyword[0].read
        try:
            return [
                token_key(self.prefix, f"{_text.string(name)}={_text.loose_text(read(value))}")
                for name, value in values[self.shape.index[self.shape.var_keyword or ""]].items()
            ]
        except UnkeyableError as refused:
            raise self._partition_error(refused) from None

    def _partition_error(self, refused: UnkeyableError) -> Exception:
        field = next(iter(self.dimensions), None)
        owner = getattr(field, "field", None) or self.any_keyword[0]
        error: Exception = owner.unkeyable(self.func, getattr(field, "name", "**"), refused)
        return error

    def names(self) -> set[str]:
        """What a wipe may name: arguments of the function, and call-dependent fields of the partition."""
        return {*self.shape.names, *(dimension.name for dimension in self.dimensions)} - {self.shape.var_keyword or ""}

    def knows(self, name: str) -> bool:
        """Whether a wipe may name it."""
        return name in self.names() or self.shape.var_keyword is not None

    def doomed(self, args: Values, kwargs: dict[str, Any], *, bound: bool = False) -> str:
        """The key of the generation whose loss wipes what agrees with the given values, at least.

        `bound`: the first value is the instance of a bound method, which counts only where the partition has it.

        Raises `TypeError` for names that the function does not know, and where none of them is in the partition.
        """
        if not args and not bound and kwargs and kwargs.keys() <= self._dimension_names:
            return self._doomed_by(kwargs)
        fields = {d.name for d in self.dimensions} - set(self.shape.names)
        own = {name: value for name, value in kwargs.items() if name in fields}
        unknown = [name for name in kwargs if not self.knows(name)]
        if unknown:
            path = _signature.path_of_function(self.func)
            raise TypeError(
                f"{path}: {unknown[0]!r} is neither an argument ({', '.join(self.shape.names) or 'none'}) nor a field "
                f"of the partition ({', '.join(sorted(fields)) or 'none'}). {suggestion(unknown[0], self.names())}"
            )
        given = {**self.shape.given(args, {k: v for k, v in kwargs.items() if k not in own}), **own}
        if bound and self.shape.names[0] not in {dimension.name for dimension in self.dimensions}:
            given.pop(self.shape.names[0], None)
        if not given:
            return self.function_token
        return self._doomed_by(given)

    def _doomed_by(self, given: dict[str, Any]) -> str:
        named = [dimension for dimension in self.dimensions if dimension.name in given]
        known = {dimension.name for dimension in self.dimensions}
        try:
            if self.any_keyword:
                extra = [name for name in given if name not in known and name not in self.shape.index]
                if not named and extra:
                    text = _text.loose_text(self.any_keyword[0].read_given(given[extra[0]]))
                    return token_key(self.prefix, f"{_text.string(extra[0])}={text}")
            if not named:
                raise TypeError(
                    f"{_signature.path_of_function(self.func)}: none of {', '.join(sorted(given))} is in the partition "
                    f"({', '.join(sorted(known)) or 'which has no dimension'}); use delete_cache() for one call's "
                    f"entry, or invalidate_all()."
                )
            if len({d.name for d in named}) < len(named):
                # one argument under several paths: a scalar does not tell which of them it is
                return self.function_token
            if not self.exact and (self.any_keyword or len(named) < len(self.dimensions)):
                named = named[:1]
            texts = [f"{d.name}={d.of_given(given[d.name])}" for d in named]
        except UnkeyableError as refused:
            raise self._partition_error(refused) from None
        return token_key(self.prefix, "&".join(texts))


def _written(part: Part, values: Values, args: Values, kwargs: dict[str, Any]) -> str:
    if callable(part):
        return part(values, args, kwargs)
    return "".join([piece if isinstance(piece, str) else piece.write(values[piece.position]) for piece in part])
