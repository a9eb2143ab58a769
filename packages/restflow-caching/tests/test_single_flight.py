"""A hundred concurrent misses are one execution: in threads, in tasks, and in processes."""

import asyncio
import contextvars
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from restflow.caching import ArgsKeyField, cache_result
from restflow.caching.storage._flights import Seat, flights

CALLERS = 100


def run_threads(function, count=CALLERS):
    barrier = threading.Barrier(count)

    def call(number):
        barrier.wait()
        return function(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(call, range(count)))


@pytest.mark.parametrize("single_flight", ["process", "shared"])
def test_a_hundred_threads_on_a_cold_key_compute_once(single_flight):
    runs = []

    @cache_result(single_flight=single_flight)
    def load(key):
        runs.append(key)
        time.sleep(0.05)
        return {"key": key}

    values = run_threads(lambda _: load("cold"))
    assert runs == ["cold"]
    assert values == [{"key": "cold"}] * CALLERS
    assert len({id(value) for value in values}) == CALLERS


@pytest.mark.parametrize("single_flight", ["process", "shared"])
async def test_a_hundred_tasks_on_a_cold_key_compute_once(single_flight):
    runs = []

    @cache_result(single_flight=single_flight)
    async def load(key):
        runs.append(key)
        await asyncio.sleep(0.05)
        return {"key": key}

    values = await asyncio.gather(*(load("cold") for _ in range(CALLERS)))
    assert runs == ["cold"]
    assert values == [{"key": "cold"}] * CALLERS
    assert len({id(value) for value in values}) == CALLERS


async def test_a_hundred_tasks_compute_once_on_a_blocking_backend(redis_backend):
    runs = []

    @cache_result
    async def load(key):
        runs.append(key)
        await asyncio.sleep(0.05)
        return key

    assert set(await asyncio.gather(*(load("cold") for _ in range(CALLERS)))) == {"cold"}
    assert runs == ["cold"]


WORKER = """
import os, sys, threading, time
import django
from django.conf import settings
settings.configure(CACHES={{"default": {caches!r}}}, INSTALLED_APPS=[], USE_TZ=True)
django.setup()
from restflow.caching import cache_result

def load(key):
    print("ran", flush=True)
    time.sleep({work})
    return key

load.__module__ = "worker"
load = cache_result(single_flight="shared", lease_timeout={lease}, ttl=60, wait_timeout=30)(load)
print("ready", flush=True)
sys.stdin.readline()
results = []
threads = [threading.Thread(target=lambda: results.append(load("cold"))) for _ in range({threads})]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(*results, flush=True)
"""


def start_workers(caches, count, *, threads=1, work=0.2, lease=30):
    code = WORKER.format(caches=caches, threads=threads, work=work, lease=lease)
    workers = [
        subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(count)
    ]
    for worker in workers:
        assert worker.stdout.readline() == "ready\n"
    return workers


def finish(workers):
    printed = [worker.communicate("go\n", timeout=60)[0] for worker in workers]
    assert all(worker.returncode == 0 for worker in workers)
    return "".join(printed).split()


def test_a_hundred_callers_in_several_processes_compute_once(redis_backend, settings):
    workers = start_workers(dict(settings.CACHES["default"]), 4, threads=25)
    for worker in workers:
        worker.stdin.write("go\n")
        worker.stdin.flush()
    words = finish(workers)
    assert words.count("ran") == 1
    assert words.count("cold") == 100


def test_a_process_that_dies_with_the_lease_is_replaced_when_it_expires(redis_backend, settings):
    caches = dict(settings.CACHES["default"])
    (first,) = start_workers(caches, 1, work=60, lease=1)
    first.stdin.write("go\n")
    first.stdin.flush()
    assert first.stdout.readline() == "ran\n"
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    first.stdin.close(), first.stdout.close()
    assert finish(start_workers(caches, 1, work=0)) == ["ran", "cold"]


def test_a_failing_leader_keeps_its_error_and_the_others_compute_for_themselves():
    callers = 10
    failed = threading.Event()

    @cache_result
    def load(key):
        if not failed.is_set():
            time.sleep(0.05)
            failed.set()
            raise LookupError("the leader's own")
        return "fine"

    def call(_):
        try:
            return load("x")
        except LookupError:
            return "failed"

    results = run_threads(call, callers)
    assert results.count("failed") == 1
    assert results.count("fine") == callers - 1


