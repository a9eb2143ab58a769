"""No more requests pass than the rate says, on every kind of cache, however many ask at once."""

import asyncio
import multiprocessing
import os
import threading
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.core.cache import caches
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from restflow.test import assert_max_crossings
from restflow.throttling import SimpleRateThrottle
from testsite import services

# the memcached client of a thread or task that has ended leaves its socket to the garbage collector
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
_REDIS = services.url("redis").rpartition("/")[0] + "/13"
CACHES: dict[str, dict[str, Any]] = {
    "locmem": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "throttles"},
    "redis": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": _REDIS},
    "django_redis": {"BACKEND": "django_redis.cache.RedisCache", "LOCATION": _REDIS},
    "memcached": {
        "BACKEND": "django.core.cache.backends.memcached.PyMemcacheCache",
        "LOCATION": services.url("memcached").removeprefix("memcached://"),
    },
    "file": {"BACKEND": "django.core.cache.backends.filebased.FileBasedCache"},
}
for config in CACHES.values():
    config["KEY_PREFIX"] = f"policies{os.getpid()}"
NEEDS = {
    "redis": ("redis", "redis"),
    "django_redis": ("redis", "django_redis"),
    "memcached": ("memcached", "pymemcache"),
}
ATOMIC = ["locmem", "redis", "django_redis", "memcached"]


def backend(name: str) -> Any:
    return pytest.param(name, marks=[pytest.mark.needs(NEEDS[name][0])] if name in NEEDS else [])


@pytest.fixture(params=[backend(name) for name in CACHES])
def cache_name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(autouse=True)
def configured(settings: Any, request: pytest.FixtureRequest, tmp_path: Any) -> Iterator[None]:
    name = request.getfixturevalue("cache_name") if "cache_name" in request.fixturenames else "locmem"
    if name in NEEDS:
        pytest.importorskip(NEEDS[name][1])
    config = CACHES[name] | ({"LOCATION": str(tmp_path)} if name == "file" else {})
    settings.CACHES = {"default": config, "other": CACHES["locmem"] | {"LOCATION": "other"}}
    if name in ("locmem", "file"):
        caches["default"].clear()
    Throttled.test = uuid.uuid4().hex
    yield
    for key in Throttled.keys_used:
        Throttled(key=key).reset(asked(), None)
    Throttled.keys_used.clear()


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000_000.3

    def __call__(self) -> float:
        return self.now


class Throttled(SimpleRateThrottle):
    scope = "test"
    rate = "10/min"
    keys_used: set[str] = set()
    test = ""

    def __init__(self, rate: str = "10/min", clock: Any = None, key: str = "k") -> None:
        self.rate = rate
        if clock is not None:
            self.timer = clock
        self.client = key
        self.keys_used.add(key)
        super().__init__()

    def get_cache_key(self, request: Any, view: Any) -> str:
        return f"throttle_{self.test}_{self.client}"


def asked() -> Request:
    return Request(APIRequestFactory().get("/"))


def hit(throttle: Any) -> bool:
    return bool(throttle.allow_request(asked(), None))


@pytest.mark.parametrize("cache_name", [backend(name) for name in ATOMIC], indirect=True)
def test_of_a_hundred_threads_exactly_ten_pass(cache_name: str) -> None:
    clock = Clock()
    barrier = threading.Barrier(20)

    def work(_: int) -> int:
        barrier.wait()
        return sum(hit(Throttled(clock=clock)) for _ in range(5))

    with ThreadPoolExecutor(20) as pool:
        assert sum(pool.map(work, range(20))) == 10


@pytest.mark.parametrize("cache_name", [backend(name) for name in ATOMIC], indirect=True)
async def test_of_a_hundred_tasks_exactly_ten_pass(cache_name: str) -> None:
    clock = Clock()
    answers = await asyncio.gather(*[Throttled(clock=clock).aallow_request(asked(), None) for _ in range(100)])
    assert sum(answers) == 10


def _count_in_process(config: dict[str, Any], key: str, results: Any) -> None:
    from django.test import override_settings

    with override_settings(CACHES={"default": config}):
        results.put(sum(hit(Throttled(key=key)) for _ in range(25)))


