"""Declarative caching for Django: keys, cached functions and responses, invalidation rules and dispatchers."""

from restflow.caching.dispatchers._brokers import __getattr__ as __getattr__
from restflow.caching.dispatchers.base import Dispatcher
from restflow.caching.dispatchers.event_loop import AsyncIODispatcher
from restflow.caching.dispatchers.inline import InlineDispatcher
from restflow.caching.dispatchers.registry import register_dispatcher, registered_dispatcher_names
from restflow.caching.dispatchers.threadpool import ThreadPoolDispatcher
from restflow.caching.errors import CacheConfigError, CacheKeyError, PayloadError
from restflow.caching.keys import (
    ArgsKeyField,
    CacheKeyField,
    ConstantKeyField,
    DefaultKeyConstructor,
    DjangoModelKeyField,
    DrfSerializerKeyField,
    InlineKeyConstructor,
    KeyConstructor,
    QueryParamsKeyField,
    RequestValueKeyField,
    ViewKwargsKeyField,
)
from restflow.caching.responses.constructor import ResponseCacheKeyConstructor
from restflow.caching.responses.decorator import cache_response
from restflow.caching.responses.wrapper import CachedResponseWrapper
from restflow.caching.results.async_wrapper import AsyncCachedWrapper
from restflow.caching.results.decorator import cache_result
from restflow.caching.results.mode import cache_mode
from restflow.caching.results.status import CACHE_MISSING, CacheStatus, set_response_cache_header
from restflow.caching.results.sync_wrapper import SyncCachedWrapper
from restflow.caching.results.wrapper import CachedWrapper
from restflow.caching.rules.bulk import (
    InvalidatingQuerySet,
    ainvalidate_instance,
    ainvalidate_model,
    ainvalidate_queryset,
    invalidate_instance,
    invalidate_model,
    invalidate_queryset,
)
from restflow.caching.rules.register import CacheRegister
from restflow.caching.rules.rule import InvalidationRule
from restflow.caching.stats import cache_stats, reset_cache_stats

__all__ = [
    # cached functions
    "cache_result",
    "CachedWrapper",
    "SyncCachedWrapper",
    "AsyncCachedWrapper",
    "cache_response",
    "CachedResponseWrapper",
    "set_response_cache_header",
    "CacheStatus",
    "CACHE_MISSING",
    "cache_mode",
    "cache_stats",
    "reset_cache_stats",
    # keys
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
    "ResponseCacheKeyConstructor",
    # rules
    "InvalidationRule",
    "CacheRegister",
    "InvalidatingQuerySet",
    "invalidate_instance",
    "invalidate_queryset",
    "invalidate_model",
    "ainvalidate_instance",
    "ainvalidate_queryset",
    "ainvalidate_model",
    # dispatchers
    "Dispatcher",
    "InlineDispatcher",
    "ThreadPoolDispatcher",
    "AsyncIODispatcher",
    "register_dispatcher",
    "registered_dispatcher_names",
    # (a broker's class has its name here as well, but is imported by that name only: see dispatchers/_brokers.py)
    # errors
    "CacheConfigError",
    "CacheKeyError",
    "PayloadError",
]
