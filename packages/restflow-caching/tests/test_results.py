"""What a cached function answers, tells and keeps; through both doors."""

import copy
import datetime as dt
import inspect
import json
import pickle
import re

import pytest
from asgiref.sync import async_to_sync, iscoroutinefunction
from django.core.cache import cache, caches
from django.http import HttpResponse

from restflow.caching import (
    CACHE_MISSING,
    ArgsKeyField,
    AsyncCachedWrapper,
    CacheConfigError,
    CacheStatus,
    KeyConstructor,
    SyncCachedWrapper,
    cache_mode,
    cache_result,
    cache_stats,
    reset_cache_stats,
    set_response_cache_header,
)


def shown(value: object) -> str:
    """A `repr` that is the same in every process: parallel test runs compare the names of tests."""
    return re.sub(r" at 0x[0-9a-f]+", "", repr(value))


class Counter:
    """A function that returns how often it ran."""

    def __init__(self):
        self.count = 0

    def function(self):
        def load(user_id=1, scope="full"):
            self.count += 1
            return {"run": self.count, "args": [user_id, scope]}

        return load


@pytest.fixture
def counter():
    return Counter()


@pytest.fixture
def load(face, counter):
    return face.cache(counter.function(), ttl=300)


def test_a_call_computes_once_and_then_hits(face, load, counter):
    assert face(load, 1)["run"] == 1
    assert face(load, 1)["run"] == 1
    assert face(load, user_id=1)["run"] == 1
    assert face(load, 2)["run"] == 2
    assert counter.count == 2


def test_each_status_and_the_metadata_that_go_with_it(face, load):
    value, metadata = face.do(load, "get_with_metadata", 1)
    assert value["run"] == 1
    assert metadata["cache_status"] == "MISS"
    assert metadata["stored"] is True
    assert set(metadata) == {"cache_status", "cached_at", "cache_reset_at", "cache_key", "stored"}
    again = face.do(load, "get_with_metadata", 1)[1]
    assert again == {**metadata, "cache_status": "HIT"}
    lifetime = dt.datetime.fromisoformat(again["cache_reset_at"]) - dt.datetime.fromisoformat(again["cached_at"])
    assert lifetime.total_seconds() == pytest.approx(300)
    assert json.loads(json.dumps(again)) == again
    with cache_mode("bypass"):
        value, metadata = face.do(load, "get_with_metadata", 1)
    assert (value["run"], metadata["cache_status"], metadata["stored"]) == (2, "BYPASS", False)
    assert metadata["cached_at"] is metadata["cache_reset_at"] is None
    with cache_mode("refresh"):
        assert face.status(load, 1) == "REFRESH"
    assert face(load, 1)["run"] == 3


def test_refresh_replaces_the_entry_and_bypass_touches_nothing(face, load):
    face(load, 1)
    assert face.do(load, "refresh", 1)["run"] == 2
    assert face(load, 1)["run"] == 2
    assert face.do(load, "bypass_cache", 1)["run"] == 3
    assert face(load, 1)["run"] == 2


def test_delete_cache_drops_one_entry(face, load):
    face(load, 1), face(load, 2)
    face.do(load, "delete_cache", 1)
    assert face.do(load, "get_cache_only", 1) is CACHE_MISSING
    assert face.do(load, "get_cache_only", 2)["run"] == 2
    assert face(load, 1)["run"] == 3
    assert face(load, 1)["run"] == 3


def test_looking_never_runs_the_function(face, load, counter):
    assert face.do(load, "get_cache_only", 1) is CACHE_MISSING
    assert face.do(load, "get_cached_metadata", 1) is None
    face(load, 1)
    assert face.do(load, "get_cached_metadata", 1)["cache_status"] == "HIT"
    assert counter.count == 1


def test_none_is_a_value_and_exceptions_are_not(face):
    runs = []

    def load(fail):
        runs.append(fail)
        if fail:
            raise LookupError("no such row")

    wrapper = face.cache(load)
    assert face(wrapper, False) is None
    assert face.status(wrapper, False) == "HIT"
    for _ in range(2):
        with pytest.raises(LookupError, match="no such row"):
            face(wrapper, True)
    assert runs == [False, True, True]


def test_each_caller_gets_an_object_of_its_own(face, load):
    first = face(load, 1)
    first["args"].append("changed")
    second = face(load, 1)
    assert second["args"] == [1, "full"]
    second.clear()
    assert face(load, 1)["args"] == [1, "full"]