async def test_a_cancelled_leader_does_not_cancel_its_followers():
    started = asyncio.Event()
    runs = []

    @cache_result
    async def load(key):
        runs.append(key)
        started.set()
        await asyncio.sleep(0.05 if len(runs) > 1 else 30)
        return "done"

    leader = asyncio.create_task(load(1))
    await started.wait()
    followers = [asyncio.create_task(load(1)) for _ in range(3)]
    await asyncio.sleep(0.01)
    leader.cancel()
    assert await asyncio.gather(*followers) == ["done"] * 3
    with pytest.raises(asyncio.CancelledError):
        await leader


async def test_a_caller_cancelled_while_its_read_runs_in_a_thread_leaves_no_flight_behind(redis_backend):
    @cache_result
    async def load(key):
        return key

    for attempt in range(20):
        task = asyncio.create_task(load(attempt))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await asyncio.wait_for(load(attempt), 3) == attempt
    assert not flights._running


def test_a_leader_that_meets_its_own_key_computes_directly():
    depth = []

    @cache_result(key_constructor={"n": ArgsKeyField("n")})
    def again(n):
        depth.append(n)
        return again(n) if len(depth) < 3 else "end"

    assert again(1) == "end"
    assert depth == [1, 1, 1]


def test_two_functions_that_wait_for_each_other_are_freed_by_the_timeout():
    both = threading.Barrier(2)
    first_time = threading.local()

    @cache_result(wait_timeout=0.2)
    def one(key):
        if not getattr(first_time, "deep", False):
            first_time.deep = True
            both.wait()
            return contextvars.Context().run(two, key)
        return "one"

    @cache_result(wait_timeout=0.2)
    def two(key):
        if not getattr(first_time, "deep", False):
            first_time.deep = True
            both.wait()
            return contextvars.Context().run(one, key)
        return "two"

    with ThreadPoolExecutor(2) as pool:
        results = [pool.submit(one, 1), pool.submit(two, 1)]
        assert {result.result(timeout=10) for result in results} <= {"one", "two"}


def test_different_keys_never_wait_for_each_other():
    both = threading.Barrier(2)

    @cache_result
    def load(key):
        both.wait(timeout=10)  # each needs the other to be running
        return key

    assert sorted(run_threads(load, 2)) == [0, 1]


def test_off_lets_everybody_compute():
    barrier = threading.Barrier(4)

    @cache_result(single_flight="off")
    def load(key):
        barrier.wait(timeout=10)
        return key

    assert run_threads(lambda _: load("x"), 4) == ["x"] * 4


def test_a_slow_leader_is_overtaken_after_the_wait_timeout():
    release = threading.Event()
    runs = []

    @cache_result(wait_timeout=0.05)
    def load(key):
        runs.append(key)
        if len(runs) == 1:
            release.wait(10)
        return len(runs)

    with ThreadPoolExecutor(2) as pool:
        leader = pool.submit(load, 1)
        while not runs:
            time.sleep(0.001)
        assert pool.submit(load, 1).result(timeout=10) == 2
        release.set()
        leader.result(timeout=10)


def test_a_seat_that_was_left_never_leads():
    seat = Seat()
    seat.leave()
    flights.join("some key", flights.ticket(), seat)
    assert "some key" not in flights._running


def test_a_caller_that_read_before_a_flight_ended_reads_again():
    first, second = Seat(), Seat()
    before = flights.ticket()
    flights.join("ended", before, first)
    first.leave()
    assert flights.join("ended", before, second) == (None, False)
    assert flights.join("ended", flights.ticket(), second)[1] is True
    second.leave()


def test_forked_processes_do_not_wait_for_flights_of_their_parent():
    seat = Seat()
    flights.join("parent", flights.ticket(), seat)
    pid = os.fork()
    if pid == 0:
        os._exit(0 if not flights._running else 1)
    assert os.waitpid(pid, 0)[1] == 0
    seat.leave()
