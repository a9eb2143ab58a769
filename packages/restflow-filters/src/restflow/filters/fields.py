"""The filter fields, and the field of a type: what a filter set's declarations are made of."""

import inspect
from typing import Any

from django.db.models import Field as ModelField

from restflow.filters import _annotated, _columns
from restflow.filters._field import Field, RawField
from restflow.filters._typed import (
    BooleanField,
    ChoiceField,
    DateField,
    DateTimeField,
    DecimalField,
    DurationField,
    EmailField,
    FloatField,
    IntegerField,
    IPAddressField,
    ListField,
    MultipleChoiceField,
    StringField,
    TimeField,
    UUIDField,
)
from restflow.filters.lookups import ALL_FIELDS, LOOKUP_CATEGORIES
from restflow.filters.ordering import OrderField
from restflow.filters.related import RelatedField

__all__ = [
    "Field",
    "StringField",
    "IntegerField",
    "FloatField",
    "DecimalField",
    "BooleanField",
    "DateField",
    "DateTimeField",
    "TimeField",
    "DurationField",
    "ChoiceField",
    "MultipleChoiceField",
    "ListField",
    "EmailField",
    "IPAddressField",
    "UUIDField",
    "RelatedField",
    "OrderField",
    "ALL_FIELDS",
    "LOOKUP_CATEGORIES",
    "build_filter_field",
]


def build_filter_field(type: Any, field_name: str | None = None, **kwargs: Any) -> Field:
    """The filter field of a Python type, of a model column, or of a field class, with these keywords.

    `field_name` names the filter in the errors. Raises `AnnotationError` for a type that has no field and
    `ConfigError` for a keyword that the field does not take.
    """
    where = field_name or ""
    if isinstance(type, Field):
        return type.with_keywords(**kwargs) if kwargs else type.clone()
    if isinstance(type, ModelField):
        return _columns.column_field(type, kwargs, where or type.name)
    if inspect.isclass(type) and issubclass(type, Field):
        return _annotated.make(RawField if type is Field else type, kwargs, where)
    return _annotated.annotated_field(type, kwargs, owner="", name=where)
