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

from django.core.exceptions import ObjectDoesNotExist
from django.db import models

from restflow.serializers._columns import Column
from restflow.serializers._texts import day_text, utc_text

SKIP: Any = object()
"""In place of a value: the field is left out of the output."""

_NAMES = {
    "Decimal": Decimal,
    "datetime": dt.datetime,
    "date": dt.date,
    "time": dt.time,
    "UUID": uuid.UUID,
    "day_text": day_text,
    "utc_text": utc_text,
    "utc": dt.UTC,
    "SKIP": SKIP,
    "Model": models.Model,
    "Manager": models.manager.BaseManager,
    "UNREAD": (ObjectDoesNotExist, KeyError, AttributeError),
    "PLAIN": frozenset({str, int, bool, type(None)}),
}
_BOUND = ("finish", "failed", "hard", "own", "represent", "moment", "settled", "beneath", "nested")


def generated(cls: type, columns: tuple[Column, ...], way: str, *, raw: bool) -> Callable[..., Any]:
    """Compiles `make(renderer, run)`, which gives the function that renders one object."""
    names = dict(_NAMES)
    before: list[str] = []
    body: list[str] = ["skipped = False"]
    kind, _colon, keys = way.partition(":")
    if kind == "columns":
        body.append("d = obj.__dict__")
    for index, (column, key) in enumerate(zip(columns, keys.split(",") if keys else [""] * len(columns), strict=True)):
        names[f"choices_{index}"] = getattr(column.field, "choice_strings_to_values", None)
        if column.way == "method":
            before.append(f"method_{index} = getattr(renderer.owner(), {column.field.method_name!r})")
        lines = _column_lines(column, kind, key, raw=raw)
        body += [line.replace("$i", str(index)).replace("$r", f"r{index}") for line in lines]
    pairs = [(column.name, f"r{index}") for index, column in enumerate(columns)]
    tuples = "".join(f"({name!r}, {value}), " for name, value in pairs)
    body.append(f"if skipped: out = {{name: value for name, value in ({tuples}) if value is not SKIP}}")
    body.append(f"else: out = {{{', '.join(f'{n!r}: {r}' for n, r in pairs)}}}")
    if raw:
        body.insert(0, "first = len(pending)")  # what waits already belongs to an object around this one
        body.append("if len(pending) > first: keep(out, first)")
    text = "\n".join(body)
    used = [name for name in _BOUND if re.search(rf"\b{name}\b", text)]
    before += [f"{name} = renderer.{name}" for name in used]
    if "is_utc" in text:
        before.append("is_utc = run.is_utc")
    if raw:
        before.append("pending, keep = run.raw.pending, run.raw.keep")
    source = [
        "def make(renderer, run):",
        *(f"    {line}" for line in before),
        "    def render(obj):",
        *(f"        {line}" for line in body),
        "        return out",
        "    return render",
    ]
    exec(compile("\n".join(source), f"<rendering of {cls.__qualname__}>", "exec"), names)
    make: Callable[..., Any] = names["make"]
    return make


def _column_lines(column: Column, kind: str, key: str, *, raw: bool) -> list[str]:
    if column.way == "method":
        return ["$r = None if obj is None else method_$i(obj)", "if type($r) not in PLAIN: $r = settled($i, $r)"]
    checked = "if $r is SKIP: skipped = True"
    if column.way == "own" or (column.way == "pk" and not key):
        return ["$r = own($i, obj)", checked]
    code = _convert_lines(column, raw=raw)
    if key:
        return [
            f"try: v = d[{key!r}]",
            "except KeyError:",
            "    $r = hard($i, obj)",
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
        "    $r = failed($i, obj, error)",
        f"    {checked}",
        "else:",
        *indented(code),
    ]


def _convert_lines(column: Column, *, raw: bool) -> list[str]:
    if column.way in ("nested", "many"):
        call = "one" if column.way == "nested" else "many"
        return [
            "if v is None: $r = None",
            f"elif isinstance(v, (Model, Manager, list, dict)): $r = (nested.get($i) or beneath($i)).{call}(v)",
            "else: $r = finish($i, v, obj)",
            "if $r is SKIP: skipped = True",
        ]
    code = (column.raw if raw else column.code) or "$r = finish($i, v, obj)"
    lines = code.split("\n")
    if lines[-1].startswith("else: "):
        lines[-1:] = ["else:", f"    {lines[-1].removeprefix('else: ')}", "    if $r is SKIP: skipped = True"]
    else:
        lines.append("if $r is SKIP: skipped = True")
    return lines


def indented(lines: list[str]) -> list[str]:
    return [f"    {line}" for line in lines]