@pytest.mark.parametrize("wrong", [(1, 2, 3), ()], ids=["too many", "too few"])
def test_a_call_that_does_not_fit_raises_as_the_function_would(face, wrong):
    def needs(a, b):
        raise AssertionError("ran")

    wrapper = face.cache(needs)
    with pytest.raises(TypeError) as expected:
        needs(*wrong)
    for method in ("get_cache_only", "delete_cache", "refresh"):
        with pytest.raises(TypeError) as caught:
            face.do(wrapper, method, *wrong)
        assert str(caught.value) == str(expected.value)
    with pytest.raises(TypeError):
        face(wrapper, *wrong)


class Unpicklable:
    def __reduce__(self):
        raise TypeError("not this one")


def test_a_value_that_cannot_be_stored_is_returned_and_logged_once(face, caplog):
    wrapper = face.cache(lambda: Unpicklable())
    for _ in range(2):
        value, metadata = face.do(wrapper, "get_with_metadata")
        assert isinstance(value, Unpicklable)
        assert (metadata["cache_status"], metadata["stored"]) == ("MISS", False)
    errors = [record for record in caplog.records if record.levelname == "ERROR"]
    assert len(errors) == 1
    assert "Unpicklable" in errors[0].getMessage()


def test_json_gives_back_what_it_was_given_or_refuses(face):
    values = iter([{"a": [1]}, {1: "a"}, (1,), {"a": [1]}])
    wrapper = face.cache(lambda n: next(values), serializer="json")
    stored = [face.do(wrapper, "get_with_metadata", n)[1]["stored"] for n in range(3)]
    assert stored == [True, False, False]
    assert face(wrapper, 0) == {"a": [1]}


def test_predicates_and_times_to_live_decide_after_the_function(face):
    wrapper = face.cache(lambda n: n, cache_if=lambda result, n: result > 0)
    assert [face.do(wrapper, "get_with_metadata", n)[1]["stored"] for n in (0, 1)] == [False, True]
    wrapper = face.cache(lambda m: m, cache_unless=lambda result, m: result > 0)
    assert [face.do(wrapper, "get_with_metadata", n)[1]["stored"] for n in (0, 1)] == [True, False]
    wrapper = face.cache(lambda k: k, ttl=lambda result, k: {0: 0, 1: -5, 2: None, 3: dt.timedelta(hours=1)}[k])
    told = [face.do(wrapper, "get_with_metadata", n)[1] for n in range(4)]
    assert [metadata["stored"] for metadata in told] == [False, False, True, True]
    assert told[2]["cache_reset_at"] is None


def test_async_predicates_are_awaited_on_async_functions_and_refused_on_sync_ones():
    async def short(result):
        return 5

    @cache_result(ttl=short, cache_if=short)
    async def load():
        return 1

    assert async_to_sync(load.aget_with_metadata)()[1]["stored"] is True
    with pytest.raises(TypeError, match="ttl is async"):
        cache_result(ttl=short)(lambda: 1)
    sneaky = cache_result(ttl=lambda result: short(result))(lambda: 1)
    with pytest.raises(TypeError, match="awaitable"):
        sneaky()


def test_a_sync_function_that_returns_an_awaitable_is_told_to_be_async():
    async def later():
        return 1

    @cache_result
    def load():
        return later()

    with pytest.raises(TypeError, match="async def"):
        load()


def test_an_expired_entry_is_computed_anew_and_fractions_count(face, monkeypatch):
    now = [1000.0]
    monkeypatch.setattr("time.time", lambda: now[0])
    runs = []
    wrapper = face.cache(lambda: runs.append(1) or len(runs), ttl=0.5)
    assert face(wrapper) == 1
    now[0] += 0.4
    assert face(wrapper) == 1
    now[0] += 0.2
    assert face(wrapper) == 2


def test_jitter_shortens_each_entry_within_its_bound(face):
    wrapper = face.cache(lambda n: n, ttl=100, ttl_jitter=0.3)
    lifetimes = set()
    for n in range(30):
        metadata = face.do(wrapper, "get_with_metadata", n)[1]
        reset, cached = (dt.datetime.fromisoformat(metadata[k]) for k in ("cache_reset_at", "cached_at"))
        lifetimes.add((reset - cached).total_seconds())
    assert all(69.9 <= lifetime <= 100 for lifetime in lifetimes)
    assert len(lifetimes) > 20


