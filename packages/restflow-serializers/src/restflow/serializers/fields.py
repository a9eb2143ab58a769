"""Field classes that annotations need and DRF does not have."""

import base64
import binascii
from collections.abc import Iterable, Sequence
from enum import Enum
from typing import Any, ClassVar, Literal

from django.core.exceptions import ValidationError as DjangoValidationError
from django.utils.translation import gettext_lazy as _
from rest_framework import fields as drf
from rest_framework.exceptions import ValidationError

from restflow.serializers._hostile import shown, text_of
from restflow.serializers.field import AnyField

BigIntegerField: type[drf.Field[Any, Any, Any, Any]] = getattr(drf, "BigIntegerField", drf.IntegerField)
"""DRF's field for big integers, which is younger than the oldest DRF that restflow runs on."""


class DecimalField(drf.DecimalField):
    """DRF's `DecimalField` with bounds that need not be given."""

    def __init__(self, max_digits: int | None = 20, decimal_places: int | None = 6, **kwargs: Any) -> None:
        super().__init__(max_digits, decimal_places, **kwargs)


class BytesField(drf.CharField):
    """`bytes` in Python, text on the wire; `max_length` and `min_length` count bytes.

    `encoding` is `"utf-8"` (the text is the bytes) or `"base64"`.
    """

    default_error_messages: ClassVar[dict[str, Any]] = {"invalid_bytes": _("Not a valid {encoding} string.")}

    def __init__(self, *, encoding: Literal["utf-8", "base64"] = "utf-8", **kwargs: Any) -> None:
        if encoding not in ("utf-8", "base64"):
            raise ValueError(f'BytesField(encoding={encoding!r}): the encodings are "utf-8" and "base64".')
        self.encoding = encoding
        super().__init__(**kwargs)

    def run_validation(self, data: Any = drf.empty) -> Any:
        """DRF\'s, with `bytes` for an allowed blank too."""
        value = super().run_validation(data)
        return b"" if value == "" else value  # DRF answers an allowed blank before any conversion

    def to_internal_value(self, data: Any) -> bytes:  # type: ignore[override]  # DRF's gives str
        """The Python value. Raises `ValidationError`."""
        text = super().to_internal_value(data)
        try:
            return text.encode() if self.encoding == "utf-8" else base64.b64decode(text, validate=True)
        except (UnicodeEncodeError, binascii.Error, ValueError):
            message = self.error_messages["invalid_bytes"].format(encoding=self.encoding)
            raise ValidationError(message, code="invalid") from None

    def to_representation(self, value: Any) -> str:
        """The text. Raises `ValueError` for bytes that are no text in UTF-8."""
        if isinstance(value, str):
            return value
        data = bytes(value)
        if self.encoding == "base64":
            return base64.b64encode(data).decode()
        try:
            return data.decode()
        except UnicodeDecodeError as error:
            raise ValueError(
                f'The bytes of field {self.field_name!r} are not UTF-8; give the field encoding="base64".'
            ) from error


def is_same(left: Any, right: Any) -> bool:
    """Equal in type and value: JSON's `true` is not 1."""
    return type(left) is type(right) and bool(left == right)


class _WireChoices(drf.ChoiceField):
    """A choice whose Python value is another than the one on the wire; `pairs` are `(wire, python)` in order."""

    pairs: tuple[tuple[Any, Any], ...]

    def to_internal_value(self, data: Any) -> Any:
        """The Python value. Raises `ValidationError`."""
        for wire, value in self.pairs:
            if is_same(wire, data):
                return value
        if data == "" and self.allow_blank:
            return ""
        text = None if isinstance(data, bool) else text_of(data)  # that of `True` would be a choice "True"
        for wire, value in self.pairs:
            if str(wire) == text:
                return value
        return self.fail("invalid_choice", input=shown(data))

    def to_representation(self, value: Any) -> Any:
        """The value for the wire."""
        for wire, own in self.pairs:
            if is_same(own, value):
                return wire
        return super().to_representation(value)


class EnumField(_WireChoices):
    """A member of `enum`, sent as its value."""

    def __init__(self, enum: type[Enum], **kwargs: Any) -> None:
        self.enum = enum
        self.pairs = tuple((member.value, member) for member in enum)
        super().__init__(choices=[(member.value, getattr(member, "label", member.name)) for member in enum], **kwargs)

    def to_internal_value(self, data: Any) -> Any:
        """The Python value. Raises `ValidationError`."""
        return data if isinstance(data, self.enum) else super().to_internal_value(data)


class LiteralField(_WireChoices):
    """One of the values of a `Literal`, compared by type and value before DRF's comparison by text."""

    def __init__(self, choices: Iterable[Any], **kwargs: Any) -> None:
        values = list(choices)
        self.pairs = tuple((value.value if isinstance(value, Enum) else value, value) for value in values)
        super().__init__(choices=[wire for wire, _value in self.pairs], **kwargs)


class SetField(drf.ListField):
    """A `set`, or with `frozen` a `frozenset`, sent as a list; lengths are counted without duplicates."""

    default_error_messages: ClassVar[dict[str, Any]] = {"unhashable": _("The items must be plain values.")}

    def __init__(self, *, frozen: bool = False, **kwargs: Any) -> None:
        self.frozen = frozen
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> Any:
        """The Python value. Raises `ValidationError`."""
        items = super().to_internal_value(data)
        try:
            return frozenset(items) if self.frozen else set(items)
        except TypeError:
            message = str(self.error_messages["unhashable"])
            raise ValidationError(message, code="invalid") from None

    def to_representation(self, data: Any) -> list[Any]:
        """The value for the wire."""
        try:
            data = sorted(data)  # so that the output does not change from process to process
        except TypeError:
            data = list(data)
        return super().to_representation(data)


class TupleField(drf.ListField):
    """A `tuple`, sent as a list: `children` for one field an item, or `child` for any number of the same."""

    default_error_messages: ClassVar[dict[str, Any]] = {"length": _("Expected {expected} items, got {count}.")}

    def __init__(self, *, children: Sequence[AnyField] | None = None, **kwargs: Any) -> None:
        self.children = None if children is None else tuple(children)
        super().__init__(**kwargs)
        for child in self.children or ():
            child.bind(field_name="", parent=self)  # type: ignore[arg-type]  # as ListField does with its child

    def children_of(self, items: Any) -> list[AnyField]:
        """The field for each of the items; fails with code `length` when there are more or fewer than fields."""
        if self.children is None:
            return [self.child] * len(items)
        if len(items) != len(self.children):
            self.fail("length", expected=len(self.children), count=len(items))
        return list(self.children)

    def to_internal_value(self, data: Any) -> Any:
        """The Python value. Raises `ValidationError`."""
        return tuple(super().to_internal_value(data))

    def run_child_validation(self, data: Any) -> list[Any]:
        """The value of each item. Raises `ValidationError` with the errors by index."""
        data = list(data)
        values: list[Any] = []
        errors: dict[Any, Any] = {}
        for index, (child, item) in enumerate(zip(self.children_of(data), data, strict=True)):
            try:
                values.append(child.run_validation(item))
            except ValidationError as error:
                errors[index] = error.detail
            except DjangoValidationError as error:
                errors[index] = drf.get_error_detail(error)
        if errors:
            raise ValidationError(errors)
        return values

    def to_representation(self, data: Any) -> list[Any]:
        """The value for the wire."""
        if self.children is None:
            return super().to_representation(data)
        return [
            None if item is None else child.to_representation(item)
            for child, item in zip(self.children, data, strict=True)
        ]
