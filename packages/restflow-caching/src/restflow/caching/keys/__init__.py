"""What a key is made of: fields, and the constructors that join them."""

from restflow.caching.keys.arguments import ArgsKeyField, ViewKwargsKeyField
from restflow.caching.keys.constructor import (
    DefaultKeyConstructor,
    InlineKeyConstructor,
    KeyConstructor,
)
from restflow.caching.keys.fields import CacheKeyField, ConstantKeyField
from restflow.caching.keys.fingerprints import DjangoModelKeyField, DrfSerializerKeyField
from restflow.caching.keys.requests import QueryParamsKeyField, RequestValueKeyField

__all__ = [
    "CacheKeyField",
    "ConstantKeyField",
    "ArgsKeyField",
    "ViewKwargsKeyField",
    "RequestValueKeyField",
    "QueryParamsKeyField",
    "DjangoModelKeyField",
    "DrfSerializerKeyField",
    "KeyConstructor",
    "InlineKeyConstructor",
    "DefaultKeyConstructor",
]
