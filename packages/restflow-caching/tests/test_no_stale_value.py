"""Once a wipe has returned, no call that starts later gets a value computed from data read before it."""

import asyncio
import json
import random
import subprocess
import sys
import threading
import time
from functools import partial

import pytest
from django.core.cache import caches

from restflow.caching import CACHE_MISSING, ArgsKeyField, cache_result

KEYS = {"user": ArgsKeyField("user", partition=True), "page": ArgsKeyField("page")}


class Database:
    """Values that only grow, so that a read tells how old it is."""

    def __init__(self):
        self.rows = {}
        self.lock = threading.Lock()

    def read(self, user):
        with self.lock:
            return self.rows.get(user, 0)

    def write(self, user):
        with self.lock:
            self.rows[user] = self.rows.get(user, 0) + 1
            return self.rows[user]


def test_a_value_computed_before_a_wipe_is_never_served_after_it(each_backend, threads):
    """The stale-set race, step by step, on every backend and by every kind of wipe."""
    wipes = {
        "delete_cache": lambda f: f.delete_cache(1, 2),
        "delete_by_prefix": lambda f: f.delete_by_prefix(user=1),
        "invalidate_all": lambda f: f.invalidate_all(),
        "refresh": lambda f: f.refresh(1, 2),
    }
    for name, wipe in wipes.items():
        reading, wiped = threading.Event(), threading.Event()
        rows = {"value": "old"}

        def load(user, page, rows=rows, reading=reading, wiped=wiped):
            value = rows["value"]
            if value == "old" and not wiped.is_set():
                reading.set()
                wiped.wait(10)
            return value

        load.__qualname__ = f"load_{name}"
        cached = cache_result(key_constructor=KEYS, ttl=60)(load)

        def wipe_meanwhile(rows=rows, reading=reading, wiped=wiped, wipe=wipe, cached=cached, name=name):
            assert reading.wait(10)
            rows["value"] = "new"
            if name == "refresh":
                wiped.set()  # it runs the function itself
            wipe(cached)
            wiped.set()

        threads(lambda cached=cached: cached(1, 2), wipe_meanwhile)
        assert cached(1, 2) == "new", name
        assert cached(1, 2) == "new", name


def hammer(threads, seconds, database, cached, *, evict=None, count=8):
    """A writer that changes a value and wipes, readers on random keys; returns the reads that were too old."""
    stop = time.monotonic() + seconds
    stale = []

    def write(seed):
        chance = random.Random(seed)
        while time.monotonic() < stop:
            user = chance.randrange(3)
            value = database.write(user)
            how = chance.randrange(4)
            if how == 0:
                cached.delete_by_prefix(user=user)
            elif how == 1:
                cached.invalidate_all()
            elif how == 2:
                for page in (1, 2):
                    cached.delete_cache(user, page)
            else:
                for page in (1, 2):
                    cached.refresh(user, page)
            committed[user] = value

    committed = dict.fromkeys(range(3), 0)

    def read(seed):
        chance = random.Random(seed)
        while time.monotonic() < stop:
            user = chance.randrange(3)
            least = committed[user]
            value = cached(user, chance.choice((1, 2)))
            if value < least:
                stale.append((user, value, least))
            if evict is not None and chance.random() < 0.05:
                evict(chance)

    threads(partial(write, 0), *(partial(read, seed) for seed in range(1, count)))
    return stale


def test_readers_and_writers_at_random_never_see_a_stale_value(each_backend, threads):
    for single_flight in ("process", "shared", "off"):
        database = Database()

        def load(user, page, database=database):
            value = database.read(user)
            time.sleep(random.random() * 0.003)
            return value

        load.__qualname__ = f"load_{single_flight}"
        cached = cache_result(key_constructor=KEYS, ttl=60, single_flight=single_flight)(load)
        assert hammer(threads, 0.7, database, cached) == []


def test_evicted_generations_and_entries_never_bring_an_old_value_back(threads):
    database = Database()

    def load(user, page):
        value = database.read(user)
        time.sleep(random.random() * 0.002)
        return value

    cached = cache_result(key_constructor=KEYS, ttl=60)(load)
    inner = caches["default"]

    def evict(chance):
        with inner._lock:
            keys = [key for key in inner._cache if ":@@" not in key]
            if keys:
                inner._delete(chance.choice(keys))

    assert hammer(threads, 1.0, database, cached, evict=evict) == []


