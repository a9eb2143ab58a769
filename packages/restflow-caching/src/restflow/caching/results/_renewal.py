"""Serving what is stale or about to be, and computing it anew: behind the caller, or by one caller for all."""

import asyncio
import contextvars
import logging
import time
from collections.abc import Coroutine
from typing import Any

from restflow.caching import stats
from restflow.caching.results import _leases
from restflow.caching.results._call import Call
from restflow.caching.results._computing import compute
from restflow.caching.results.status import CacheStatus, Outcome
from restflow.caching.storage._background import recomputers
from restflow.caching.storage._doors import NOTHING_TO_SEE, AsyncDoor, Door, SyncDoor
from restflow.caching.storage._entries import Entry, Served, new_token
from restflow.caching.storage._flights import Flight, flights
from restflow.core import finish

logger = logging.getLogger("restflow.caching")


def needs_renewal(call: Call, served: Served) -> bool:
    """Whether somebody should compute a served value anew."""
    return not served.fresh or served.entry.is_due(time.time(), call.options.early_refresh)


async def renew_here(door: Door, call: Call, served: Served) -> Outcome:
    """One caller computes in the foreground what may not be computed behind it; the others are served meanwhile."""
    flight = flights.start(call.flight_key(door.loop))
    if flight is None:
        return Outcome(served.value, CacheStatus.HIT if served.fresh else CacheStatus.STALE, served.entry)
    try:
        return await compute(door, call, served.entry.tokens, CacheStatus.REFRESH, flight)
    finally:
        flights.finish(flight)


def serve(door: Door, call: Call, served: Served) -> Outcome:
    """A hit or a stale value; starts the recomputation that it needs."""
    if needs_renewal(call, served):
        recompute_behind(door, call, served.entry)
    return Outcome(served.value, CacheStatus.HIT if served.fresh else CacheStatus.STALE, served.entry)


_tasks: set["asyncio.Task[None]"] = set()
"""Recomputations on event loops; the loop itself holds tasks weakly."""


def recompute_behind(door: Door, call: Call, entry: Entry) -> None:
    """Starts one recomputation behind the caller's back, if none is under way and the call allows it."""
    if not call.may_recompute_behind:
        return
    flight = flights.start(call.flight_key(door.loop))
    if flight is None:
        return
    if isinstance(door, AsyncDoor):
        task = door.loop.create_task(recompute(door, call, entry, flight))
        _tasks.add(task)
        task.add_done_callback(_tasks.discard)
        # a task that is cancelled before it starts never reaches its own `finally`
        task.add_done_callback(lambda _: flights.finish(flight))
        return
    context = contextvars.copy_context()

    def work() -> None:
        context.run(_finish_recomputing, recompute(SyncDoor(), call, entry, flight))

    if not recomputers().submit(work):
        flights.finish(flight)


def _finish_recomputing(flow: Coroutine[Any, Any, None]) -> None:
    finish(flow)


async def recompute(door: Door, call: Call, entry: Entry, flight: Flight) -> None:
    """Renews an entry; where that fails the old one stays until its time is over.

    The generations are those that the old entry was served under: they were read before this computation.
    """
    try:
        if call.options.single_flight == "shared":
            await recompute_under_lease(door, call, entry, flight)
        else:
            await compute(door, call, entry.tokens, CacheStatus.REFRESH, flight)
    except Exception:
        stats.count(call.wrapper, "errors")
        logger.exception("Recomputing a stale value of %s failed.", call.wrapper.path)
    finally:
        flights.finish(flight)


async def recompute_under_lease(door: Door, call: Call, entry: Entry, flight: Flight) -> None:
    """The same for one process of several."""
    token = new_token()
    try:
        if await door.step(call.alias, NOTHING_TO_SEE, _leases.only_lease, call, token):
            await compute(door, call, entry.tokens, CacheStatus.REFRESH, flight)
    finally:
        await _leases.release(door, call, token)
