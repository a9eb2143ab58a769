"""Shapes whose annotations are strings, with names that only this module has."""

from __future__ import annotations

import datetime as when
import typing
from dataclasses import dataclass, field
from decimal import Decimal as Exact


class Amount(typing.TypedDict):
    exact: Exact


class Partial(typing.TypedDict, total=False):
    note: str
    exact: Exact
    day: typing.Required[when.date]


@dataclass
class Dated:
    at: when.date
    amounts: list[Amount] = field(default_factory=list)


@dataclass
class Node:
    name: str
    children: list[Node] = field(default_factory=list)
    named: dict[str, Node] = field(default_factory=dict)
    parent: Node | None = None
