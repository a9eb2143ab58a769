"""A wipe is one command to the server, however full it is, and no event loop waits for it."""

import asyncio

import pytest
from django.core.cache import caches
from django.test import override_settings

from restflow.caching import CACHE_MISSING, ArgsKeyField, cache_result

UNRELATED = 1_000_000
KEY = {"tenant": ArgsKeyField("tenant", partition=True), "page": ArgsKeyField("page")}
BACKENDS = ["django.core.cache.backends.redis.RedisCache", "django_redis.cache.RedisCache"]


@pytest.fixture
def full(own_redis):
    """A client of a server that holds a million keys of others."""
    import redis

    own_redis.kill()
    own_redis.start("--enable-debug-command", "yes")
    with redis.Redis.from_url(own_redis.url) as client:
        client.execute_command("DEBUG", "POPULATE", UNRELATED, ":1:unrelated")
        assert client.dbsize() == UNRELATED
        yield client


def commands(client):
    """What the server was asked since the last reset, in words of its own: deletions have two."""
    asked = {name.removeprefix("cmdstat_"): stats["calls"] for name, stats in client.info("commandstats").items()}
    quiet = ("info", "config|resetstat", "client|setinfo", "client|setname", "select", "hello")
    return {name: calls for name, calls in asked.items() if name not in quiet}


@pytest.mark.parametrize("backend", BACKENDS, ids=["django", "django-redis"])
def test_a_wipe_beside_a_million_keys_is_one_command_and_finds_nothing_by_looking(face, full, own_redis, backend):
    if backend.startswith("django_redis"):
        pytest.importorskip("django_redis")
    with override_settings(CACHES={"default": {"BACKEND": backend, "LOCATION": own_redis.url}}):
        load = face.cache(lambda tenant, page: [tenant, page], key_constructor=KEY)
        wipes = {
            "delete_by_prefix": ({"tenant": 1}, {(2, 1)}),
            "invalidate_all": ({}, set()),
        }
        for method, (arguments, left) in wipes.items():
            calls = {(1, 1), (1, 2), (2, 1)}
            for call in calls:
                face(load, *call)
            full.config_resetstat()
            face.do(load, method, **arguments)
            (command,) = commands(full).items()
            assert command in (("del", 1), ("unlink", 1))
            assert {call for call in calls if face.do(load, "get_cache_only", *call) is not CACHE_MISSING} == left
        assert full.dbsize() >= UNRELATED
        caches["default"].close()


async def test_the_loop_goes_on_while_the_server_is_busy(own_redis):
    import redis

    settings = {"BACKEND": BACKENDS[0], "LOCATION": own_redis.url}
    with override_settings(CACHES={"default": settings}), redis.Redis.from_url(own_redis.url) as client:

        @cache_result(key_constructor=KEY)
        async def load(tenant, page):
            return page

        for work in (
            lambda: load(1, 2),
            lambda: load(1, 2),
            lambda: load.arefresh(1, 2),
            lambda: load.adelete_cache(1, 2),
            lambda: load.adelete_by_prefix(tenant=1),
            lambda: load.ainvalidate_all(),
        ):
            client.execute_command("CLIENT", "PAUSE", 300, "ALL")
            waiting = asyncio.create_task(work())
            turns = 0
            while not waiting.done():
                turns += 1
                await asyncio.sleep(0.01)
            await waiting
            assert turns > 2  # a loop that waits for the server gets one turn
