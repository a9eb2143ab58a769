"""limits: the moving window on Redis, as its documentation shows it."""

from collections.abc import Callable
from types import SimpleNamespace

from benchmarks.contenders.policy_work import RATE, REDIS_URL, Clock
from benchmarks.worker import timed


def throttle_hit_call(fill: int) -> Callable[[], None]:
    """One hit, beside so many in the window."""
    from limits import RateLimitItemPerHour
    from limits.storage import RedisStorage
    from limits.storage import redis as module
    from limits.strategies import MovingWindowRateLimiter

    storage = RedisStorage(REDIS_URL)
    limiter = MovingWindowRateLimiter(storage)
    item = RateLimitItemPerHour(RATE)
    storage.clear(item.key_for("user", str(fill)))
    module.time = SimpleNamespace(time=Clock(fill))  # the window stays as full as it is filled, as for the others

    def hit() -> None:
        if not limiter.hit(item, "user", str(fill)):
            raise SystemExit("benchmarks: a throttle denied a request below its rate")

    for _ in range(fill):
        hit()
    return hit


def throttle_hit(fill: int) -> Callable[[], dict[str, float]]:
    return timed(throttle_hit_call(fill))
