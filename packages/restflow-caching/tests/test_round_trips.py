"""What a call costs: round trips to the backend, crossings to threads, and never a backend call on the event loop."""

import threading

import pytest
from asgiref.sync import async_to_sync
from caching_testapp import backends
from django.test import override_settings

from restflow.caching import ArgsKeyField, KeyConstructor, cache_result


class Key(KeyConstructor):
    a = ArgsKeyField("a", partition=True)
    b = ArgsKeyField("b", partition=True)
    page = ArgsKeyField("page")

    class Meta:
        namespace = "costs"


class WholeKey(KeyConstructor):
    a = ArgsKeyField("a", partition=True)

    class Meta:
        namespace = "costs-whole"


def use(path):
    return override_settings(
        CACHES={"default": {"BACKEND": path, "LOCATION": "counting", "OPTIONS": {"MAX_ENTRIES": 10_000}}}
    )


COUNTING, NATIVE = (f"caching_testapp.backends.{name}" for name in ("CountingCache", "NativeCache"))
LOCMEM = "django.core.cache.backends.locmem.LocMemCache"


@pytest.fixture
def counting():
    with use(COUNTING):
        from django.core.cache import cache

        cache.clear()
        backends.calls.clear()
        backends.threads.clear()
        yield backends.calls


def costs(calls, face, wrapper, method, *args, **kwargs):
    calls.clear()
    face(wrapper, *args, **kwargs) if method == "call" else face.do(wrapper, method, *args, **kwargs)
    return len(calls)


def test_round_trips_of_a_function_with_a_suffix(face, counting):
    wrapper = face.cache(lambda a, b, page=1: 1, key_constructor=Key)
    assert costs(counting, face, wrapper, "call", 1, 2) == 2 + 4  # four generations are missing
    assert costs(counting, face, wrapper, "call", 1, 2) == 1
    assert costs(counting, face, wrapper, "get_with_metadata", 1, 2) == 1
    assert costs(counting, face, wrapper, "get_cache_only", 1, 2) == 1
    assert costs(counting, face, wrapper, "get_cached_metadata", 1, 2) == 1
    assert costs(counting, face, wrapper, "call", 1, 2, page=2) == 2
    assert costs(counting, face, wrapper, "refresh", 1, 2) == 3
    assert costs(counting, face, wrapper, "delete_cache", 1, 2) == 2
    assert costs(counting, face, wrapper, "bypass_cache", 1, 2) == 0
    assert costs(counting, face, wrapper, "delete_by_prefix", a=1) == 1
    assert costs(counting, face, wrapper, "delete_by_prefix", a=1, b=2) == 1
    assert costs(counting, face, wrapper, "invalidate_all") == 1


def test_round_trips_where_the_partition_is_the_key(face, counting):
    wrapper = face.cache(lambda a: 1, key_constructor=WholeKey)
    assert costs(counting, face, wrapper, "call", 1) == 2 + 2
    assert costs(counting, face, wrapper, "call", 1) == 1
    assert costs(counting, face, wrapper, "delete_cache", 1) == 1


def test_a_lease_costs_four_more(face, counting):
    wrapper = face.cache(lambda a: 1, key_constructor=WholeKey, single_flight="shared")
    assert costs(counting, face, wrapper, "call", 1) == 2 + 2 + 4


def test_wiping_a_constructor_is_one_round_trip_for_all_of_its_functions(counting):
    class Both(KeyConstructor):
        a = ArgsKeyField("a", partition=True)

        class Meta:
            namespace = "costs-both"

    def one(a): ...
    def two(a): ...

    kept = [cache_result(key_constructor=Both)(f) for f in (one, two)]
    counting.clear()
    Both.wipe(a=1)
    assert counting == ["delete_many"]
    assert len(kept) == 2


METHODS = [
    ("aget_with_metadata", 2),
    ("aget_with_metadata", 1),
    ("aget_cache_only", 1),
    ("aget_cached_metadata", 1),
    ("arefresh", 2),
    ("adelete_cache", 1),
    ("adelete_by_prefix", 1),
    ("ainvalidate_all", 1),
    ("abypass_cache", 0),
]


@pytest.mark.parametrize(
    ("backend", "factor"), [(COUNTING, 1), (NATIVE, 0), (LOCMEM, 0)], ids=["blocking", "native", "memory"]
)
async def test_crossings_of_every_method(backend, factor, crossings):
    with use(backend):
        from django.core.cache import cache

        cache.clear()

        @cache_result(key_constructor=Key)
        async def load(a, b, page=1):
            return 1

        for method, expected in METHODS:
            crossings.clear()
            arguments = () if method == "ainvalidate_all" else (1, 2)
            await getattr(load, method)(*arguments)
            assert len(crossings) == expected * factor, (method, crossings)


def test_no_backend_call_runs_on_the_event_loops_thread(counting):
    @cache_result(key_constructor=Key, single_flight="shared", stale_ttl=5)
    async def load(a, b, page=1):
        backends.threads.add(("loop", threading.get_ident()))
        return 1

    async def everything():
        backends.threads.clear()
        loop = threading.get_ident()
        for method, _ in METHODS:
            await getattr(load, method)(*(() if method == "ainvalidate_all" else (1, 2)))
        return loop

    loop = async_to_sync(everything)()
    used = {ident for ident in backends.threads if isinstance(ident, int)}
    assert used
    assert loop not in used
