"""Single flight: of several calls that miss on one key, one computes and the others wait."""

import asyncio
import os
import threading
from collections import deque
from collections.abc import Hashable
from contextvars import ContextVar

leading: ContextVar[frozenset[Hashable]] = ContextVar("restflow_caching_leading", default=frozenset())
"""The keys that the current context computes; one that it meets again is computed directly, not waited for."""

REMEMBERED = 4096
"""How many finished flights are remembered; a reader that is further behind reads again."""


class Flight:
    """One computation under way, for threads or for the tasks of one event loop."""

    __slots__ = ("_event", "_lock", "_waiters", "done", "key", "superseded")

    def __init__(self, key: Hashable, lock: threading.Lock) -> None:
        self.key = key
        self.done = False
        self.superseded = False
        """Whether the entry was refreshed meanwhile: then this older computation must not overwrite it."""
        self._lock = lock
        self._event: threading.Event | None = None
        self._waiters: list[asyncio.Future[None]] = []

    def wait(self, timeout: float) -> None:
        """Blocks until the flight is over, or for `timeout` seconds."""
        with self._lock:
            if self.done:
                return
            event = self._event
            if event is None:
                event = self._event = threading.Event()
        event.wait(timeout)

    async def await_(self, loop: asyncio.AbstractEventLoop, seconds: float) -> None:
        """Waits in a task of the flight's own loop; cancelling it leaves the flight alone."""
        waiter = loop.create_future()
        with self._lock:
            if self.done:
                return
            self._waiters.append(waiter)
        await asyncio.wait([waiter], timeout=seconds)

    def land(self) -> None:
        """Wakes whoever waits; the lock is held."""
        self.done = True
        if self._event is not None:
            self._event.set()
        for waiter in self._waiters:
            loop = waiter.get_loop()
            if not loop.is_closed():
                loop.call_soon_threadsafe(_wake, waiter)


def _wake(waiter: "asyncio.Future[None]") -> None:
    if not waiter.done():
        waiter.set_result(None)


class Flights:
    """The computations under way in this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: dict[Hashable, Flight] = {}
        self._finished = 0
        self._recent: deque[tuple[int, Hashable]] = deque(maxlen=REMEMBERED)

    def ticket(self) -> int:
        """How many flights were over before a read began."""
        return self._finished

    def join(self, key: Hashable, ticket: int, seat: "Seat") -> tuple[Flight | None, bool]:
        """Takes part in the computation of a key that was not found: `(flight, leads)`; a leader gets the seat.

        `(None, False)`: a flight for it ended after the read began, so its entry may be there by now; read again.
        """
        with self._lock:
            flight = self._running.get(key)
            if flight is not None:
                return flight, False
            if self._ended_since(key, ticket):
                return None, False
            flight = Flight(key, self._lock)
            if not seat.left:
                self._running[key] = seat.flight = flight
            return flight, True

    def start(self, key: Hashable) -> Flight | None:
        """A flight for a recomputation; `None` where one is under way."""
        with self._lock:
            if key in self._running:
                return None
            flight = self._running[key] = Flight(key, self._lock)
            return flight

    def finish(self, flight: Flight) -> None:
        """Ends a flight, however it went; a second time does nothing."""
        with self._lock:
            if flight.done:
                return
            if self._running.get(flight.key) is flight:
                del self._running[flight.key]
            self._finished += 1
            self._recent.append((self._finished, flight.key))
            flight.land()

    def leave(self, seat: "Seat") -> None:
        """Ends the flight that the seat leads, if any, and keeps it from leading one later."""
        with self._lock:
            seat.left = True
            flight = seat.flight
        if flight is not None:
            self.finish(flight)

    def forget(self) -> None:
        """Forgets everything: in a forked process nobody is left to finish what was under way."""
        self.__init__()  # type: ignore[misc]

    def supersede(self, keys: "set[Hashable]") -> None:
        """Keeps running computations of those keys from being stored."""
        with self._lock:
            for key in keys:
                if (flight := self._running.get(key)) is not None:
                    flight.superseded = True

    def _ended_since(self, key: Hashable, ticket: int) -> bool:
        if self._finished - ticket > REMEMBERED:
            return True
        for number, ended in reversed(self._recent):
            if number <= ticket:
                return False
            if ended == key:
                return True
        return False


class Seat:
    """A call's place in a flight.

    It is left in any case, also where a cancelled task no longer hears that the step which ran for it in a thread has
    made it a leader.
    """

    __slots__ = ("flight", "left")

    def __init__(self) -> None:
        self.flight: Flight | None = None
        self.left = False

    def leave(self) -> None:
        """Ends the flight that this call leads, if any."""
        flights.leave(self)


flights = Flights()
os.register_at_fork(after_in_child=flights.forget)
