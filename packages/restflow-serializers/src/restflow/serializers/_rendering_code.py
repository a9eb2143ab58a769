"""The source text of the functions that render: one line or a few for each column, compiled for one serializer class.

What a generated line does not recognise, it leaves to the methods of the renderer it is made for (`_rendering.py`).
"""

import datetime as dt
import re
import uuid
from collections.abc import Callable
from decimal import Decimal
from keyword import iskeyword
from typing import Any
from zoneinfo import ZoneInfo

from django.core.exceptions import ObjectDoesNotExist
from django.db import models

from restflow.serializers._columns import Column
from restflow.serializers._texts import day_text, utc_text, zoned_text

SKIP: Any = object()
"""In place of a value: the field is left out of the output."""
UNREAD_ZONE: Any = object()
"""In place of the time zone, until a moment is rendered."""

_NAMES = {
    "Decimal": Decimal,
    "datetime": dt.datetime,
    "date": dt.date,
    "time": dt.time,
    "UUID": uuid.UUID,
    "ZoneInfo": ZoneInfo,
    "day_text": day_text,
    "utc_text": utc_text,
    "zoned_text": zoned_text,
    "utc": dt.UTC,
    "SKIP": SKIP,
    "Model": models.Model,
    "Manager": models.manager.BaseManager,
    "UNREAD": (ObjectDoesNotExist, KeyError, AttributeError),
    "PLAIN": frozenset({str, int, bool, type(None)}),
    "UNREAD_ZONE": UNREAD_ZONE,
}
_READ_FIRST = {
    "zone": "zone = renderer.zone if renderer.zone is not UNREAD_ZONE else renderer.read_zone()",
    "is_known": "is_known = type(zone) is ZoneInfo",
    "methods": "methods = renderer.methods or renderer.bound_methods()",
}
"""Name in the lines of columns -> the line that gives it its value."""


def generated(cls: type, columns: tuple[Column, ...], way: str, *, raw: bool) -> Callable[[Any, Any], Any]:
    """Compiles `render(obj, renderer)`, which renders one object; what concerns its run, the renderer knows."""
    names = dict(_NAMES)
    body: list[str] = ["skipped = False"]
    kind, _colon, keys = way.partition(":")
    if kind == "columns":
        body.append("d = obj.__dict__")
    code: list[str] = []
    for index, (column, key) in enumerate(zip(columns, keys.split(",") if keys else [""] * len(columns), strict=True)):
        names[f"choices_{index}"] = getattr(column.field, "choice_strings_to_values", None)
        lines = _column_lines(column, kind, key, raw=raw)
        code += [line.replace("$i", str(index)).replace("$r", f"r{index}") for line in lines]
    text = "\n".join(code)
    body += [line for name, line in _READ_FIRST.items() if re.search(rf"\b{name}\b", text)]
    body += code
    pairs = [(column.name, f"r{index}") for index, column in enumerate(columns)]
    tuples = "".join(f"({name!r}, {value}), " for name, value in pairs)
    body.append(f"if skipped: out = {{name: value for name, value in ({tuples}) if value is not SKIP}}")
    body.append(f"else: out = {{{', '.join(f'{n!r}: {r}' for n, r in pairs)}}}")
    if raw:
        body.insert(0, "pending = renderer.raw.pending")
        body.insert(1, "first = len(pending)")  # what waits already belongs to an object around this one
        body.append("if len(pending) > first: renderer.raw.keep(out, first)")
    source = ["def render(obj, renderer):", *indented(body), "    return out"]
    exec(compile("\n".join(source), f"<rendering of {cls.__qualname__}>", "exec"), names)
    render: Callable[[Any, Any], Any] = names["render"]
    return render


def _column_lines(column: Column, kind: str, key: str, *, raw: bool) -> list[str]:
    if column.way == "method":
        return [
            "$r = None if obj is None else methods[$i](obj)",
            "if type($r) not in PLAIN: $r = renderer.settled($i, $r)",
        ]
    checked = "if $r is SKIP: skipped = True"
    if column.way == "own" or (column.way == "pk" and not key):
        return ["$r = renderer.own($i, obj)", checked]
    code = _convert_lines(column, raw=raw)
    if key:
        return [
            f"try: v = d[{key!r}]",
            "except KeyError:",
            "    $r = renderer.hard($i, obj)",
            f"    {checked}",
            "else:",
            *indented(code),
        ]
    if kind == "entries":
        reading = f"obj[{column.source!r}]"
    else:
        reading = (
            f"obj.{column.source}"
            if column.source.isidentifier() and not iskeyword(column.source)
            else f"getattr(obj, {column.source!r})"
        )
    return [
        f"try: v = {reading}",
        "except UNREAD as error:",
        "    $r = renderer.failed($i, obj, error)",
        f"    {checked}",
        "else:",
        *indented(code),
    ]


def _convert_lines(column: Column, *, raw: bool) -> list[str]:
    if column.way in ("nested", "many"):
        call = "one" if column.way == "nested" else "many"
        return [
            "if v is None: $r = None",
            "elif isinstance(v, (Model, Manager, list, dict)):",
            f"    $r = (renderer.nested.get($i) or renderer.beneath($i)).{call}(v)",
            "else: $r = renderer.finish($i, v, obj)",
            "if $r is SKIP: skipped = True",
        ]
    code = (column.raw if raw else column.code) or "$r = renderer.finish($i, v, obj)"
    lines = code.split("\n")
    if lines[-1].startswith("else: "):
        lines[-1:] = ["else:", f"    {lines[-1].removeprefix('else: ')}", "    if $r is SKIP: skipped = True"]
    else:
        lines.append("if $r is SKIP: skipped = True")
    return lines


def indented(lines: list[str]) -> list[str]:
    return [f"    {line}" for line in lines]
