"""Key fields that read the arguments of a call."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, ClassVar

from restflow.caching.errors import CacheConfigError
from restflow.caching.keys import _signature, _text
from restflow.caching.keys._dimensions import ArgumentDimension, Dimension
from restflow.caching.keys._signature import CallShape, Values
from restflow.caching.keys._text import MISSING
from restflow.caching.keys.fields import CacheKeyField, Function, PartWriter, Piece, inherits
from restflow.core.names import suggestion


class ArgsKeyField(CacheKeyField):
    """Arguments of the function, defaults applied: `ArgsKeyField("user_id")`.

    `arguments` is one name, a list of names, or `"*"` for all. `path` is a dotted path (attributes, then mapping keys)
    followed on each value, `normalizer` a callable applied to it; where the normaliser raises, the value stays as it
    is. `*args` counts as one tuple argument, and names are also found inside `**kwargs`. `optional=True` allows a name
    that the function does not have.
    """

    skipped: ClassVar[frozenset[str]] = frozenset()
    """Parameters that `"*"` leaves out."""

    def __init__(
        self,
        arguments: str | Sequence[str] = "*",
        path: str | None = None,
        normalizer: Callable[[Any], Any] | None = None,
        *,
        optional: bool = False,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        if isinstance(arguments, str):
            self.arguments: str | tuple[str, ...] = arguments
        elif isinstance(arguments, Iterable) and all(isinstance(name, str) for name in arguments):
            self.arguments = tuple(arguments)
        else:
            raise TypeError(f"{type(self).__name__}: arguments must be a name or a list of names.")
        if path is not None and not isinstance(path, str):
            raise TypeError(f"{type(self).__name__}: path must be a dotted path, got {type(path).__name__}.")
        if normalizer is not None and not callable(normalizer):
            raise TypeError(f"{type(self).__name__}: normalizer must be callable, got {type(normalizer).__name__}.")
        self.path = tuple(path.split(".")) if path else ()
        self.normalizer = normalizer
        self.optional = optional
        self.single = isinstance(self.arguments, str) and self.arguments != "*"  # type: ignore[misc]

    def read(self, value: Any) -> Any:
        """What of an argument goes into the key."""
        if self.path:
            value = _text.follow(value, self.path)
        if self.normalizer is None or value is MISSING:
            return value
        try:
            return self.normalizer(value)
        except Exception:
            # promised: a value that the normaliser does not know is used as it is
            return value

    @classmethod
    def overrides_read(cls) -> bool:
        """Whether a subclass reads in its own way."""
        return cls.read is not ArgsKeyField.read

    def read_given(self, value: Any) -> Any:
        """The same for a value given to a wipe, which may be the scalar at the end of the path already."""
        if self.path and not isinstance(value, str | bytes | int | float | None):
            found = _text.follow(value, self.path)
            value = value if found is MISSING else found
        if self.normalizer is None:
            return value
        try:
            return self.normalizer(value)
        except Exception:
            return value  # as in `read`

    def get_key_payload(self, func: Function, args: Values, kwargs: dict[str, Any]) -> dict[str, Any]:
        """The chosen arguments by name."""
        shape = _signature.shape_of(func)
        return {name: self.read(value) for name, value in self._chosen(shape, shape.bind(*args, **kwargs))}

    def _chosen(self, shape: CallShape, values: Values) -> list[tuple[str, Any]]:
        if self.arguments == "*":
            chosen = [
                (name, value)
                for name, value in zip(shape.names, values, strict=True)
                if name != shape.var_keyword and name not in self.skipped
            ]
            if shape.var_keyword is not None:
                taken = {name for name, _ in chosen}
                extra = values[shape.index[shape.var_keyword]]
                # a positional-only parameter and a keyword may share a name
                chosen += [(f"**{name}" if name in taken else name, value) for name, value in extra.items()]
            return chosen
        found = []
        for name in (self.arguments,) if isinstance(self.arguments, str) else self.arguments:
            if name in shape.index and name != shape.var_keyword:
                found.append((name, values[shape.index[name]]))
            elif shape.var_keyword is not None and name in (extra := values[shape.index[shape.var_keyword]]):
                found.append((name, extra[name]))
        return found

    def check(self, func: Function, shape: CallShape) -> None:
        """Every named argument must be one that a call can carry."""
        if self.arguments == "*" or self.optional:
            return
        for name in (self.arguments,) if isinstance(self.arguments, str) else self.arguments:
            if not shape.accepts(name):
                raise CacheConfigError(
                    f"{_signature.path_of_function(func)}: the key field {self.name or type(self).__name__!r} names "
                    f"the argument {name!r}, which the function does not have.",
                    hint=suggestion(name, shape.names, what="arguments") + " Or pass optional=True.",
                )

    def pieces(self, func: Function, shape: CallShape) -> tuple[str | Piece, ...] | None:
        """The values where they stand in the bound call, unless `**kwargs` may hold some, or their join is hashed."""
        if not inherits(self, ArgsKeyField, ViewKwargsKeyField):
            return None
        if self.single:
            name = str(self.arguments)
            fixed = name in shape.index and name != shape.var_keyword
            return (self._piece(func, name, shape.index[name], hashed=self.hash),) if fixed else None
        if self.hash or shape.var_keyword is not None:
            return None
        row: list[str | Piece] = []
        for name, index in sorted(self._chosen(shape, tuple(range(len(shape.names))))):
            row += [f"{'&' if row else ''}{_text.string(name)}=", self._piece(func, name, index)]
        return tuple(row)

    def _piece(self, func: Function, name: str, index: int, *, hashed: bool = False) -> Piece:
        write, read, finished = self._writer_for(func), self.read, self._finished
        unread = not self.path and self.normalizer is None
        if hashed:
            return Piece(index, lambda value: finished(write(name, read(value))), plain=False)
        plain = unread and type(self).stringify is CacheKeyField.stringify
        return Piece(index, partial(write, name) if unread else lambda value: write(name, read(value)), plain)

    def part_writer(self, func: Function, shape: CallShape) -> PartWriter | None:
        """Writes what the bound call holds, without a payload in between."""
        if not inherits(self, ArgsKeyField, ViewKwargsKeyField):
            return None
        write, single = self._writer_for(func), self.single

        def part(values: Values, args: Values, kwargs: dict[str, Any]) -> str:
            chosen = self._chosen(shape, values)
            if single:
                return self._finished("".join(write(name, self.read(value)) for name, value in chosen))
            texts = [(name, write(name, self.read(value))) for name, value in chosen]
            return self._finished("&".join(f"{_text.string(name)}={part}" for name, part in sorted(texts)))

        return part

    def dimensions(self, shape: CallShape, name: str) -> list[Dimension]:
        """One for each argument; those inside `**kwargs` are found in each call."""
        keyword = None if shape.var_keyword is None else shape.index[shape.var_keyword]
        if self.arguments == "*":
            names = [n for n in shape.names if n != shape.var_keyword and n not in self.skipped]
        else:
            names = [self.arguments] if isinstance(self.arguments, str) else list(self.arguments)
        return [
            ArgumentDimension(given, self, shape.index.get(given) if given != shape.var_keyword else None, keyword)
            for given in names
            if shape.accepts(given)
        ]

    def takes_any_keyword(self, shape: CallShape) -> bool:
        """Whether the dimensions differ from call to call."""
        return self.arguments == "*" and shape.var_keyword is not None


class ViewKwargsKeyField(ArgsKeyField):
    """The arguments of a view without `self`, `cls` and `request`: what its URL captured."""

    skipped = _signature.CONTEXT
