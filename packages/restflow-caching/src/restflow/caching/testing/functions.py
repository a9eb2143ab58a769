"""Cached functions whose rules a worker runs for the contract kit; the worker must be able to import this module."""

from typing import Any

from django.core.cache import cache

from restflow.caching.keys.arguments import ArgsKeyField
from restflow.caching.keys.constructor import KeyConstructor
from restflow.caching.results.decorator import cache_result
from restflow.caching.rules.rule import InvalidationRule

MODEL = "contenttypes.ContentType"
"""Rules need a model; the kit dispatches them by id, and changes no row."""


class ContractKey(KeyConstructor):
    """One partition for each test's key."""

    key = ArgsKeyField("key", partition=True)

    class Meta:
        namespace = "restflow-contract"


def _rule(name: str, mapping: dict[str, str], **options: Any) -> InvalidationRule:
    return InvalidationRule(model=MODEL, field_mapping=mapping, name=name, **options)


@cache_result(key_constructor=ContractKey, ttl=600, invalidates_on=[_rule("drop", {"key": "model"})])
def remembered(key: str) -> str:
    """Something to drop."""
    return key


@cache_result(key_constructor=ContractKey, ttl=600, invalidates_on=[_rule("drop", {"key": "model"}, batch=True)])
def also_remembered(key: str) -> str:
    """Something to drop in one batch with the other."""
    return key


@cache_result(
    key_constructor=ContractKey,
    ttl=600,
    invalidates_on=[_rule("echo", {"key": "model", "value": "model"}, rewarm=True)],
)
def echo(key: str, value: Any) -> None:
    """Tells which value arrived in the worker."""
    cache.set(f"restflow-contract:{key}", (type(value).__name__, value), 600)


@cache_result(
    key_constructor=ContractKey,
    ttl=600,
    invalidates_on=[_rule("fail", {"key": "model"}, rewarm=True, raise_exception=True)],
)
def fails_at_first(key: str) -> str:
    """Fails once, then works."""
    name = f"restflow-contract:{key}"
    cache.add(name, 0, 600)
    if cache.incr(name) < 2:
        raise ConnectionError("the first attempt fails")
    cache.set(f"{name}:done", True, 600)
    return key


def rule_id(function: Any, name: str) -> str:
    """The id of one of these rules."""
    return f"{function.func.__module__}:{function.func.__qualname__}#{name}"
