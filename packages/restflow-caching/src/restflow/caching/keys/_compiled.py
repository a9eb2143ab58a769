"""Keys and addresses of calls as generated functions: what does not depend on the call is worked out beforehand.

A part is a row of fixed texts and of values. An `int`, and a `str` that is an ASCII identifier, have one text that is
the same for entries and for wipes (`_text.text` and `_text.loose_text`): the generated code writes those itself, and
asks the field for all others. The sources hold nothing but names made here; texts and callables are given beside them.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from restflow.caching.keys import _text
from restflow.caching.keys._address import TOKEN_LENGTH, Address, fitted_token, mark_key
from restflow.caching.keys._signature import Values
from restflow.caching.keys.fields import PartWriter, Piece
from restflow.caching.settings import CacheSettings

if TYPE_CHECKING:
    from restflow.caching.keys._plan import KeyPlan


Part = tuple[str | Piece, ...] | PartWriter
"""One part of a key: its pieces, or what writes it."""

Row = list[str | tuple[str]]
"""Fixed texts and, as 1-tuples, the names of those that a call brings."""


class _Source:
    """The body of one generated function, and what it refers to."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.scope: dict[str, Any] = {
            "reserved": _text.RESERVED,
            "current": CacheSettings.current,
            "fitted_token": fitted_token,
            "mark_key": mark_key,
            "make": tuple.__new__,
            "Address": Address,
        }

    def name(self, value: Any) -> str:
        """A name for a value."""
        name = f"g{len(self.scope)}"
        self.scope[name] = value
        return name

    def joined(self, items: Sequence[str]) -> str:
        """An expression that joins the values of names."""
        return "f'" + "".join(f"{{{item}}}" for item in items) + "'"

    def fixed(self, texts: Row) -> list[str]:
        """Names for a row of fixed texts and (as 1-tuples) of names; neighbouring texts become one."""
        row: list[str] = []
        pending = ""
        for text in texts:
            if isinstance(text, str):
                pending += text
                continue
            row += [self.name(pending), text[0]] if pending else [text[0]]
            pending = ""
        return [*row, self.name(pending)] if pending else row

    def function(self) -> Callable[[Values, Values, dict[str, Any]], Any]:
        """The function."""
        body = "\n    ".join(self.lines)
        # names made above and nothing else: no text of a user stands in the source
        exec(f"def compiled(values, args, kwargs):\n    {body}", self.scope)
        function: Callable[[Values, Values, dict[str, Any]], Any] = self.scope["compiled"]
        return function


class Compiler:
    """Generates the functions of one plan."""

    def __init__(self, plan: "KeyPlan") -> None:
        self.plan = plan

    def key(self) -> Callable[[Values, Values, dict[str, Any]], str]:
        """Gives the key's text."""
        source = _Source()
        self._write_key(source, self._texts(source, with_key=True, with_dimensions=False)[0])
        source.lines.append("return key")
        return source.function()

    def address(
        self, write_key: PartWriter | None, *, mark: bool
    ) -> Callable[[Values, Values, dict[str, Any]], Address]:
        """Gives the whole address; `write_key` where the constructor writes the key in its own way."""
        source, plan = _Source(), self.plan
        parts, loose = self._texts(source, with_key=write_key is None, with_dimensions=True)
        if write_key is None:
            self._write_key(source, parts)
        else:
            source.lines.append(f"key = {source.name(write_key)}(values, args, kwargs)")
        tokens = [source.name(plan.function_token)]
        for subset in plan.subsets:
            row: Row = [f"@{plan.prefix}::"]
            for position, dimension in enumerate(subset):
                row += [f"{'&' if position else ''}{plan.dimensions[dimension].name}=", (loose[dimension],)]
            token = f"token{len(tokens)}"
            source.lines += [
                f"{token} = {source.joined(source.fixed(row))}",
                f"if len({token}) > {TOKEN_LENGTH}: {token} = fitted_token({token})",
            ]
            tokens.append(token)
        if plan.any_keyword:
            tokens.append(f"*{source.name(plan.keyword_tokens)}(values)")
        marked = mark or not plan.partition_only or bool(plan.any_keyword)
        if marked:
            tokens.append("mark_key(key)")
        source.lines.append(f"return make(Address, (key, ({', '.join(tokens)},), {marked}))")
        return source.function()

    def _texts(self, source: _Source, *, with_key: bool, with_dimensions: bool) -> tuple[list[Row], dict[int, str]]:
        """Writes the lines that work out every text; gives the parts as rows, and the names of the loose texts."""
        plain: dict[int, list[tuple[str, str]]] = {}
        """For each bound value the names that get its text, and how each comes about for a value that is not simple."""
        later: list[str] = []
        rows: list[Row] = []
        for part in self.plan.parts if with_key else ():
            row: Row = []
            for piece in (part,) if callable(part) else part:
                if isinstance(piece, str):
                    row.append(piece)
                    continue
                name = f"text{len(rows)}_{len(row)}"
                if callable(piece):
                    later.append(f"{name} = {source.name(piece)}(values, args, kwargs)")
                elif piece.plain:
                    plain.setdefault(piece.position, []).append((name, f"{source.name(piece.write)}(value)"))
                else:
                    later.append(f"{name} = {source.name(piece.write)}(values[{piece.position}])")
                row.append((name,))
            rows.append(row)
        loose: dict[int, str] = {}
        for number, dimension in enumerate(self.plan.dimensions if with_dimensions else ()):
            name = loose[number] = f"loose{number}"
            written = f"{source.name(self.plan.dimension_writer(dimension))}(values, args, kwargs)"
            if dimension.plain_index is None:
                later.append(f"{name} = {written}")
            else:
                plain.setdefault(dimension.plain_index, []).append((name, written))
        for index, targets in plain.items():
            names = " = ".join(name for name, _ in targets)
            source.lines += [
                f"value = values[{index}]",
                "kind = type(value)",
                "if kind is str and value.isidentifier() and value.isascii() and value not in reserved:",
                f"    {names} = value",
                "elif kind is int:",
                f"    {names} = str(value)",
                "else:",
                *(f"    {name} = {written}" for name, written in targets),
            ]
        source.lines += later
        return rows, loose

    def _write_key(self, source: _Source, rows: list[Row]) -> None:
        plan, lines = self.plan, source.lines
        lines.append("settings = current()")
        whole: Row = [plan.prefix]
        partition, suffix = rows[: plan.partition_parts], rows[plan.partition_parts :]
        for row in partition:
            whole += ["::", *row]
        if suffix:
            joined: Row = []
            for position, row in enumerate(suffix):
                joined += ["::", *row] if position else row
            limit = "settings.MAX_KEY_SUFFIX_LENGTH" if plan.max_suffix is None else str(int(plan.max_suffix))
            lines += [
                f"suffix = {source.joined(source.fixed(joined))}",
                f"if len(suffix) > {limit}: suffix = {source.name(plan.fitted_suffix)}(suffix)",
            ]
            whole += ["::", ("suffix",)]
        lines += [
            f"key = {source.joined(source.fixed(whole))}",
            f"if len(key) > settings.MAX_KEY_LENGTH: key = {source.name(plan.fitted)}(key)",
        ]
