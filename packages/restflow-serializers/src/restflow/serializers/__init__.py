"""DRF serializers whose fields are written as type annotations, with an async face."""

from restflow.core import BlankableString, Email, IPAddress, NotRequired
from restflow.serializers.base import Serializer
from restflow.serializers.bulk import BulkListSerializer
from restflow.serializers.field import Field
from restflow.serializers.fields import BytesField, DecimalField, EnumField, LiteralField, SetField, TupleField
from restflow.serializers.inline import InlineSerializer
from restflow.serializers.listing import ListSerializer
from restflow.serializers.model import HyperlinkedModelSerializer, ModelSerializer
from restflow.serializers.resolution import SerializerFieldMap, get_field_from_type
from restflow.serializers.unions import UnionField
from restflow.serializers.validated_data import ValidatedData

__all__ = [
    # serializers
    "Serializer",
    "ModelSerializer",
    "HyperlinkedModelSerializer",
    "ListSerializer",
    "BulkListSerializer",
    "InlineSerializer",
    # annotations
    "Field",
    "Email",
    "IPAddress",
    "BlankableString",
    "NotRequired",
    "SerializerFieldMap",
    "get_field_from_type",
    # fields
    "DecimalField",
    "BytesField",
    "EnumField",
    "LiteralField",
    "SetField",
    "TupleField",
    "UnionField",
    # results
    "ValidatedData",
]
