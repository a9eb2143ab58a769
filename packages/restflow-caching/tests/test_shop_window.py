"""The package exports what its documentation names, and importing it is cheap."""

import subprocess
import sys

import restflow.caching

DOCUMENTED = """
cache_result cache_response CachedWrapper SyncCachedWrapper AsyncCachedWrapper CachedResponseWrapper
set_response_cache_header CacheStatus CACHE_MISSING cache_mode cache_stats reset_cache_stats CacheKeyField
ConstantKeyField ArgsKeyField ViewKwargsKeyField RequestValueKeyField QueryParamsKeyField DjangoModelKeyField
DrfSerializerKeyField KeyConstructor InlineKeyConstructor DefaultKeyConstructor ResponseCacheKeyConstructor
InvalidationRule CacheRegister InvalidatingQuerySet invalidate_instance invalidate_queryset invalidate_model
ainvalidate_instance ainvalidate_queryset ainvalidate_model Dispatcher InlineDispatcher ThreadPoolDispatcher
AsyncIODispatcher register_dispatcher registered_dispatcher_names CeleryDispatcher DjangoRqDispatcher
DjangoQDispatcher DramatiqDispatcher DjangoTasksDispatcher CacheConfigError CacheKeyError PayloadError
""".split()  # noqa: SIM905
BROKERS = {name for name in DOCUMENTED if name.endswith("Dispatcher")} - {
    "Dispatcher",
    "InlineDispatcher",
    "ThreadPoolDispatcher",
    "AsyncIODispatcher",
}


def test_the_public_names_are_the_documented_ones():
    assert sorted(restflow.caching.__all__) == sorted(set(DOCUMENTED) - BROKERS)
    for name in set(DOCUMENTED) - BROKERS:
        assert getattr(restflow.caching, name) is not None


def test_a_star_import_asks_for_no_broker():
    code = (
        "import sys\nfrom restflow.caching import *\n"
        "loaded = {name.partition('.')[0] for name in sys.modules}\n"
        "assert cache_result and not loaded & {'celery', 'rq', 'dramatiq', 'django_q', 'django_tasks'}, loaded\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, env={"PYTHONPATH": ""})


def test_older_spellings_are_kept():
    from restflow.caching.dispatchers import register, registered_names, resolve
    from restflow.caching.hashing import hash_string

    assert (register, registered_names) == (
        restflow.caching.register_dispatcher,
        restflow.caching.registered_dispatcher_names,
    )
    assert resolve("inline") is restflow.caching.InlineDispatcher
    assert len(hash_string("a")) == 64


def test_importing_needs_neither_settings_nor_the_rest_framework_nor_a_broker():
    code = (
        "import sys, restflow.caching\n"
        "loaded = {name.partition('.')[0] for name in sys.modules}\n"
        "assert not loaded & {'rest_framework', 'celery', 'rq', 'dramatiq', 'django_q', 'pytest'}, loaded\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, env={"PYTHONPATH": ""})