@pytest.mark.parametrize(
    "foreign",
    ["text", None, 42, ("restflow:1",), ("restflow:9", *range(6)), ("restflow:1", None, 1, None, None, 0.1, b"x")],
)
def test_what_is_not_an_entry_of_ours_is_a_miss_and_overwritten(face, load, foreign):
    face(load, 1)
    cache.set(load.get_cache_key(1), foreign)
    assert face.status(load, 1) == "MISS"
    assert face.status(load, 1) == "HIT"


def test_bytes_that_the_backend_cannot_decode_are_a_miss_and_overwritten(face, load):
    inner = caches["default"]
    face(load, 1)
    for key in list(inner._cache):
        inner._cache[key] = b"\x80\x05no pickle"
    assert face.status(load, 1) == "MISS"
    assert face.status(load, 1) == "HIT"


class Vanishing:
    pass


def test_a_value_whose_class_has_vanished_is_a_miss(face, monkeypatch):
    wrapper = face.cache(lambda: Vanishing())
    face(wrapper)
    monkeypatch.delattr(inspect.getmodule(Vanishing), "Vanishing")
    assert face.do(wrapper, "get_cache_only") is CACHE_MISSING
    monkeypatch.undo()
    assert face.status(wrapper) == "HIT"


def test_the_missing_value_is_one_falsy_object_everywhere():
    assert not CACHE_MISSING
    assert copy.deepcopy(CACHE_MISSING) is CACHE_MISSING
    assert pickle.loads(pickle.dumps(CACHE_MISSING)) is CACHE_MISSING


def test_the_wrapper_looks_like_its_function():
    @cache_result
    def load(a: int, *, b: str = "x") -> int:
        """Loads."""
        return a

    assert isinstance(load, SyncCachedWrapper)
    assert load.__name__ == "load"
    assert load.__doc__ == "Loads."
    assert list(inspect.signature(load).parameters) == ["a", "b"]
    assert load.is_cached_function
    assert load.func is load.__wrapped__
    assert load.get_key_version() == 1


def test_async_wrappers_count_as_coroutine_functions_and_refuse_the_sync_names():
    @cache_result
    async def load(a):
        return a

    assert isinstance(load, AsyncCachedWrapper)
    assert iscoroutinefunction(load)
    assert inspect.iscoroutinefunction(load)
    for name in ("get_with_metadata", "refresh", "bypass_cache", "get_cache_only", "get_cached_metadata"):
        with pytest.raises(TypeError, match=f"a{name}"):
            getattr(load, name)(1)


async def test_sync_wipes_of_async_functions_are_refused_on_a_running_loop():
    @cache_result
    async def load(a):
        return a

    with pytest.raises(TypeError, match="await"):
        load.delete_cache(1)
    await load.adelete_cache(1)


def test_sync_wipes_of_async_functions_work_in_sync_code():
    @cache_result
    async def load(a):
        return a

    async_to_sync(load)(1)
    load.delete_cache(1)
    assert async_to_sync(load.aget_cache_only)(1) is CACHE_MISSING


async def test_the_a_names_of_a_sync_function_cross_once(crossings):
    @cache_result
    def load(a):
        return a

    for name in ("aget_with_metadata", "arefresh", "abypass_cache"):
        await getattr(load, name)(1)
        assert len(crossings) == 1, name
        crossings.clear()
    assert await load.aget_cache_only(1) == 1
    await load.adelete_cache(1)
    assert await load.aget_cache_only(1) is CACHE_MISSING


class Service:
    def __init__(self, name):
        self.name = name

    def __cache_key__(self):
        return self.name

    @cache_result(ttl=60)
    def load(self, n):
        return [self.name, n]

    @staticmethod
    @cache_result(ttl=60)
    def static(n):
        return n

    @classmethod
    @cache_result(ttl=60)
    def of_class(cls, n):
        return [cls.__name__, n]


