"""Old values are served at once while one recomputation runs behind them; wiped ones never."""

import asyncio
import random
import subprocess
import sys
import threading

import pytest
from asgiref.sync import async_to_sync

from restflow.caching import ArgsKeyField, cache_result, cache_stats
from restflow.caching.results import _renewal
from restflow.caching.storage._background import recomputers

KEY = {"n": ArgsKeyField("n", partition=True)}


@pytest.fixture
def clock(monkeypatch):
    now = [10_000.0]
    monkeypatch.setattr("time.time", lambda: now[0])
    return now


def test_an_expired_value_is_served_while_one_thread_recomputes(clock):
    runs, release = [], threading.Event()

    @cache_result(key_constructor=KEY, ttl=10, stale_ttl=100)
    def load(n):
        runs.append(threading.current_thread().name)
        if len(runs) > 1:
            release.wait(10)
        return len(runs)

    assert load(1) == 1
    clock[0] += 50
    told = [load.get_with_metadata(1) for _ in range(5)]
    assert {(value, metadata["cache_status"]) for value, metadata in told} == {(1, "STALE")}
    release.set()
    assert recomputers().flush(10)
    assert load.get_with_metadata(1)[1]["cache_status"] == "HIT"
    assert load(1) == 2
    assert len(runs) == 2
    assert runs[1].startswith("restflow-recompute")
    clock[0] += 1000
    assert load.get_with_metadata(1)[1]["cache_status"] == "MISS"


async def settle():
    while _renewal._tasks:
        await asyncio.wait([*_renewal._tasks])
        await asyncio.sleep(0)


def test_an_expired_value_is_served_while_one_task_recomputes(clock):
    runs = []

    @cache_result(key_constructor=KEY, ttl=10, stale_ttl=100)
    async def load(n):
        runs.append(n)
        await asyncio.sleep(0)
        return len(runs)

    async def scene():
        await load(1)
        clock[0] += 50
        told = await asyncio.gather(*(load.aget_with_metadata(1) for _ in range(5)))
        await settle()
        return told, await load.aget_with_metadata(1)

    told, after = async_to_sync(scene)()
    assert {(value, metadata["cache_status"]) for value, metadata in told} == {(1, "STALE")}
    assert (after[0], after[1]["cache_status"]) == (2, "HIT")


def test_a_failing_recomputation_is_logged_and_counted_and_the_old_value_stays(clock, caplog):
    fail = []

    @cache_result(key_constructor=KEY, ttl=10, stale_ttl=100)
    def load(n):
        if fail:
            raise LookupError("gone")
        return "old"

    load(1)
    fail.append(1)
    clock[0] += 50
    for _ in range(2):
        assert load(1) == "old"
        assert recomputers().flush(10)
    assert caplog.text.count("Recomputing a stale value") == 2
    assert cache_stats()[load.path]["errors"] == 2


def test_a_wiped_value_is_never_served_stale(face, clock):
    load = face.cache(lambda n: clock[0], key_constructor=KEY, ttl=10, stale_ttl=100)
    face(load, 1)
    clock[0] += 50
    face.do(load, "delete_by_prefix", n=1)
    assert face.status(load, 1) == "MISS"


def test_a_value_wiped_while_it_is_recomputed_is_not_served(clock):
    reading, wiped = threading.Event(), threading.Event()
    rows = ["first"]

    @cache_result(key_constructor=KEY, ttl=10, stale_ttl=100)
    def load(n):
        value = rows[0]
        if value == "second":
            reading.set()
            wiped.wait(10)
        return value

    load(1)
    clock[0] += 50
    rows[0] = "second"
    assert load(1) == "first"
    assert reading.wait(10)
    rows[0] = "third"
    load.delete_by_prefix(n=1)
    wiped.set()
    assert recomputers().flush(10)
    assert load(1) == "third"


def test_looking_counts_a_stale_value(face, clock):
    load = face.cache(lambda n: "old", key_constructor=KEY, ttl=10, stale_ttl=100)
    face(load, 1)
    clock[0] += 50
    assert face.do(load, "get_cache_only", 1) == "old"
    assert face.do(load, "get_cached_metadata", 1)["cache_status"] == "STALE"


def test_early_refresh_renews_a_hot_entry_before_it_expires(clock):
    random.seed(7)
    runs = []

    @cache_result(key_constructor=KEY, ttl=100, early_refresh=1e9)
    def load(n):
        runs.append(n)
        return len(runs)

    load(1)
    clock[0] += 90
    assert load.get_with_metadata(1)[1]["cache_status"] == "HIT"
    assert recomputers().flush(10)
    assert len(runs) == 2
    assert load(1) == 2


def test_a_shared_recomputation_runs_in_one_process(clock):
    runs = []

    @cache_result(key_constructor=KEY, ttl=10, stale_ttl=100, single_flight="shared")
    def load(n):
        runs.append(n)
        return len(runs)

    load(1)
    clock[0] += 50
    from django.core.cache import cache

    call = load.new_call((1,), {})
    cache.add(call.lease_key, "another process's", 30)
    assert load(1) == 1
    assert recomputers().flush(10)
    assert len(runs) == 1
    cache.delete(call.lease_key)
    assert load(1) == 1
    assert recomputers().flush(10)
    assert len(runs) == 2


AT_EXIT = """
import time
import django
from django.conf import settings
settings.configure(CACHES={"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}, USE_TZ=True)
django.setup()
from restflow.caching import cache_result
runs = []
def load():
    runs.append(1)
    if len(runs) > 1:
        time.sleep(0.3)
        print("finished", flush=True)
load.__module__ = "at_exit"
load = cache_result(ttl=0.01, stale_ttl=100)(load)
load(); time.sleep(0.05); load()
"""


def test_the_end_of_the_interpreter_waits_for_a_recomputation():
    done = subprocess.run([sys.executable, "-c", AT_EXIT], capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.returncode) == ("finished\n", 0), done.stderr
