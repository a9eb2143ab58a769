"""Dispatchers: where invalidation work runs."""

from restflow.caching.dispatchers._brokers import __getattr__ as __getattr__
from restflow.caching.dispatchers.base import Dispatcher
from restflow.caching.dispatchers.event_loop import AsyncIODispatcher
from restflow.caching.dispatchers.inline import InlineDispatcher
from restflow.caching.dispatchers.registry import register_dispatcher as register
from restflow.caching.dispatchers.registry import registered_dispatcher_names as registered_names
from restflow.caching.dispatchers.registry import resolve
from restflow.caching.dispatchers.threadpool import ThreadPoolDispatcher

__all__ = [
    "Dispatcher",
    "InlineDispatcher",
    "ThreadPoolDispatcher",
    "AsyncIODispatcher",
    "register",
    "resolve",
    "registered_names",
]
