"""Computing a value, and storing it under the generations that were read before."""

import time
from typing import Any, NamedTuple

from django.core.cache.backends.base import BaseCache

from restflow.caching import _transactions, stats
from restflow.caching.results._call import Call
from restflow.caching.results.status import CacheStatus, Outcome
from restflow.caching.storage import _ops
from restflow.caching.storage._doors import Door, Look
from restflow.caching.storage._entries import Entry
from restflow.caching.storage._flights import Flight, leading

Tokens = tuple[str | None, ...]


class Missed(NamedTuple):
    """No servable entry; `tokens` are the generations to compute under."""

    tokens: Tokens
    found: dict[str, Any]


async def compute(door: Door, call: Call, tokens: Tokens, status: CacheStatus, flight: Flight | None = None) -> Outcome:
    """Runs the function and stores what it returns under the generations read before."""
    started = time.perf_counter()
    token = leading.set(leading.get() | {call.flight_key(None)})
    try:
        value = await call.compute(door)
    finally:
        leading.reset(token)
    duration = time.perf_counter() - started
    entry = await call.entry(door, value, tokens, duration)
    if entry is not None and not (flight is not None and flight.superseded):
        look = Look(
            _transactions.is_unstorable,
            (call.alias, call.version, call.address.tokens),
            _transactions.may_be_unstorable,
        )
        try:
            if await door.step(call.alias, look, store, call, entry):
                stats.count(call.wrapper, "stores")
                return Outcome(value, status, entry)
        except Exception as error:
            call.backend_failed("write", error)
    return Outcome(value, status)


async def store(io: _ops.IO, cache: BaseCache, unstorable: bool | None, call: Call, entry: Entry) -> bool:
    """Writes an entry, unless it holds what only this transaction may see."""
    if unstorable:
        return False
    timeout = call.timeout_of(entry)
    await io.call(cache.set, cache.aset, call.address.key, entry.packed(), timeout=timeout, version=call.version)
    return True
