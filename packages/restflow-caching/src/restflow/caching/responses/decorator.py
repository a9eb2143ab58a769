"""The decorator of cached handlers."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from restflow.caching.errors import CacheConfigError
from restflow.caching.keys import _signature
from restflow.caching.keys.constructor import constructor_from
from restflow.caching.responses.constructor import ResponseCacheKeyConstructor
from restflow.caching.responses.wrapper import (
    AsyncCachedResponseWrapper,
    CachedResponseWrapper,
    SyncCachedResponseWrapper,
)
from restflow.caching.results.decorator import Constructor, check_function
from restflow.caching.results.options import CacheOptions
from restflow.caching.rules.register import CacheRegister
from restflow.caching.rules.rule import InvalidationRule
from restflow.caching.storage.serializers import Serializer
from restflow.core import is_async_callable


def cache_response(
    key_constructor: Constructor | Callable[..., Any] = ResponseCacheKeyConstructor,
    ttl: float | timedelta | Callable[..., Any] | None = 3600,
    invalidates_on: Sequence[InvalidationRule] | None = None,
    cache_if: Callable[..., Any] | None = None,
    cache_unless: Callable[..., Any] | None = None,
    set_cache_headers: bool = False,
    *,
    public: bool = False,
    statuses: Sequence[int] = (200,),
    vary_headers: Sequence[str] = (),
    etag: bool = True,
    stale_ttl: float | timedelta = 0,
    ttl_jitter: float = 0.0,
    early_refresh: float = 0.0,
    single_flight: str = "process",
    lease_timeout: float = 30,
    wait_timeout: float | None = None,
    cache: str | None = None,
    serializer: str | Serializer | None = None,
) -> Any:
    """Caches the rendered answers of a handler: of views, viewsets, `@api_view` functions and plain Django views.

    Answers are kept apart by view class, host, path, media type, language, the headers in `vary_headers` and, unless
    `public=True`, by user. Only `GET` answers with one of `statuses` are stored. `etag=True` gives them an `ETag` and
    answers conditional requests. The other options are those of `cache_result`.
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
    if isinstance(statuses, str) or not all(type(status) is int for status in statuses):
        raise TypeError("cache_response: statuses must be a list of HTTP status codes.")
    if isinstance(vary_headers, str):
        raise TypeError("cache_response: vary_headers must be a list of header names.")

    def decorate(func: Callable[..., Any]) -> CachedResponseWrapper:
        check_function(func)
        name = getattr(func, "__name__", "")
        if name in ("dispatch", "as_view") or hasattr(func, "view_class") or hasattr(func, "cls"):
            raise CacheConfigError(
                f"{_signature.path_of_function(func)}: cache_response belongs on a handler, below @api_view: on "
                f"dispatch, as_view() or a finished view it would answer before authentication and permissions."
            )
        options.check(_signature.path_of_function(func))
        kind = AsyncCachedResponseWrapper if is_async_callable(func) else SyncCachedResponseWrapper
        wrapper = kind(
            func,
            constructor,
            options,
            set_cache_headers=set_cache_headers,
            public=public,
            statuses=tuple(statuses),
            vary_headers=tuple(vary_headers),
            etag=etag,
        )
        CacheRegister.attach(wrapper, list(invalidates_on or ()))
        return wrapper

    if callable(key_constructor) and not isinstance(key_constructor, type) and hasattr(key_constructor, "__name__"):
        func, constructor = key_constructor, constructor_from(ResponseCacheKeyConstructor)
        return decorate(func)
    constructor = constructor_from(key_constructor)
    return decorate
