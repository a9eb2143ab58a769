"""Details of errors in one form, whatever the raiser gave: mappings, lists, lists of mappings, Django's errors, texts.

The form keeps mappings, names positions in a list of objects by their index, and turns every leaf into plain text.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS
from django.core.exceptions import ValidationError as DjangoValidationError
from django.utils.translation import gettext
from rest_framework.exceptions import ErrorDetail
from rest_framework.settings import api_settings
from rest_framework.utils.encoders import JSONEncoder

_LISTS = (list, tuple, set, frozenset)
_CONTAINERS = (Mapping, *_LISTS)

Leaf = Callable[[Any], Any]


def text_of(value: Any, default: Any = "") -> str:
    """`str(value)` that every encoder takes; the default where that fails."""
    if type(value) is str and value.isascii():  # nearly always
        return value
    try:
        text = str(value)
    except Exception:
        text = str(default)
    # a lone surrogate, as JSON bodies may hold, has no bytes
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def code_of(leaf: Any) -> str:
    """The code of a validation error's text."""
    return text_of(getattr(leaf, "code", None) or "invalid")


def as_details(detail: Any, leaf: Leaf = text_of) -> dict[str, Any]:
    """The details that `detail` stands for: texts without a field go under `NON_FIELD_ERRORS_KEY`."""
    if isinstance(detail, DjangoValidationError):
        detail = _of_django(detail)
    shaped = _shaped(detail, leaf)
    if isinstance(shaped, dict):
        return shaped
    if not isinstance(shaped, list):
        shaped = [shaped]
    return {api_settings.NON_FIELD_ERRORS_KEY: shaped} if shaped else {}


def _shaped(detail: Any, leaf: Leaf) -> Any:
    if isinstance(detail, str):
        return leaf(detail)
    if isinstance(detail, _LISTS):  # asked before a mapping of any kind, for which the check takes long
        return _shaped_list(detail, leaf)
    if isinstance(detail, Mapping):
        return _shaped_mapping(detail.items(), leaf)
    return leaf(detail)


def _shaped_list(items: Iterable[Any], leaf: Leaf) -> list[Any] | dict[str, Any]:
    texts = []
    for item in items:
        if not isinstance(item, str) and isinstance(item, _CONTAINERS):
            return _by_position(items, leaf)
        texts.append(leaf(item))
    return texts


def _by_position(items: Iterable[Any], leaf: Leaf) -> dict[str, Any]:
    """What is wrong with each item of a list with objects in it."""
    shaped = {str(index): _shaped(item, leaf) for index, item in enumerate(items) if not _is_empty(item)}
    return {index: found if isinstance(found, dict | list) else [found] for index, found in shaped.items()}


def _shaped_mapping(items: Iterable[tuple[Any, Any]], leaf: Leaf) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for key, value in items:
        name = api_settings.NON_FIELD_ERRORS_KEY if key == NON_FIELD_ERRORS else text_of(key)
        shaped = _shaped(value, leaf)
        if name in made and isinstance(made[name], list) and isinstance(shaped, list):
            shaped = made[name] + shaped
        made[name] = shaped
    return made


def _is_empty(item: Any) -> bool:
    return isinstance(item, _CONTAINERS) and not item


def _of_django(error: DjangoValidationError) -> Any:
    if hasattr(error, "error_dict"):
        return {field: _texts(errors) for field, errors in error.error_dict.items()}
    return _texts(error.error_list)


def _texts(errors: Iterable[DjangoValidationError]) -> list[ErrorDetail]:
    texts = []
    for error in errors:
        try:
            text = str(error.message % error.params if error.params else error.message)
        except Exception:
            text = gettext("Invalid value.")
        texts.append(ErrorDetail(text, code=error.code or "invalid"))
    return texts


def encodable(details: Mapping[str, Any]) -> dict[str, Any] | None:
    """The details as plain JSON values, made by REST framework's encoder; `None` where they cannot be rendered."""
    try:
        encoded = json.dumps(details, cls=JSONEncoder, allow_nan=False, skipkeys=False)
        plain: dict[str, Any] = json.loads(encoded)
        json.dumps(plain, ensure_ascii=False).encode()
    except Exception:
        return None
    return plain
