"""The decorator of cached functions."""

import inspect
from collections.abc import Callable, Coroutine, Sequence
from datetime import timedelta
from typing import Any, ParamSpec, TypeVar, overload

from restflow.caching.keys import _signature
from restflow.caching.keys.constructor import DefaultKeyConstructor, KeyConstructor, constructor_from
from restflow.caching.keys.fields import CacheKeyField
from restflow.caching.results.async_wrapper import AsyncCachedWrapper
from restflow.caching.results.options import CacheOptions
from restflow.caching.results.sync_wrapper import SyncCachedWrapper
from restflow.caching.rules.register import CacheRegister
from restflow.caching.rules.rule import InvalidationRule
from restflow.caching.storage.serializers import Serializer
from restflow.core import is_async_callable

P = ParamSpec("P")
R = TypeVar("R")

Constructor = type[KeyConstructor] | KeyConstructor | dict[str, CacheKeyField] | dict[str, Any]


class _Decorator:
    """`cache_result(...)`, waiting for its function."""

    def __init__(self, constructor: Any, rules: Sequence[InvalidationRule] | None, options: CacheOptions) -> None:
        self.constructor = constructor_from(constructor)
        self.rules = list(rules or ())
        self.options = options

    @overload
    def __call__(  # type: ignore[overload-overlap]
        self, func: Callable[P, Coroutine[Any, Any, R]]
    ) -> AsyncCachedWrapper[P, R]: ...
    @overload
    def __call__(self, func: Callable[P, R]) -> SyncCachedWrapper[P, R]: ...

    def __call__(self, func: Callable[..., Any]) -> Any:
        check_function(func)
        self.options.check(_signature.path_of_function(func))
        wrapper: SyncCachedWrapper[..., Any] | AsyncCachedWrapper[..., Any]
        if is_async_callable(func):
            wrapper = AsyncCachedWrapper(func, self.constructor, self.options)
        else:
            for name in ("ttl", "cache_if", "cache_unless"):
                if is_async_callable(getattr(self.options, name)):
                    raise TypeError(
                        f"{_signature.path_of_function(func)}: {name} is async, and the function is not; make both so."
                    )
            wrapper = SyncCachedWrapper(func, self.constructor, self.options)
        CacheRegister.attach(wrapper, self.rules)
        return wrapper


def check_function(func: Any) -> None:
    """Raises `TypeError` for what cannot be cached."""
    if isinstance(func, classmethod | staticmethod):
        path, kind = _signature.path_of_function(func.__func__), type(func).__name__
        raise TypeError(f"{path}: put @cache_result below @{kind}, nearer the function.")
    if not callable(func) or isinstance(func, type):
        raise TypeError(f"cache_result decorates functions, got {type(func).__name__}.")
    if inspect.isgeneratorfunction(func) or inspect.isasyncgenfunction(func):
        raise TypeError(
            f"{_signature.path_of_function(func)}: a generator can be read only once, so it cannot be cached; return "
            f"a list."
        )


@overload
def cache_result(key_constructor: Callable[P, Coroutine[Any, Any, R]], /) -> AsyncCachedWrapper[P, R]: ...  # type: ignore[overload-overlap]
@overload
def cache_result(  # type: ignore[overload-overlap]
    key_constructor: Constructor = ...,
    ttl: float | timedelta | Callable[..., Any] | None = ...,
    invalidates_on: Sequence[InvalidationRule] | None = ...,
    cache_if: Callable[..., Any] | None = ...,
    cache_unless: Callable[..., Any] | None = ...,
    *,
    stale_ttl: float | timedelta = ...,
    ttl_jitter: float = ...,
    early_refresh: float = ...,
    single_flight: str = ...,
    lease_timeout: float = ...,
    wait_timeout: float | None = ...,
    cache: str | None = ...,
    serializer: str | Serializer | None = ...,
) -> _Decorator: ...
@overload
def cache_result(key_constructor: Callable[P, R], /) -> SyncCachedWrapper[P, R]: ...


def cache_result(
    key_constructor: Any = DefaultKeyConstructor,
    ttl: Any = 3600,
    invalidates_on: Sequence[InvalidationRule] | None = None,
    cache_if: Callable[..., Any] | None = None,
    cache_unless: Callable[..., Any] | None = None,
    *,
    stale_ttl: float | timedelta = 0,
    ttl_jitter: float = 0.0,
    early_refresh: float = 0.0,
    single_flight: str = "process",
    lease_timeout: float = 30,
    wait_timeout: float | None = None,
    cache: str | None = None,
    serializer: str | Serializer | None = None,
) -> Any:
    """Caches what a function returns; `@cache_result` without parentheses is `@cache_result()`.

    `key_constructor` is a `KeyConstructor` or a dict of key fields (every argument by default), `ttl` the time to live
    in seconds, `invalidates_on` the rules that make entries invalid; `CacheOptions` tells the other options. Raises
    `CacheConfigError` and `TypeError` for declarations that make no sense.
    """
    options = CacheOptions(
        ttl=ttl,
        cache_if=cache_if,
        cache_unless=cache_unless,
        stale_ttl=stale_ttl,
        ttl_jitter=ttl_jitter,
        early_refresh=early_refresh,
        single_flight=single_flight,
        lease_timeout=lease_timeout,
        wait_timeout=wait_timeout,
        cache=cache,
        serializer=serializer,
    )
    bare = callable(key_constructor) and not isinstance(key_constructor, type | KeyConstructor)
    if bare or isinstance(key_constructor, classmethod | staticmethod):
        return _Decorator(DefaultKeyConstructor, invalidates_on, options)(key_constructor)
    return _Decorator(key_constructor, invalidates_on, options)
