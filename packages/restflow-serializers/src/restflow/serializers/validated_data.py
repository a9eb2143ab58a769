"""Validated data: a `dict` whose keys are attributes too."""

import base64
import dataclasses
import ipaddress
import json
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import PurePath
from typing import Any, Self
from uuid import UUID

from django.db.models import Model
from django.utils.duration import duration_string
from django.utils.functional import Promise


class ValidatedData(dict[str, Any]):
    """A `dict` with attribute access; `transform_validated_data` wraps what is nested in it."""

    def __getattr__(self, name: str) -> Any:
        if not (name.startswith("__") and name.endswith("__")):
            try:
                return self[name]
            except KeyError:
                pass
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}", name=name, obj=self)

    def __setattr__(self, name: str, value: Any) -> None:
        self[name] = value

    def __delattr__(self, name: str) -> None:
        try:
            del self[name]
        except KeyError:
            raise AttributeError(
                f"{type(self).__name__!r} object has no attribute {name!r}", name=name, obj=self
            ) from None

    def __repr__(self) -> str:
        return f"{type(self).__name__}({super().__repr__()})"

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (), None, None, iter(self.items())

    def copy(self) -> Self:
        """A shallow copy of the same class."""
        return type(self)(self)

    __copy__ = copy

    def __or__(self, other: Any) -> Any:
        return type(self)({**self, **other}) if isinstance(other, dict) else NotImplemented

    def __ror__(self, other: Any) -> Any:
        return type(self)({**other, **self}) if isinstance(other, dict) else NotImplemented

    def __json__(self) -> dict[str, Any]:
        """The data as plain dicts and lists, for encoders that ask for it."""
        plain: dict[str, Any] = _rebuild(self, dict)
        return plain

    def to_json(self, **opts: Any) -> str:
        """JSON text; `opts` go to `json.dumps`, and a `default` among them is asked first.

        Raises `TypeError` for a value that has no form in JSON.
        """
        asked: Callable[[Any], Any] | None = opts.pop("default", None)

        def default(value: Any) -> Any:
            if asked is not None:
                try:
                    return asked(value)
                except TypeError:
                    pass  # the caller's function does not know it
            return _plain(value)

        return json.dumps(self, default=default, **opts)


def _bytes_text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return base64.b64encode(value).decode()


_TEXTS: tuple[tuple[tuple[type, ...], Callable[[Any], Any]], ...] = (
    ((Enum,), lambda value: value.value),
    ((datetime, date, time), lambda value: value.isoformat()),
    ((timedelta,), duration_string),
    ((set, frozenset), list),
    ((bytes,), _bytes_text),
    ((Model,), lambda value: value.pk),
    (
        (
            Decimal,
            UUID,
            Promise,
            PurePath,
            ipaddress.IPv4Address,
            ipaddress.IPv6Address,
            ipaddress.IPv4Network,
            ipaddress.IPv6Network,
            ipaddress.IPv4Interface,
            ipaddress.IPv6Interface,
        ),
        str,
    ),
)


def _plain(value: Any) -> Any:
    for types, convert in _TEXTS:
        if isinstance(value, types):
            return convert(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


_REBUILT = frozenset({dict, list, ValidatedData})


def _rebuild(value: Any, mapping: type[dict[str, Any]]) -> Any:
    """`value` with each dict as a `mapping` and each list new.

    An object that is met twice, in a cycle too, becomes one object. Written without recursion, because the input of a
    `JSONField` may be nested as deep as the parser allows.
    """
    if type(value) not in _REBUILT:
        return value
    made: dict[int, Any] = {}
    waiting: list[Any] = []

    def made_from(item: Any) -> Any:
        kind = type(item)
        if kind not in _REBUILT:
            return item
        if id(item) not in made:
            made[id(item)] = [] if kind is list else mapping()
            waiting.append(item)
        return made[id(item)]

    result = made_from(value)
    while waiting:
        source = waiting.pop()
        target = made[id(source)]
        if type(source) is list:
            target.extend(map(made_from, source))
        else:
            for key, item in source.items():
                target[key] = made_from(item)
    return result


def transform_validated_data(value: Any) -> Any:
    """`value` with its dicts, nested in dicts and lists too, as `ValidatedData`; everything else as it is."""
    if type(value) is dict and _REBUILT.isdisjoint(map(type, value.values())):
        return ValidatedData(value)  # which most input is: one dict of scalars
    return _rebuild(value, ValidatedData)