def test_methods_keep_the_surface_bound_to_their_instance():
    one, two = Service("one"), Service("two")
    assert one.load(1) == ["one", 1]
    assert two.load(1) == ["two", 1]
    assert one.load.get_with_metadata(1)[1]["cache_status"] == "HIT"
    assert one.load.get_cache_key(1) == Service.load.get_cache_key(one, 1)
    one.load.delete_cache(1)
    assert one.load.get_cache_only(1) is CACHE_MISSING
    assert two.load.get_cache_only(1) == ["two", 1]
    assert one.load.refresh(1) == ["one", 1]
    assert isinstance(Service.load, SyncCachedWrapper)
    assert Service.static(1) == 1
    assert Service.static.get_with_metadata(1)[1]["cache_status"] == "HIT"
    assert Service.of_class(1) == ["Service", 1]
    one.load.delete_by_prefix()
    assert two.load.get_cache_only(1) is CACHE_MISSING


class PerService(KeyConstructor):
    service = ArgsKeyField("self", partition=True)
    n = ArgsKeyField("n")


class Partitioned(Service):
    @cache_result(key_constructor=PerService)
    def part(self, n):
        return n


def test_a_bound_wipe_by_prefix_is_the_instances_own():
    one, two = Partitioned("one"), Partitioned("two")
    one.part(1), two.part(1)
    one.part.delete_by_prefix()
    assert one.part.get_cache_only(1) is CACHE_MISSING
    assert two.part.get_cache_only(1) == 1


def generator():
    yield 1


async def async_generator():
    yield 1


@pytest.mark.parametrize("func", [generator, async_generator, classmethod(len), staticmethod(len), 3])
def test_what_cannot_be_cached_is_refused(func):
    with pytest.raises((TypeError, CacheConfigError)):
        cache_result()(func)


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"ttl": -1}, CacheConfigError),
        ({"ttl": True}, TypeError),
        ({"ttl": "5"}, TypeError),
        ({"ttl_jitter": 1}, CacheConfigError),
        ({"stale_ttl": -1}, CacheConfigError),
        ({"stale_ttl": None}, TypeError),
        ({"single_flight": "proces"}, CacheConfigError),
        ({"cache_if": len, "cache_unless": len}, CacheConfigError),
        ({"cache_if": 3}, TypeError),
        ({"cache": "nowhere"}, CacheConfigError),
        ({"serializer": "no.such.thing"}, CacheConfigError),
        ({"serializer": object()}, CacheConfigError),
        ({"wait_timeout": "1"}, TypeError),
        ({"lease_timeout": 0}, CacheConfigError),
        ({"early_refresh": -1}, CacheConfigError),
    ],
    ids=shown,
)
def test_options_that_make_no_sense_are_refused_at_decoration(options, error):
    with pytest.raises(error):
        cache_result(**options)(lambda: 1)


def test_headers_from_metadata(load, face):
    metadata = face.do(load, "get_with_metadata", 1)[1]
    response = set_response_cache_header(HttpResponse(), metadata)
    assert response["X-Cache-status"] == "MISS"
    assert response["X-Cached-at"] == metadata["cached_at"]
    assert response["X-Cache-reset-at"] == metadata["cache_reset_at"]
    assert "X-Cache-status" not in set_response_cache_header(HttpResponse(), None)
    assert "X-Cached-at" not in set_response_cache_header(HttpResponse(), {"cache_status": CacheStatus.BYPASS})


def test_counters_tell_what_happened(face, load):
    face(load, 1), face(load, 1), face.do(load, "refresh", 1), face.do(load, "bypass_cache", 1)
    face.do(load, "delete_cache", 1)
    expected = {
        "hits": 1,
        "misses": 1,
        "stale": 0,
        "bypass": 1,
        "refresh": 1,
        "stores": 2,
        "errors": 0,
        "wipes": 1,
    }
    assert load.stats() == cache_stats()[load.path] == expected
    reset_cache_stats()
    assert cache_stats() == {}


def test_a_cache_switched_off_is_bypassed_and_wipes_still_work(face, load, settings):
    face(load, 1)
    settings.RESTFLOW_SETTINGS = {"CACHE_SETTINGS": {"ENABLED": False}}
    assert face.status(load, 1) == "BYPASS"
    assert face.do(load, "get_cache_only", 1) is CACHE_MISSING
    face.do(load, "delete_cache", 1)
    settings.RESTFLOW_SETTINGS = {}
    assert face.do(load, "get_cache_only", 1) is CACHE_MISSING


def test_a_mode_that_does_not_exist_is_refused():
    with pytest.raises(ValueError, match="Did you mean 'refresh'"), cache_mode("refesh"):
        pass
