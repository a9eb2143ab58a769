"""Many-to-many relations of a model by name, from either side."""

from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db.models import ManyToManyField, Model


def relation(model: type[Model] | None, name: str) -> Any:
    """The many-to-many field of that name; `None` where the model has none."""
    if model is None:
        return None
    try:
        field = model._meta.get_field(name)
    except FieldDoesNotExist:
        return None
    return field if isinstance(field, ManyToManyField) else None
