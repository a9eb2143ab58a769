"""JSON of responses: the encoder of the streams, and orjson with REST framework's output."""

import json
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from math import isfinite
from typing import Any
from uuid import UUID

from rest_framework.compat import LONG_SEPARATORS, SHORT_SEPARATORS
from rest_framework.settings import api_settings
from rest_framework.utils.encoders import JSONEncoder as DRFJSONEncoder

from restflow.responses._orjson import Unsupported, dumps, installed


class JSONEncoder(DRFJSONEncoder):
    """REST framework's encoder with the output of its serializers: a `Decimal` is a string, as its settings say.

    Without other arguments it follows the settings `UNICODE_JSON`, `COMPACT_JSON`, `STRICT_JSON` and
    `COERCE_DECIMAL_TO_STRING`. U+2028 and U+2029 are always escaped. While `STRICT_JSON` is on, NaN and Infinity are a
    `ValueError`.
    """

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("ensure_ascii", not api_settings.UNICODE_JSON)
        kwargs.setdefault("allow_nan", not api_settings.STRICT_JSON)
        if kwargs.get("separators") is None and kwargs.get("indent") is None:
            kwargs["separators"] = SHORT_SEPARATORS if api_settings.COMPACT_JSON else LONG_SEPARATORS
        super().__init__(**kwargs)
        self._decimal_as_text = bool(api_settings.COERCE_DECIMAL_TO_STRING)

    def default(self, obj: Any) -> Any:
        """What JSON does not know, as REST framework writes it; a finite `Decimal` in plain digits."""
        if isinstance(obj, Decimal) and self._decimal_as_text and obj.is_finite():
            return f"{obj:f}"
        return super().default(obj)

    def encode(self, o: Any) -> str:
        """The JSON text, which is a strict subset of JavaScript."""
        return super().encode(o).replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def item_encoder(encoder_class: type[json.JSONEncoder] | None, *, flat: bool) -> Callable[[Any], bytes]:
    """A function from one item of a stream to its JSON, with one encoder for all items.

    `flat` takes the indentation from an encoder that has one, and refuses with `ValueError` a text that still has a
    line break. `TypeError` says that the class is no `json.JSONEncoder`.
    """
    if encoder_class is None:
        encoder_class = JSONEncoder
    elif not (isinstance(encoder_class, type) and issubclass(encoder_class, json.JSONEncoder)):
        raise TypeError(f"encoder is a subclass of json.JSONEncoder, not {encoder_class!r}.")
    encoder = encoder_class()
    if flat:
        encoder.indent = None  # type: ignore[assignment]  # typeshed: int | str

    def encode(item: Any) -> bytes:
        text = encoder.encode(item)
        if flat and ("\n" in text or "\r" in text):
            raise ValueError(f"{encoder_class.__qualname__} put a line break into a record.")
        return text.encode()

    settings_at_default = api_settings.UNICODE_JSON and api_settings.COMPACT_JSON and api_settings.STRICT_JSON
    if encoder_class is not JSONEncoder or not settings_at_default or not installed():
        return encode

    def encode_fast(item: Any) -> bytes:
        try:
            body = dumps(item, encoder.default)
        except Unsupported as refused:
            return encode(refused.replay(item))
        # orjson writes NaN as null: REST framework's encoder refuses it
        return body if b"null" not in body or _is_finite(item) else encode(item)

    return encode_fast


_FINITE = frozenset({str, int, bool, type(None), datetime, date, time, timedelta, UUID})


def _is_finite(item: Any) -> bool:
    """Whether there is surely no NaN and no Infinity in it."""
    kind = type(item)
    if kind in _FINITE:
        return True
    if kind is float:
        return isfinite(item)
    if kind is Decimal:
        return bool(item.is_finite())
    if isinstance(item, Mapping):
        return all(_is_finite(value) for value in item.values())
    return kind in (list, tuple) and all(_is_finite(value) for value in item)
