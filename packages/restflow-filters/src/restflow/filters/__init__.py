"""Filter sets for Django REST Framework: declared query parameters, validated and turned into one queryset."""

from restflow.core import Email, IPAddress
from restflow.filters.backends import RestflowFilterBackend
from restflow.filters.fields import (
    ALL_FIELDS,
    LOOKUP_CATEGORIES,
    BooleanField,
    ChoiceField,
    DateField,
    DateTimeField,
    DecimalField,
    DurationField,
    EmailField,
    Field,
    FloatField,
    IntegerField,
    IPAddressField,
    ListField,
    MultipleChoiceField,
    OrderField,
    RelatedField,
    StringField,
    TimeField,
    UUIDField,
)
from restflow.filters.filterset import FilterSet
from restflow.filters.inline import InlineFilterSet

__all__ = [
    "FilterSet",
    "InlineFilterSet",
    "RestflowFilterBackend",
    # fields
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
    # types
    "Email",
    "IPAddress",
    # constants
    "ALL_FIELDS",
    "LOOKUP_CATEGORIES",
]
