"""The lease by which one process of several computes: a key in the cache with a token of its holder."""

from django.core.cache.backends.base import BaseCache

from restflow.caching.results._call import Call
from restflow.caching.results._computing import Missed, Tokens
from restflow.caching.storage import _ops
from restflow.caching.storage._doors import NOTHING_TO_SEE, Door
from restflow.caching.storage._entries import Served


async def take_lease(
    io: _ops.IO, cache: BaseCache, dirty: bool | None, call: Call, token: str
) -> Served | Missed | bool | None:
    """Asks for the lease, and reads again whoever got it: `False` where another process has it and is not done."""
    if dirty:
        return None
    won = await io.call(cache.add, cache.aadd, call.lease_key, token, timeout=call.lease_timeout, version=call.version)
    found = await _ops.read(io, cache, call.address, call.version)
    served = call.served(found)
    if served is not None and (won is False or served.fresh):
        if won:
            await io.call(cache.delete, cache.adelete, call.lease_key, version=call.version)
        return served
    if not won:
        return False
    return Missed(await _ops.ensure(io, cache, call.address, call.version, found, call.generation_ttl), found)


async def read_tokens(io: _ops.IO, cache: BaseCache, seen: None, call: Call) -> Tokens:
    """The generations as they are now."""
    found = await _ops.read(io, cache, call.address, call.version)
    return await _ops.ensure(io, cache, call.address, call.version, found, call.generation_ttl)


async def release(door: Door, call: Call, token: str) -> None:
    """Gives the lease back, if it is still ours; where that fails it expires."""
    try:
        await door.step(call.alias, NOTHING_TO_SEE, give_back, call, token)
    except Exception as error:
        call.log_failure("write", error)


async def give_back(io: _ops.IO, cache: BaseCache, seen: None, call: Call, token: str) -> None:
    """Deletes the lease if it holds our token."""
    if await io.call(cache.get, cache.aget, call.lease_key, version=call.version) == token:
        await io.call(cache.delete, cache.adelete, call.lease_key, version=call.version)


async def only_lease(io: _ops.IO, cache: BaseCache, seen: None, call: Call, token: str) -> bool:
    """Asks for the lease."""
    return bool(
        await io.call(cache.add, cache.aadd, call.lease_key, token, timeout=call.lease_timeout, version=call.version)
    )
