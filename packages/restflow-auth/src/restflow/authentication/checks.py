"""System checks of authentication; none opens a connection to a database or cache."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.cache import InvalidCacheBackendError, caches
from django.core.cache.backends.dummy import DummyCache
from django.core.cache.backends.filebased import FileBasedCache
from django.core.cache.backends.locmem import LocMemCache
from django.core.checks import CheckMessage, Error, Warning, register
from django.core.exceptions import FieldDoesNotExist

from restflow.authentication._cookies import cookie_options
from restflow.authentication._keys import HMAC
from restflow.authentication.backends import BlacklistBackend
from restflow.authentication.settings import JWTSettings
from restflow.core import ConfigError
from restflow.responses._faces import faces

OBJ = "RESTFLOW_SETTINGS['JWT']"
_TELLTALES = ("change-me", "changeme", "secret-key", "insecure")


def _section() -> JWTSettings | None:
    try:
        return JWTSettings.current()
    except ConfigError:
        return None  # the checks of the settings themselves tell


def _warning(number: int, message: str, hint: str) -> CheckMessage:
    return Warning(message, hint=hint, obj=OBJ, id=f"restflow.W{number}")


def _error(number: int, message: str, hint: str) -> CheckMessage:
    return Error(message, hint=hint, obj=OBJ, id=f"restflow.E{number}")


@register("restflow")
def check_authentication(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """The problems of a project that uses tokens."""
    section = _section()
    if section is None or not section.uses_tokens:
        return []
    return [*_key_warnings(section), *_field_messages(section), *_store_messages(section)]


@register("restflow", deploy=True)
def check_authentication_deployment(app_configs: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """What is tolerable in development only."""
    section = _section()
    if section is None or not section.uses_tokens:
        return []
    return list(_deployment_messages(section))


def _is_short(section: JWTSettings) -> bool:
    return section.keys.current is not None and section.keys.current.short


def _key_warnings(section: JWTSettings) -> Iterator[CheckMessage]:
    if _is_short(section):
        yield _warning(501, *_short_key(section))


def _short_key(section: JWTSettings) -> tuple[str, str]:
    length = HMAC[section.ALGORITHM]
    return (
        f"JWT.SIGNING_KEY is shorter than the {length} bytes that RFC 7518 asks for with {section.ALGORITHM}.",
        f'Make one: python -c "import secrets; print(secrets.token_urlsafe({length}))".',
    )


def _field_messages(section: JWTSettings) -> Iterator[CheckMessage]:
    name = section.USER_ID_FIELD
    if name in ("username", "email"):
        yield _warning(
            502,
            f"JWT.USER_ID_FIELD is {name!r}: it can pass to another person, and their tokens with it.",
            "Use the primary key or a UUID.",
        )
    if name == "pk":
        return
    model = get_user_model()
    try:
        field: Any = model._meta.get_field(name)
    except FieldDoesNotExist:
        yield _error(501, f"JWT.USER_ID_FIELD: {model.__qualname__} has no field {name!r}.", 'Use "pk".')
        return
    if not getattr(field, "unique", False):
        yield _error(501, f"JWT.USER_ID_FIELD: {model.__qualname__}.{name} is not unique.", 'Use "pk".')


def _store_messages(section: JWTSettings) -> Iterator[CheckMessage]:
    if section.ROTATE_REFRESH_TOKENS and not section.BLACKLIST_ENABLED:
        yield _warning(
            503,
            "JWT.ROTATE_REFRESH_TOKENS without BLACKLIST_ENABLED: old refresh tokens stay valid.",
            "Enable the blacklist, or turn rotation off.",
        )
    if not section.BLACKLIST_ENABLED:
        return
    try:
        store = section.store
    except ConfigError as error:
        yield Error(error.message, hint=error.hint, obj=OBJ, id="restflow.E006")
        return
    if section.ROTATE_REFRESH_TOKENS and faces(type(store), "consume", "aconsume").definer is BlacklistBackend:
        yield _warning(
            505,
            f"{type(store).__qualname__} does not override consume(): two requests may redeem one refresh token.",
            "Override consume() with an operation that is atomic in the store.",
        )
    from restflow.authentication.cache_backend import CacheBlacklistBackend

    if isinstance(store, CacheBlacklistBackend):
        yield from _cache_messages(section)


def _cache_messages(section: JWTSettings) -> Iterator[CheckMessage]:
    alias = section.BLACKLIST_CACHE_ALIAS
    try:
        cache = caches[alias]  # makes the object; connections open with the first command
    except InvalidCacheBackendError:
        yield Error(
            f"JWT.BLACKLIST_CACHE_ALIAS: the cache {alias!r} cannot be made.",
            hint="Correct CACHES.",
            obj=OBJ,
            id="restflow.E006",
        )
        return
    if _hides_errors(alias):
        yield _warning(
            504,
            f"The blacklist's cache {alias!r} ignores exceptions: while it is down, revoked tokens are accepted.",
            "Give the blacklist an alias without IGNORE_EXCEPTIONS.",
        )
    if section.ROTATE_REFRESH_TOKENS and isinstance(cache, FileBasedCache):
        yield _warning(
            505,
            f"The blacklist's cache {alias!r} is a FileBasedCache, whose add() is not atomic: two requests may redeem "
            "one refresh token.",
            "Use Redis, Memcached or ModelBlacklistBackend.",
        )
    if isinstance(cache, DummyCache):
        yield _warning(506, f"The blacklist's cache {alias!r} forgets everything.", "Use a cache that keeps it.")
    elif isinstance(cache, LocMemCache) and not section.BLACKLIST_ALLOW_LOCMEM:
        yield _warning(
            506,
            f"The blacklist's cache {alias!r} is one that no other process sees.",
            "Use a shared cache, or set JWT.BLACKLIST_ALLOW_LOCMEM=True for a single process.",
        )


def _hides_errors(alias: str) -> bool:
    configuration = settings.CACHES[alias]
    if not configuration.get("BACKEND", "").startswith("django_redis."):
        return False
    default = getattr(settings, "DJANGO_REDIS_IGNORE_EXCEPTIONS", False)
    return bool(configuration.get("OPTIONS", {}).get("IGNORE_EXCEPTIONS", default))


def _deployment_messages(section: JWTSettings) -> Iterator[CheckMessage]:
    if _is_short(section):
        yield _error(502, *_short_key(section))
    if section.SIGNING_KEY is not None and _is_telltale(section.SIGNING_KEY):
        yield _warning(
            507,
            "JWT.SIGNING_KEY is SECRET_KEY, or looks like an example.",
            "Give tokens a random key of their own.",
        )
    rates = getattr(settings, "REST_FRAMEWORK", {}).get("DEFAULT_THROTTLE_RATES") or {}
    if not rates.get("login"):
        yield _warning(
            508,
            "No rate for the throttle scope 'login': passwords can be guessed at full speed.",
            'Set REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"]["login"], such as "5/min".',
        )
    if section.REFRESH_COOKIE is not None and not cookie_options(section.REFRESH_COOKIE)["secure"]:
        yield _warning(509, "JWT.REFRESH_COOKIE travels without encryption.", "Remove secure=False.")


def _is_telltale(key: str | bytes) -> bool:
    text = key.decode(errors="replace") if isinstance(key, bytes) else str(key)
    return text == settings.SECRET_KEY or any(word in text.lower() for word in _TELLTALES)
