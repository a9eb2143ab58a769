"""Shows nothing of restflow: turns the addresses of servers, `postgresql://user@host/name`, into settings."""

from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

Entry = dict[str, Any]


def database(address: str) -> Entry:
    """The entry of `DATABASES`. Raises `ImproperlyConfigured` for an address of another kind."""
    parts = urlsplit(address)
    if parts.scheme == "sqlite":
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": Path(unquote(parts.path)),
            "CONN_MAX_AGE": None,  # the threads of PersistentThreads keep theirs
            "OPTIONS": {
                # A writer waits at its BEGIN, where it can; without this, at its first write, where it fails instead.
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,  # seconds
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
            },
        }
    if parts.scheme in ("postgresql", "postgres"):
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parts.path.lstrip("/")),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": parts.hostname or "",
            "PORT": str(parts.port or 5432),
            "CONN_MAX_AGE": 0,  # the pool keeps them
            "OPTIONS": {"pool": {"min_size": 1, "max_size": 20}},
        }
    raise ImproperlyConfigured(f"DEMO_DATABASE_URL begins with sqlite: or postgresql:, not {parts.scheme!r}.")


def cache(address: str) -> Entry:
    """The entry of `CACHES`. Raises `ImproperlyConfigured` for an address of another kind."""
    scheme = urlsplit(address).scheme
    if scheme == "locmem":
        return {
            "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
            "LOCATION": "demo",
            "OPTIONS": {"MAX_ENTRIES": 10_000},
        }
    if scheme in ("redis", "rediss"):
        return {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": address,
            "KEY_PREFIX": "restflow-demo",
        }
    raise ImproperlyConfigured(f"DEMO_CACHE_URL begins with locmem: or redis:, not {scheme!r}.")


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach what listens there."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
