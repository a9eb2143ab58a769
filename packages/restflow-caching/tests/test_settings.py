"""The section `CACHE_SETTINGS`: its defaults, what it refuses, and that changes are followed."""

import pytest
from django.test import override_settings

from restflow.caching import ArgsKeyField, CacheConfigError, InvalidationRule, cache_result
from restflow.caching.hashing import hash_string
from restflow.caching.settings import CacheSettings
from restflow.core import ConfigError

DEFAULTS = {
    "ENABLED": True,
    "CACHE_ALIAS": "default",
    "MAX_KEY_LENGTH": 200,
    "MAX_KEY_SUFFIX_LENGTH": 250,
    "HASH_SUFFIX_ON_OVERFLOW": True,
    "KEY_HASH_ALGORITHM": "sha256",
    "SERIALIZER": "pickle",
    "FAIL_OPEN": True,
    "GENERATION_TTL": 2592000,
    "WAIT_TIMEOUT": 10,
    "SHUTDOWN_TIMEOUT": 5,
    "DEFAULT_DISPATCHER": "inline",
    "ON_DISPATCH_ERROR": "inline",
    "BATCH_SIZE": 500,
    "DISPATCHER_RAISE_EXCEPTION": False,
    "DISPATCHER_SETTINGS": {},
    "AUTODISCOVER_MODULES": ("caches", "cache"),
}


def using(**options):
    return override_settings(RESTFLOW_SETTINGS={"CACHE_SETTINGS": options})


def test_the_defaults_are_the_documented_ones():
    with override_settings(RESTFLOW_SETTINGS={}):
        current = CacheSettings.current()
        assert {name: getattr(current, name) for name in DEFAULTS} == DEFAULTS
        assert set(CacheSettings.__annotations__) == set(DEFAULTS)


@pytest.mark.parametrize(
    ("options", "essence"),
    [
        ({"ENABELD": True}, "ENABLED"),
        ({"ENABLED": "yes"}, "ENABLED"),
        ({"MAX_KEY_LENGTH": "200"}, "MAX_KEY_LENGTH"),
        ({"MAX_KEY_LENGTH": 0}, "MAX_KEY_LENGTH must be positive"),
        ({"BATCH_SIZE": 0}, "BATCH_SIZE must be positive"),
        ({"WAIT_TIMEOUT": -1.0}, "WAIT_TIMEOUT must not be negative"),
        ({"GENERATION_TTL": 0}, "GENERATION_TTL must be positive"),
        ({"KEY_HASH_ALGORITHM": "sha257"}, "no algorithm of hashlib"),
        ({"ON_DISPATCH_ERROR": "ignore"}, "ON_DISPATCH_ERROR"),
        ({"DISPATCHER_SETTINGS": {"celery": "queue"}}, "DISPATCHER_SETTINGS"),
    ],
    ids=lambda value: next(iter(value.items())).__repr__() if isinstance(value, dict) else "",
)
def test_unknown_keys_wrong_types_and_values_without_sense_are_refused(options, essence):
    with using(**options), pytest.raises(ConfigError, match=essence):
        CacheSettings.current()


def test_changes_are_followed_by_functions_that_are_decorated_already(settings):
    load = cache_result({"n": ArgsKeyField("n", partition=True), "page": ArgsKeyField("page")})(lambda n, page: n)
    plain = load.get_cache_key(1, "x" * 60)
    with using(MAX_KEY_SUFFIX_LENGTH=20):
        assert load.get_cache_key(1, "x" * 60).rpartition("::")[2] == f"#{hash_string('x' * 60)[:32]}"
    with using(MAX_KEY_SUFFIX_LENGTH=20, HASH_SUFFIX_ON_OVERFLOW=False):
        assert load.get_cache_key(1, "x" * 60) == plain
    with using(MAX_KEY_LENGTH=len(plain) - 1):
        assert len(load.get_cache_key(1, "x" * 60)) < len(plain)
    with using(KEY_HASH_ALGORITHM="blake2b"):
        assert len(hash_string("a")) == 128
    with using(KEY_HASH_ALGORITHM=lambda text: text.upper()):
        assert hash_string("a") == "A"
    with using(ENABLED=False):
        assert load.get_with_metadata(1, 1)[1]["cache_status"] == "BYPASS"
    settings.CACHES = {
        **settings.CACHES,
        "other": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "other"},
    }
    load(1, 1)
    with using(CACHE_ALIAS="other"):
        assert load.get_with_metadata(1, 1)[1]["cache_status"] == "MISS"
    assert load.get_with_metadata(1, 1)[1]["cache_status"] == "HIT"
    with using(SERIALIZER="json"):
        assert load.get_with_metadata(1, (1,))[1]["stored"] is True
        assert cache_result(lambda: (1,)).get_with_metadata()[1]["stored"] is False
    with using(SERIALIZER="no.such.serializer"), pytest.raises(CacheConfigError, match="such"):
        load(5, 5)
    with using(DEFAULT_DISPATCHER="threadpool"):
        rule = InvalidationRule(model="caching_testapp.Book", invalidate_all=True)
        assert rule.get_dispatcher().name == "threadpool"
