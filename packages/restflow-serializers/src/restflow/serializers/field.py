"""`Field(...)`: keywords of DRF for the field that an annotation picks."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from rest_framework import fields as drf

AnyField: TypeAlias = drf.Field[Any, Any, Any, Any]
"""A DRF field of any kind: serializers are fields too."""


class FieldMarker:
    """What `Field(...)` makes: keywords, and no field until the annotation is known.

    `field_kwargs` are the keywords as given.
    """

    field_kwargs: dict[str, Any]

    def __init__(self, **kwargs: Any) -> None:
        self.field_kwargs = kwargs

    def clone(self, _type: Any = None, field_name: str | None = None, **kwargs: Any) -> "FieldMarker | AnyField":
        """The DRF field for the annotation `_type`, or without one a copy of the marker; `kwargs` win over its own.

        Raises `AnnotationError` for an annotation or a keyword that no field can be made from.
        """
        merged: Mapping[str, Any] = {**self.field_kwargs, **kwargs}
        if _type is None:
            return type(self)(**merged)
        from restflow.serializers.resolution import get_field_from_type  # which needs the marker

        return get_field_from_type(_type, field_name, **merged)

    def __repr__(self) -> str:
        return f"Field({', '.join(f'{name}={value!r}' for name, value in self.field_kwargs.items())})"


FieldMarker.__name__ = FieldMarker.__qualname__ = "Field"  # as it is called in annotations, and so in messages

if TYPE_CHECKING:

    def Field(**kwargs: Any) -> Any:  # noqa: N802  # so that `name: str = Field(...)` passes
        """Carries DRF keywords to the field that the annotation picks."""
else:
    Field = FieldMarker
