"""A broken cache never breaks the application: the function is called instead, and somebody is told."""

import os
import threading
import time

import pytest
from caching_testapp import backends
from django.core.cache import cache
from django.test import override_settings

from restflow.caching import CACHE_MISSING, ArgsKeyField, cache_stats
from testsite import services

KEY = {"n": ArgsKeyField("n", partition=True), "page": ArgsKeyField("page")}


@pytest.fixture
def counting():
    settings = {"BACKEND": "caching_testapp.backends.CountingCache", "LOCATION": "failing"}
    with override_settings(CACHES={"default": settings}):
        cache.clear()
        yield backends.calls


def function(face, **options):
    return face.cache(lambda n, page=1: [n, page], key_constructor=KEY, **options)


@pytest.mark.parametrize("single_flight", ["process", "shared", "off"])
def test_a_failing_read_costs_one_round_trip_and_bypasses(face, counting, caplog, single_flight):
    load = function(face, single_flight=single_flight)
    with backends.failing():
        backends.calls.clear()
        value, metadata = face.do(load, "get_with_metadata", 1)
        assert value == [1, 1]
        assert (metadata["cache_status"], metadata["stored"]) == ("BYPASS", False)
        assert len(backends.calls) == 1
        assert face(load, 1) == [1, 1]
        assert face.do(load, "refresh", 1) == [1, 1]
        assert face.do(load, "get_cache_only", 1) is CACHE_MISSING
        assert face.do(load, "get_cached_metadata", 1) is None
    assert cache_stats()[load.path]["errors"] == 5
    assert all(record.levelname == "WARNING" and record.name == "restflow.caching" for record in caplog.records)


@pytest.mark.parametrize("failing", ["add", "set"])
def test_a_failing_write_is_logged_and_the_value_returned(face, counting, failing):
    load = function(face)
    with backends.failing(failing):
        value, metadata = face.do(load, "get_with_metadata", 1)
    assert value == [1, 1]
    assert metadata["stored"] is False
    assert face.status(load, 1) == "MISS"


def test_explicit_wipes_always_raise(face, counting):
    load = function(face)
    with backends.failing():
        for method, args in (("delete_cache", (1,)), ("delete_by_prefix", (1,)), ("invalidate_all", ())):
            with pytest.raises(backends.Down):
                face.do(load, method, *args)


def test_fail_open_off_raises_both_ways(face, counting, settings):
    settings.RESTFLOW_SETTINGS = {"CACHE_SETTINGS": {"FAIL_OPEN": False}}
    load = function(face)
    for failing in ("get_many", "set"):
        with backends.failing(failing), pytest.raises(backends.Down):
            face(load, 1)
    assert face(load, 1) == [1, 1]


def test_errors_of_the_function_are_its_own(face, counting):
    def load(n):
        raise ConnectionError("the function's own")

    wrapper = face.cache(load)
    with pytest.raises(ConnectionError, match="the function's own"):
        face(wrapper, 1)
    with backends.failing(), pytest.raises(ConnectionError, match="the function's own"):
        face(wrapper, 1)


@pytest.mark.needs("memcached")
def test_a_value_larger_than_the_servers_limit_is_returned_and_not_there(face):
    pytest.importorskip("pymemcache")
    location = services.url("memcached").partition("://")[2]
    settings = {"BACKEND": "django.core.cache.backends.memcached.PyMemcacheCache", "LOCATION": location}
    with override_settings(CACHES={"default": settings}):
        load = face.cache(lambda n: os.urandom(3_000_000), key_constructor={"n": ArgsKeyField("n")})
        load.invalidate_all()
        assert len(face(load, 1)) == 3_000_000
        assert face.do(load, "get_cache_only", 1) is CACHE_MISSING
        cache.close()


def test_redis_killed_and_restarted_under_load_answers_every_call_right(face, own_redis, threads, caplog):
    settings = {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": own_redis.url,
    }
    rows = dict.fromkeys(range(5), 0)
    committed = dict(rows)
    lock, stop, wrong, answered = threading.Lock(), threading.Event(), [], []

    def load(n, page):
        with lock:
            value = rows[n]
        time.sleep(0.001)
        return value

    load = face.cache(load, key_constructor=KEY, ttl=60)

    def read():
        count = 0
        while not stop.is_set():
            n = count % 5
            least = committed[n]
            value = face(load, n, 1)
            count += 1
            if value < least:
                wrong.append((n, value, least))
        answered.append(count)

    def write():
        n = 0
        while not stop.is_set():
            n = (n + 1) % 5
            with lock:
                rows[n] += 1
                value = rows[n]
            while True:  # an explicit wipe raises while the server is down; whoever needs it tries again
                try:
                    load.delete_by_prefix(n=n)
                    break
                except Exception:
                    time.sleep(0.01)
                    if stop.is_set():
                        return
            committed[n] = value
            time.sleep(0.002)

    def disturb():
        for _ in range(2):
            time.sleep(0.4)
            own_redis.kill()
            time.sleep(0.3)
            own_redis.start()
        time.sleep(0.4)
        stop.set()

    with override_settings(CACHES={"default": settings}):
        threads(read, read, read, write, disturb)
        assert wrong == []
        assert all(count > 10 for count in answered)
        for n in range(5):
            load.delete_by_prefix(n=n)
            assert face(load, n, 1) == rows[n]
            assert face.status(load, n, 1) == "HIT"
    counted = cache_stats()[load.path]
    assert counted["errors"] > 0
    assert counted["hits"] > 0
    assert "failed to read" in caplog.text
