"""JSON bytes in one step: objects are rendered with dates and the like left in them, which orjson writes itself.

The bytes are those of DRF's `JSONRenderer`; where they could differ `Differs` is raised, and DRF's renderer decides.
"""

import dataclasses
import datetime as dt
import math
import uuid
from enum import Enum
from typing import Any, NoReturn

from rest_framework.renderers import JSONRenderer
from rest_framework.settings import api_settings
from rest_framework.utils.encoders import JSONEncoder

from restflow.serializers._texts import zoned_text

orjson: Any
try:
    import orjson
except ImportError:  # the extra `orjson` is not installed
    orjson = None

_encoder = JSONEncoder()
_SETTINGS = (("UNICODE_JSON", True), ("COMPACT_JSON", True), ("STRICT_JSON", True))


class DiffersError(Exception):
    """A value whose text could differ from DRF's."""


class RawValues:
    """What one rendering leaves for the JSON writer, and how it becomes DRF's output.

    `pending` are values of the object that is being rendered which JSON writes otherwise than they are: `keep` notes
    them with their object. `differs` is set where DRF's renderer must decide.
    """

    def __init__(self) -> None:
        self.pending: list[tuple[str, Any]] = []
        self.kept: list[tuple[dict[str, Any], str, Any]] = []
        self.differs = False

    def ready(self, name: str, value: Any) -> Any:
        """`value` as it goes to the writer."""
        if value is None or type(value) in (str, int, bool):
            return value
        try:
            written = _ready(value)
        except DiffersError:
            self.differs = True
            written = None
        if written is not value:
            self.pending.append((name, value))
        return written

    def keep(self, output: dict[str, Any], first: int) -> None:
        """Notes for `output` what is pending from the `first` on; what precedes belongs to an object around it."""
        self.kept += [(output, name, value) for name, value in self.pending[first:]]
        del self.pending[first:]

    def restore(self) -> None:
        """Puts back what the writer needed otherwise."""
        for output, name, value in self.kept:
            output[name] = value
        self.kept.clear()


def is_available() -> bool:
    """Whether bytes can be made at all: with orjson, under DRF's default settings of JSON."""
    if orjson is None:
        return False
    renderer = JSONRenderer
    as_shipped = not renderer.ensure_ascii and renderer.compact and renderer.strict
    return as_shipped and all(getattr(api_settings, name) is value for name, value in _SETTINGS)


def dumps(value: Any) -> bytes | None:
    """The bytes of a value that is `ready`; `None` if orjson refuses it."""
    try:
        written: bytes = orjson.dumps(value, option=orjson.OPT_UTC_Z | orjson.OPT_PASSTHROUGH_DATACLASS)
    except TypeError:  # orjson's error: an integer beyond 64 bits, a lone surrogate
        return None
    if b"\xe2\x80" in written:
        return written.replace(b"\xe2\x80\xa8", b"\\u2028").replace(b"\xe2\x80\xa9", b"\\u2029")
    return written


def ready(value: Any) -> Any:
    """`value` with everything as orjson writes it like DRF. Raises `DiffersError`."""
    return _ready(value)


def _ready(value: Any, depth: int = 0) -> Any:
    kind = type(value)
    if value is None or kind in (str, int, bool):
        return value
    if kind is float:
        return value if _is_written_alike(value) else _differ()
    if depth > 200 or isinstance(value, Enum) or dataclasses.is_dataclass(value):
        _differ()
    if isinstance(value, dict):
        return {_key(name): _ready(item, depth + 1) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_ready(item, depth + 1) for item in value]
    if isinstance(value, str):
        return str(value)
    if isinstance(value, int | float):
        return _differ()
    try:
        return _ready(_encoder.default(value), depth + 1)
    except (TypeError, ValueError):  # the encoder refuses it, and says so when DRF renders
        _differ()


def _key(name: Any) -> str:
    return name if type(name) is str else _differ()


def _is_written_alike(value: float) -> bool:
    return value == 0 or (math.isfinite(value) and 1e-4 <= abs(value) < 1e16)


def _differ() -> NoReturn:
    raise DiffersError


def primitives(value: Any) -> Any:
    """DRF's output for one object, of what was left for the writer."""
    kind = type(value)
    if kind is dt.datetime:
        return zoned_text(value)
    if kind is dt.date:
        return value.isoformat()
    return str(value) if kind is uuid.UUID else value