def test_an_entry_whose_generation_was_evicted_is_dead_for_good():
    cached = cache_result(key_constructor=KEYS)(lambda user, page: user)
    cached(1, 2)
    address = cached.address((1, 2), {})
    entry = caches["default"].get(address.key)
    for token in address.tokens[:-1]:
        kept = caches["default"].get(token)
        caches["default"].delete(token)
        assert cached.get_cache_only(1, 2) is CACHE_MISSING
        caches["default"].set(token, kept)
        assert cached.get_cache_only(1, 2) == 1
    cached.invalidate_all()
    cached(1, 3)
    caches["default"].set(address.key, entry)  # restored by a replica, say
    assert cached.get_cache_only(1, 2) is CACHE_MISSING


async def test_tasks_never_see_a_stale_value():
    database = Database()
    committed = dict.fromkeys(range(3), 0)
    stale = []
    stop = time.monotonic() + 1

    @cache_result(key_constructor=KEYS, ttl=60)
    async def load(user, page):
        value = database.read(user)
        await asyncio.sleep(random.random() * 0.003)
        return value

    async def write():
        chance = random.Random(0)
        while time.monotonic() < stop:
            user = chance.randrange(3)
            value = database.write(user)
            if chance.randrange(2):
                await load.adelete_by_prefix(user=user)
            else:
                await load.adelete_cache(user, 1)
                await load.adelete_cache(user, 2)
            committed[user] = value
            await asyncio.sleep(0)

    async def read(seed):
        chance = random.Random(seed)
        while time.monotonic() < stop:
            user = chance.randrange(3)
            least = committed[user]
            value = await load(user, chance.choice((1, 2)))
            if value < least:
                stale.append((user, value, least))
            await asyncio.sleep(0)

    await asyncio.gather(write(), *(read(seed) for seed in range(1, 30)))
    assert stale == []


PROCESS = """
import json, random, sys, time
import django
from django.conf import settings
settings.configure(CACHES={{"default": {caches!r}}}, INSTALLED_APPS=[], USE_TZ=True)
django.setup()
import redis
from restflow.caching import ArgsKeyField, cache_result
server = redis.Redis.from_url({url!r})
KEYS = {{"user": ArgsKeyField("user", partition=True), "page": ArgsKeyField("page")}}

def load(user, page):
    value = int(server.hget({rows!r}, user) or 0)
    time.sleep(random.random() * 0.004)
    return value

load.__module__ = "hammer"
load = cache_result(key_constructor=KEYS, ttl=60, single_flight={single_flight!r})(load)
chance = random.Random({seed})
stop = time.monotonic() + 1.5
stale = reads = 0
while time.monotonic() < stop:
    user = chance.randrange(3)
    if {seed} == 0:
        value = server.hincrby({rows!r}, user, 1)
        how = chance.randrange(3)
        if how == 0:
            load.delete_by_prefix(user=str(user))
        elif how == 1:
            for page in (1, 2): load.delete_cache(user, page)
        else:
            load.invalidate_all()
        server.hset({rows!r} + "-wiped", user, value)
    else:
        least = int(server.hget({rows!r} + "-wiped", user) or 0)
        stale += load(user, chance.choice((1, 2))) < least
        reads += 1
print(json.dumps([stale, reads]))
"""


@pytest.mark.parametrize("single_flight", ["process", "shared"])
def test_processes_never_see_a_stale_value(redis_backend, settings, single_flight):
    import redis

    caches_default = dict(settings.CACHES["default"])
    rows = f"{caches_default['KEY_PREFIX']}:rows:{single_flight}"
    workers = [
        subprocess.Popen(
            [
                sys.executable,
                "-c",
                PROCESS.format(
                    caches=caches_default,
                    url=caches_default["LOCATION"],
                    rows=rows,
                    seed=seed,
                    single_flight=single_flight,
                ),
            ],
            stdout=subprocess.PIPE,
            text=True,
        )
        for seed in range(4)
    ]
    results = [json.loads(worker.communicate(timeout=60)[0]) for worker in workers]
    with redis.Redis.from_url(caches_default["LOCATION"]) as server:
        server.delete(rows, f"{rows}-wiped")
    assert sum(stale for stale, _ in results) == 0
    assert all(reads for _, reads in results[1:])
