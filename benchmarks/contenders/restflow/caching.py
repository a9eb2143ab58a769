"""The works of restflow.caching."""

import asyncio
import threading
import time
from collections.abc import Callable
from statistics import median
from typing import Any

from benchmarks.contenders import cache_site, rows
from benchmarks.contenders.crossings import counted
from benchmarks.worker import timed

Sampler = Callable[[], dict[str, float]]


def _constructor() -> Any:
    from restflow.caching import ArgsKeyField, ConstantKeyField, KeyConstructor

    class UserKey(KeyConstructor):
        user = ArgsKeyField("user_id", partition=True)
        environment = ConstantKeyField("v", "production", partition=True)
        scope = ArgsKeyField("scope")

        class Meta:
            namespace = "users"

    return UserKey


def _function(cache: str | None = None) -> Any:
    from restflow.caching import cache_result

    @cache_result(key_constructor=_constructor(), ttl=300, cache=cache)
    def get_user_data(user_id: int, scope: str) -> Any:
        return cache_site.value()

    return get_user_data


def _async_function() -> Any:
    from restflow.caching import cache_result

    @cache_result(key_constructor=_constructor(), ttl=300)
    async def get_user_data(user_id: int, scope: str) -> Any:
        return cache_site.value()

    return get_user_data


def cache_key() -> Sampler:
    return timed(cache_call("key", cache_site.MEMORY))


def cache_hit(backend: str) -> Sampler:
    return timed(cache_call("hit", backend))


def cache_call(work: str, backend: str) -> Callable[[], Any]:
    """One call of a work: `key` or `hit`."""
    cache_site.configure(backend, cache_site.REDIS_URL if backend == cache_site.REDIS else "")
    function = _function()
    assert function.get_cache_key(1, "full").startswith("users::")
    function(1, "full")
    assert function.get_with_metadata(1, "full")[1]["cache_status"] == "HIT"
    works: dict[str, Callable[[], Any]] = {
        "key": lambda: function.get_cache_key(1, "full"),
        "hit": lambda: function(1, "full"),
    }
    return works[work]


def cache_async_hit(backend: str) -> Sampler:
    cache_site.configure(backend, cache_site.REDIS_URL if backend == cache_site.REDIS else "")
    function = _async_function()

    async def sweep(count: int = 1000) -> dict[str, float]:
        await function(1, "full")
        with counted() as crossings:
            start = time.perf_counter()
            for _ in range(count):
                await function(1, "full")
            seconds = time.perf_counter() - start
        return {"seconds": seconds / count, "crossings": len(crossings) / count}

    return lambda: asyncio.run(sweep())


class cache_wipe:  # noqa: N801 - named as the work
    """One wipe of a partition beside unrelated keys, and the commands that the server sees for it."""

    def __init__(self, unrelated: int) -> None:
        self.server = cache_site.OwnRedis(unrelated)
        cache_site.configure(cache_site.REDIS, self.server.url)
        self.function = _function()

    def __call__(self) -> dict[str, float]:
        self.function(1, "full")
        before = self._commands()
        start = time.perf_counter()
        self.function.delete_by_prefix(user_id=1)
        return {"seconds": time.perf_counter() - start, "commands": self._commands() - before - 1}

    def _commands(self) -> int:
        return int(self.server.client.info("stats")["total_commands_processed"])

    def close(self) -> None:
        self.server.close()


class cache_wipe_growth:  # noqa: N801 - named as the work
    """Wipes in a small and in a large server, in turn: how much longer the large one takes."""

    def __init__(self, small: int, large: int) -> None:
        self.servers = [cache_site.OwnRedis(size) for size in (small, large)]
        urls = [server.url for server in self.servers]
        cache_site.configure(cache_site.REDIS, urls[0], CACHES_BESIDE={"large": urls[1]})
        self.functions = [_function(), _function(cache="large")]

    def __call__(self) -> dict[str, float]:
        taken: list[list[float]] = [[], []]
        for _ in range(200):
            for function, times in zip(self.functions, taken, strict=True):
                function(1, "full")
                start = time.perf_counter()
                function.delete_by_prefix(user_id=1)
                times.append(time.perf_counter() - start)
        small, large = map(median, taken)
        return {"seconds": large, "growth": large / small}

    def close(self) -> None:
        for server in self.servers:
            server.close()


def cache_saves(count: int) -> Sampler:
    cache_site.configure(cache_site.MEMORY)
    return rows.saves(count, _rule_on)


def cache_loads(count: int) -> Sampler:
    cache_site.configure(cache_site.MEMORY)
    return rows.loads(count, _rule_on)


def _rule_on(row: Any) -> Callable[[], float]:
    """A rule on two columns, whose dispatcher counts the messages."""
    from restflow.caching import ArgsKeyField, InlineDispatcher, InvalidationRule, cache_result, register_dispatcher

    sent: list[int] = []

    @register_dispatcher
    class Counting(InlineDispatcher):
        name = "counting"
        supports_batching = True

        def dispatch(self, **work: Any) -> None:
            sent.append(1)
            super().dispatch(**work)

    @cache_result(
        {"owner": ArgsKeyField("owner", partition=True)},
        invalidates_on=[
            InvalidationRule(
                model=row, field_mapping={"owner": "owner"}, watch_fields=["name"], dispatcher=Counting.name
            )
        ],
    )
    def of_owner(owner: int) -> int:
        return owner

    kept.append(of_owner)
    return lambda: float(len(sent))


kept: list[Any] = []


def cache_stampede(callers: int) -> Sampler:
    cache_site.configure(cache_site.MEMORY)
    from restflow.caching import cache_result

    runs: list[int] = []

    @cache_result(ttl=300)
    def slow(key: int) -> int:
        runs.append(key)
        time.sleep(0.1)
        return key

    keys = iter(range(10_000_000))

    def sample() -> dict[str, float]:
        key = next(keys)
        runs.clear()
        barrier = threading.Barrier(callers + 1)

        def call() -> None:
            barrier.wait()
            slow(key)

        threads = [threading.Thread(target=call) for _ in range(callers)]
        for thread in threads:
            thread.start()
        barrier.wait()
        start = time.perf_counter()
        for thread in threads:
            thread.join()
        return {"seconds": time.perf_counter() - start, "executions": len(runs)}

    return sample


def cache_task_stampede(callers: int) -> Sampler:
    cache_site.configure(cache_site.MEMORY)
    from restflow.caching import cache_result

    runs: list[int] = []

    @cache_result(ttl=300)
    async def slow(key: int) -> int:
        runs.append(key)
        await asyncio.sleep(0.1)
        return key

    return cache_site.task_stampede(slow, runs, callers)


def response_hit(view: str) -> Sampler:
    return timed(response_call(view))


def response_call(view: str) -> Callable[[], Any]:
    """A request to a cached view, answered from the cache: a plain one, or one of REST framework."""
    cache_site.configure_views()
    from django.http import JsonResponse

    from restflow.caching import cache_response

    if view == "plain":

        @cache_response(ttl=300)
        def ping(request: Any) -> Any:
            return JsonResponse({"ok": True})

        return cache_site.requests(ping)
    from rest_framework.response import Response
    from rest_framework.views import APIView

    class Ping(APIView):
        @cache_response(ttl=300)
        def get(self, request: Any) -> Any:
            return Response({"ok": True})

    return cache_site.requests(Ping.as_view())


def caching_import() -> Sampler:
    from benchmarks.contenders.restflow.core import interpreter_start

    return interpreter_start("import django.core.cache, django.db.models, restflow.caching")
