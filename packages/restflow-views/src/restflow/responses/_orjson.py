"""orjson, where it is installed, made to write what Python's own encoder writes."""

from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any


class Unsupported(Exception):  # noqa: N818 - it is an answer, not an error that leaves this package
    """orjson refuses the data, or would write them otherwise: the slower encoder decides."""

    def __init__(self, spent: dict[int, tuple[Any, Any]]) -> None:
        super().__init__("orjson refuses the data")
        self._spent = spent

    def replay(self, data: Any) -> Any:
        """The data with the iterators that orjson has used up replaced by what they gave."""
        return _replayed(data, self._spent) if self._spent else data


def _replayed(data: Any, spent: dict[int, tuple[Any, Any]]) -> Any:
    if id(data) in spent:
        return _replayed(spent[id(data)][1], spent)
    if isinstance(data, dict):
        return {key: _replayed(value, spent) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [_replayed(value, spent) for value in data]
    return data


@cache
def installed() -> bool:
    """Whether orjson can be imported."""
    return find_spec("orjson") is not None


@cache
def _module() -> tuple[Any, int]:
    orjson = import_module("orjson")
    return orjson, (
        orjson.OPT_PASSTHROUGH_DATETIME  # Python spells some time zones otherwise
        | orjson.OPT_PASSTHROUGH_DATACLASS  # Python refuses them
        | orjson.OPT_PASSTHROUGH_SUBCLASS  # a subclass of dict may have an order of its own
    )


def dumps(data: Any, default: Callable[[Any], Any]) -> bytes:
    """The JSON of `data`; what JSON does not know goes through `default`.

    `Unsupported` is raised where the other encoder must decide, which then also raises what it has to raise.
    """
    orjson, options = _module()
    spent: dict[int, tuple[Any, Any]] = {}

    def convert(obj: Any) -> Any:
        if isinstance(obj, str):
            return str.__str__(obj)
        if isinstance(obj, dict):
            return dict(obj.items())
        if isinstance(obj, list):
            return list(obj)
        if isinstance(obj, int):
            return int(obj)
        converted = default(obj)
        if isinstance(obj, Iterator):
            spent[id(obj)] = obj, converted
        return converted

    try:
        body: bytes = orjson.dumps(data, convert, options)
    except TypeError as error:  # orjson's JSONEncodeError is one
        raise Unsupported(spent) from error
    if b"\xe2\x80" in body:
        body = body.replace(b"\xe2\x80\xa8", b"\\u2028").replace(b"\xe2\x80\xa9", b"\\u2029")
    return body
