"""How a cached call is answered; written once, and run by both doors.

A step is one visit to the backend: with a blocking backend an async call crosses to a thread once for each.
"""

import asyncio
import time
from typing import Any

from django.core.cache.backends.base import BaseCache

from restflow.caching import _transactions
from restflow.caching.results._call import Call
from restflow.caching.results._computing import Missed, Tokens, compute
from restflow.caching.results._leases import read_tokens, release, take_lease
from restflow.caching.results._renewal import needs_renewal, renew_here, serve
from restflow.caching.results.status import CACHE_MISSING, CacheStatus, Outcome
from restflow.caching.storage import _ops
from restflow.caching.storage._doors import NOTHING_TO_SEE, AsyncDoor, Door, Look
from restflow.caching.storage._entries import Served, new_token, unpacked
from restflow.caching.storage._flights import Flight, Seat, flights, leading
from restflow.core import finish, in_thread

First = tuple[int, dict[str, Any]]
"""What a first read found, and the ticket from before it."""
Got = Served | Missed | Flight | None
"""What the first step comes to: `None` where the transaction changed what the entry is made from."""


async def fetch(door: Door, call: Call, first: First | None = None) -> Outcome:
    """The cached value, or a computed one. `first` is what a read has found already, with its ticket."""
    seat = Seat()
    try:
        got: Got | Exception
        try:
            got = await door.step(call.alias, _dirty(call), acquire, call, _flying(call, seat), door.loop, first)
        except Exception as error:
            got = error
        return await settle(door, call, got, seat)
    finally:
        seat.leave()


async def fetch_by_visit(door: AsyncDoor, call: Call) -> Outcome:
    """The same for an async call on a blocking backend that may begin with a look: a hit in one short crossing."""
    seat = Seat()
    try:
        return await settle(door, call, await in_thread(visit, call, seat, door.loop), seat)
    finally:
        seat.leave()


def visit(call: Call, seat: Seat, loop: asyncio.AbstractEventLoop) -> Got | Exception:
    """The first step, in the call's thread."""
    cache = _ops.backend(call.alias)
    hit, first = call.wrapper.look(cache, call.address)
    if hit is not None:
        return Served(unpacked(hit[1]), hit[0], fresh=True)
    if isinstance(first, Exception):
        return first
    try:
        return finish(acquire(_ops.SYNC, cache, None, call, _flying(call, seat), loop, first))
    except Exception as error:
        return error


async def settle(door: Door, call: Call, got: Got | Exception, seat: Seat) -> Outcome:
    """What follows from the first step: serve, wait, or compute."""
    options = call.options
    if isinstance(got, Flight):
        await door.wait(got, options.used_wait_timeout())
        try:
            got = await door.step(call.alias, _dirty(call), acquire, call, None, door.loop, None)
        except Exception as error:
            got = error
    if isinstance(got, Exception):
        call.backend_failed("read", got)
    if not isinstance(got, Served | Missed):
        return Outcome(await call.compute(door), CacheStatus.BYPASS)
    if isinstance(got, Served):
        if not call.may_recompute_behind and needs_renewal(call, got):
            return await renew_here(door, call, got)
        return serve(door, call, got)
    if seat.flight is not None and options.single_flight == "shared":
        return await under_lease(door, call, got, seat.flight)
    return await compute(door, call, got.tokens, CacheStatus.MISS, seat.flight)


def _flying(call: Call, seat: Seat) -> Seat | None:
    alone = call.options.single_flight == "off" or call.flight_key(None) in leading.get()
    return None if alone else seat


def _dirty(call: Call) -> Look:
    arguments = (call.alias, call.version, call.address.tokens)
    return Look(_transactions.is_dirty, arguments, _transactions.may_be_dirty)


async def acquire(
    io: _ops.IO,
    cache: BaseCache,
    dirty: bool | None,
    call: Call,
    seat: Seat | None,
    loop: asyncio.AbstractEventLoop | None,
    first: First | None,
) -> Got:
    """Reads the entry; where it is not servable takes a seat in its computation, and makes sure of generations.

    `None`: the transaction changed what the entry is made from. A flight: another call computes.
    """
    if dirty:
        return None
    while True:
        ticket, found = first or (flights.ticket(), await _ops.read(io, cache, call.address, call.version))
        first = None
        served = call.served(found)
        if served is not None:
            return served
        if seat is None:
            break
        flight, leads = flights.join(call.flight_key(loop), ticket, seat)
        if leads:
            if call.options.single_flight == "shared":
                return Missed((), found)
            break
        if flight is not None:
            return flight
    return Missed(await _ops.ensure(io, cache, call.address, call.version, found, call.generation_ttl), found)


async def refresh(door: Door, call: Call) -> Outcome:
    """Runs the function and replaces the entry; a computation that began before is not served after."""
    flights.supersede({call.flight_key(None), call.flight_key(door.loop)})
    try:
        tokens = await door.step(call.alias, NOTHING_TO_SEE, renew, call)
    except Exception as error:
        call.backend_failed("read", error)
        return Outcome(await call.compute(door), CacheStatus.BYPASS)
    return await compute(door, call, tokens, CacheStatus.REFRESH)


async def renew(io: _ops.IO, cache: BaseCache, seen: None, call: Call) -> Tokens:
    """Gives the entry a new mark, or where it has a generation of its own a new one, and reads what it stands on."""
    ttl = call.mark_ttl if call.address.marked else call.generation_ttl
    await io.call(cache.set, cache.aset, call.address.tokens[-1], new_token(), timeout=ttl, version=call.version)
    found = await _ops.read(io, cache, call.address, call.version)
    return await _ops.ensure(io, cache, call.address, call.version, found, call.generation_ttl)


async def peek(io: _ops.IO, cache: BaseCache, dirty: bool | None, call: Call) -> Served | None:
    """The entry, and nothing else."""
    return None if dirty else call.served(await _ops.read(io, cache, call.address, call.version))


async def look_up(door: Door, call: Call) -> Outcome:
    """The cached value or `CACHE_MISSING`; never runs the function."""
    try:
        served = await door.step(call.alias, _dirty(call), peek, call)
    except Exception as error:
        call.backend_failed("read", error)
        served = None
    if served is None:
        return Outcome(CACHE_MISSING, CacheStatus.MISS)
    return Outcome(served.value, CacheStatus.HIT if served.fresh else CacheStatus.STALE, served.entry)


async def under_lease(door: Door, call: Call, missed: Missed, flight: Flight) -> Outcome:
    """Computes if this process gets the lease; else polls for the entry of the one that has it."""
    token = new_token()
    deadline = time.monotonic() + call.options.used_wait_timeout()
    pauses = call.pauses()
    leased = False
    try:
        while True:
            try:
                leased = True  # until known otherwise: a cancelled step may have taken it
                got = await door.step(call.alias, _dirty(call), take_lease, call, token)
                leased = isinstance(got, Missed)
                if got is False and time.monotonic() >= deadline:
                    tokens = await door.step(call.alias, NOTHING_TO_SEE, read_tokens, call)
                    got = Missed(tokens, {})
            except Exception as error:
                call.backend_failed("read", error)
                return Outcome(await call.compute(door), CacheStatus.BYPASS)
            if isinstance(got, Served):
                return serve(door, call, got)
            if got is None:
                return Outcome(await call.compute(door), CacheStatus.BYPASS)
            if isinstance(got, Missed):
                return await compute(door, call, got.tokens, CacheStatus.MISS, flight)
            await door.pause(next(pauses))
    finally:
        if leased:
            await release(door, call, token)