@pytest.mark.parametrize("cache_name", [backend("redis"), backend("django_redis")], indirect=True)
def test_of_four_processes_requests_exactly_ten_pass(cache_name: str) -> None:
    key = "processes"
    context = multiprocessing.get_context("fork")
    results = context.SimpleQueue()

    parent = os.getpid()
    original = Throttled.get_cache_key
    Throttled.get_cache_key = lambda self, request, view: f"throttle_{parent}_{self.client}"  # type: ignore[method-assign]
    try:
        workers = [context.Process(target=_count_in_process, args=(CACHES[cache_name], key, results)) for _ in range(4)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(60)
        assert sum(results.get() for _ in workers) == 10
        Throttled(key=key).reset(asked(), None)
    finally:
        Throttled.get_cache_key = original  # type: ignore[method-assign]


def test_a_window_slides_and_denials_are_not_counted(cache_name: str) -> None:
    clock = Clock()
    first = Throttled("3/min", clock)
    assert hit(first)
    decision = first.decision
    assert decision is not None
    assert (decision.allowed, decision.limit, decision.window, decision.remaining) == (True, 3, 60.0, 2)
    clock.now += 20
    assert hit(Throttled("3/min", clock))
    assert hit(Throttled("3/min", clock))
    for _ in range(5):
        denied = Throttled("3/min", clock)
        assert not hit(denied)
    wait = denied.wait()
    assert wait is not None
    if cache_name in ("locmem", "redis", "django_redis"):
        assert wait == 40.0
        assert denied.decision.reset_after == 60.0
    else:
        assert 40 <= wait <= 46
    clock.now += wait
    assert hit(Throttled("3/min", clock))
    assert not hit(Throttled("3/min", clock))


def test_a_rate_of_zero_denies_all_and_knows_no_wait(cache_name: str) -> None:
    throttle = Throttled("0/min")
    assert not hit(throttle)
    assert throttle.wait() is None


def test_reset_forgets_the_client(cache_name: str) -> None:
    clock = Clock()
    assert [hit(Throttled("2/min", clock)) for _ in range(3)] == [True, True, False]
    Throttled("2/min", clock).reset(asked(), None)
    assert hit(Throttled("2/min", clock))


def test_a_clock_that_jumps_back_raises_nothing(cache_name: str) -> None:
    clock = Clock()
    assert hit(Throttled("2/min", clock))
    clock.now -= 30
    assert hit(Throttled("2/min", clock))
    if cache_name in ("locmem", "redis", "django_redis"):
        assert not hit(Throttled("2/min", clock))
    clock.now -= 10_000
    hit(Throttled("2/min", clock))


@pytest.mark.parametrize("cache_name", [backend("locmem"), backend("redis")], indirect=True)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.integers(0, 25), max_size=40), count=st.integers(1, 4))
def test_decisions_are_those_of_a_naive_log(cache_name: str, steps: list[int], count: int) -> None:
    clock, passed = Clock(), []
    Throttled(f"{count}/min", clock).reset(asked(), None)
    for step in steps:
        clock.now += step
        passed = [stamp for stamp in passed if stamp > clock.now - 60]
        throttle = Throttled(f"{count}/min", clock)
        assert hit(throttle) is (len(passed) < count)
        if throttle.decision.allowed:
            passed.append(clock.now)
        else:
            assert throttle.wait() == pytest.approx(passed[0] + 60 - clock.now, abs=1e-5)
        assert throttle.decision.remaining == count - len(passed)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.floats(0, 25), max_size=60), count=st.integers(1, 4))
def test_counters_never_admit_more_than_the_rate(tmp_path: Any, steps: list[float], count: int) -> None:
    from restflow.throttling._logs import CounterLog, Hit

    log, now, passed = CounterLog(caches["other"]), 10**15, []
    caches["other"].clear()
    for step in steps:
        now += round(step * 10**6)
        decision = log.hit(Hit("counted", count, 60 * 10**6, now))
        recent = [stamp for stamp in passed if stamp > now - 60 * 10**6]
        assert not (decision.allowed and len(recent) >= count)
        if not decision.allowed:
            assert [stamp for stamp in passed if stamp > now - 66 * 10**6].__len__() >= count
        else:
            passed.append(now)


@pytest.mark.parametrize("cache_name", [backend("redis"), backend("django_redis")], indirect=True)
def test_on_redis_a_hit_is_one_command_with_an_expiry(cache_name: str, monkeypatch: Any) -> None:
    import redis

    hit(Throttled())
    sent: list[Any] = []
    original = redis.Redis.execute_command

    def execute(self: Any, *args: Any, **options: Any) -> Any:
        sent.append(args[0])
        return original(self, *args, **options)

    monkeypatch.setattr(redis.Redis, "execute_command", execute)
    hit(Throttled())
    assert sent == ["EVALSHA"]
    client = redis.Redis.from_url(_REDIS)
    keys = [key for key in client.keys(f"*{Throttled.test}_k*") if key.endswith(b":log")]
    assert keys
    assert all(0 < client.pttl(key) <= 61_000 for key in keys)
    client.script_flush()
    sent.clear()
    hit(Throttled())
    assert sent == ["EVALSHA", "EVAL"]


@pytest.mark.parametrize("cache_name", [backend("memcached"), backend("file")], indirect=True)
def test_every_counter_expires(cache_name: str, monkeypatch: Any) -> None:
    timeouts: list[Any] = []
    for name in ("add", "set"):
        original = getattr(type(caches["default"]), name)

        def spy(
            self: Any, key: Any, value: Any, timeout: Any = "none given", *args: Any, _o: Any = original, **kw: Any
        ) -> Any:
            timeouts.append(timeout)
            return _o(self, key, value, timeout, *args, **kw)

        monkeypatch.setattr(type(caches["default"]), name, spy)
    hit(Throttled(key="expiring"))
    hit(Throttled(key="expiring"))
    assert timeouts
    assert all(66 < timeout < 90 for timeout in timeouts)


@pytest.mark.parametrize("cache_name", [backend("redis")], indirect=True)
def test_data_of_rest_frameworks_throttles_neither_breaks_nor_counts(cache_name: str) -> None:
    throttle = Throttled("1/min")
    caches["default"].set(throttle.get_cache_key(None, None), [1.0, 2.0], 60)
    assert hit(throttle)


def test_in_process_the_log_is_rest_frameworks_and_costs_no_crossing() -> None:
    from asgiref.sync import async_to_sync

    class Keyed(Throttled):
        async def aget_cache_key(self, request: Any, view: Any) -> str:
            return "throttle_keyed"

    clock = Clock()
    with assert_max_crossings(0):
        for _ in range(2):
            throttle = Keyed(clock=clock)
            assert async_to_sync(throttle.aallow_request)(asked(), None)
            clock.now += 1
    assert throttle.history == caches["default"].get("throttle_keyed") == [clock.now - 1, clock.now - 2]


@pytest.mark.needs("redis")
@pytest.mark.parametrize("cache_name", [backend("redis")], indirect=True)
async def test_on_a_server_a_hit_costs_one_crossing(cache_name: str) -> None:
    with assert_max_crossings(1) as crossings:
        assert await Throttled().aallow_request(asked(), None)
    assert crossings.count == 1
