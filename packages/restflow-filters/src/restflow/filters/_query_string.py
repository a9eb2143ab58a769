"""Reading the data of a request: which values a parameter has, within the limits, before any field sees them."""

from collections.abc import Sequence
from enum import Enum
from typing import Any, Final

from django.utils.translation import gettext_lazy
from rest_framework.exceptions import ErrorDetail, ValidationError


class Absent(Enum):
    """The type of `ABSENT`."""

    ABSENT = "absent"


ABSENT: Final = Absent.ABSENT

MESSAGES: dict[str, Any] = {
    "required": gettext_lazy("This field is required."),
    "null": gettext_lazy("This field may not be null."),
    "null_characters_not_allowed": gettext_lazy("Null characters are not allowed."),
    "invalid": gettext_lazy("Enter a valid value."),
    "repeated": gettext_lazy("This parameter takes one value."),
    "invalid_list": gettext_lazy("Unbalanced quote."),
    "max_params": gettext_lazy("No more than %(limit)s filter parameters are allowed."),
    "max_list_items": gettext_lazy("No more than %(limit)s values are allowed."),
    "max_length": gettext_lazy("No more than %(limit)s characters are allowed."),
    "unknown_parameter": gettext_lazy("Unknown filter parameter."),
}


def error(code: str, **values: Any) -> ValidationError:
    """The error of one of this package's own codes."""
    message = str(MESSAGES[code])
    return ValidationError([ErrorDetail(message % values if values else message, code)])


def values_of(value: Any) -> tuple[Sequence[Any], bool]:
    """The values that a plain mapping gives a parameter, and whether they are the items of a list as they are."""
    if isinstance(value, list | tuple | set | frozenset):
        return list(value), True
    return [value], False


def single(values: Sequence[Any], *, max_length: int | None, trims: bool, blank: bool, nullable: bool) -> Any:
    """The one value of a parameter, `None` for NULL, `ABSENT` for a blank.

    `blank` lets the empty string through, `nullable` makes it and `None` mean NULL. Raises `ValidationError`.
    """
    if not values:
        return ABSENT
    value = values[0]
    if len(values) > 1 and any(not _same(value, other) for other in values[1:]):
        raise error("repeated")
    if value is None:
        if nullable:
            return None
        raise error("null")
    if isinstance(value, str):
        check_text(value, max_length)
        if not value or (trims and value.isspace()):
            if blank:
                return ""
            return None if nullable else ABSENT
    return value


def _same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and bool(one == other)


def check_text(value: str, max_length: int | None) -> None:
    """Refuses a text that is too long, or that no database takes."""
    if max_length is not None and len(value) > max_length:
        raise error("max_length", limit=max_length)
    if "\0" in value:
        raise error("null_characters_not_allowed")
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:  # half of a surrogate pair
            raise error("invalid") from None


def items(
    values: Sequence[Any], as_they_are: bool, *, separator: str | None, max_items: int | None, max_length: int | None
) -> list[Any]:
    """The items of a list parameter: trimmed, without blanks and repetitions, in order.

    Raises `ValidationError`: by index for an item, at once beyond `max_items`.
    """
    found: list[Any] = []
    for value in values:
        if isinstance(value, str) and separator is not None and not as_they_are:
            budget = None if max_items is None else max_items - len(found)
            found.extend(split(value, separator, budget))
        elif value is None:
            raise error("null")
        elif not isinstance(value, str):
            found.append(value)
        elif trimmed := value.strip():
            found.append(trimmed)
        if max_items is not None and len(found) > max_items:
            raise error("max_list_items", limit=max_items)
    errors: Any = {}
    for index, item in enumerate(found):
        if isinstance(item, str):
            try:
                check_text(item, max_length)
            except ValidationError as exc:
                errors[index] = exc.detail
    if errors:
        raise ValidationError(errors)
    return unique(found)


def unique(found: Sequence[Any]) -> list[Any]:
    """The items without repetitions, in order; those that cannot be hashed are kept."""
    seen: set[Any] = set()
    kept: list[Any] = []
    for item in found:
        try:
            mark = (type(item), item)
            if mark in seen:
                continue
            seen.add(mark)
        except TypeError:
            pass
        kept.append(item)
    return kept


def ends(values: Sequence[Any], as_they_are: bool, *, separator: str | None, max_length: int | None) -> Any:
    """The two ends of a range, `None` for an open one; `ABSENT` for a blank; any other count is kept to be refused."""
    found: list[Any] = []
    for value in values:
        if not isinstance(value, str):
            found.append(value)
        elif as_they_are or separator is None:
            found.append(value.strip() or None)
        else:
            found.extend(part or None for part in split(value, separator, 3, keep_blanks=True))
        if len(found) > 2:
            break
    for end in found:
        if isinstance(end, str):
            check_text(end, max_length)
    if not as_they_are and found == [None]:
        return ABSENT
    return found


def split(text: str, separator: str, limit: int | None, *, keep_blanks: bool = False) -> list[str]:
    """The items of a separated list, trimmed; blanks are dropped unless `keep_blanks`.

    An item that begins with `"` is quoted as in CSV: it holds separators, `""` is a quote in it, and blanks around it
    are kept. With quotes, stops one item past `limit`.
    Raises `ValidationError`, code `invalid_list`, without a closing quote.
    """
    if '"' not in text:
        parts = text.split(separator)
        return [part.strip() for part in parts if keep_blanks or part.strip()]
    found: list[str] = []
    position, length = 0, len(text)
    while position <= length and (limit is None or len(found) <= limit):
        start = position
        while start < length and text[start].isspace() and text[start] != separator:
            start += 1
        if start < length and text[start] == '"':
            item, position = _quoted(text, start + 1, separator)
            found.append(item)
        else:
            end = text.find(separator, start)
            end = length if end < 0 else end
            item, position = text[start:end].strip(), end
            if item or keep_blanks:
                found.append(item)
        position += 1
    return found


def _quoted(text: str, position: int, separator: str) -> tuple[str, int]:
    """A quoted item from behind its opening quote, and the position of the separator after it."""
    parts: list[str] = []
    while True:
        end = text.find('"', position)
        if end < 0:
            raise error("invalid_list")
        parts.append(text[position:end])
        if text[end + 1 : end + 2] != '"':
            break
        parts.append('"')
        position = end + 2
    rest = text.find(separator, end + 1)
    rest = len(text) if rest < 0 else rest
    if text[end + 1 : rest].strip():
        raise error("invalid_list")
    return "".join(parts), rest
