"""Many invalidations through a broker while its worker is killed and the broker restarted; and other ill fates."""

import os
import signal
import threading
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

from django.core.cache import cache
from django.db import transaction

from restflow.caching import (
    CACHE_MISSING,
    ArgsKeyField,
    InvalidationRule,
    KeyConstructor,
    cache_result,
    invalidate_instance,
    invalidate_queryset,
)
from testsite.processes import until

COUNT = int(os.environ.get("RESTFLOW_TEST_INVALIDATIONS", "60"))
"""Invalidations of one storm; 10,000 is what the dispatchers are measured by, and takes minutes a broker."""

truth: dict[int, int] = {}
"""What the function computes from; in the process of the test only, so a worker cannot make anything fresh."""


class StormKey(KeyConstructor):
    """One partition a number."""

    number = ArgsKeyField("number", partition=True)

    class Meta:
        namespace = "testsite-storm"


@cache_result(
    key_constructor=StormKey,
    ttl=3600,
    invalidates_on=[InvalidationRule("auth.Group", field_mapping={"number": "id"}, name="number")],
)
def value_of(number: int) -> int:
    """The value of a number."""
    return truth[number]


@cache_result(
    key_constructor={"key": ArgsKeyField("key", partition=True)},
    ttl=600,
    invalidates_on=[
        InvalidationRule("contenttypes.ContentType", field_mapping={"key": "model"}, rewarm=True, name="crash")
    ],
)
def crashes_at_first(key: str) -> str:
    """Kills the worker that runs it, with all its processes, and works when it is delivered again."""
    if "RESTFLOW_WORKER_SITE" in os.environ and cache.add(f"testsite-storm:{key}", "begun", 600):
        os.killpg(os.getsid(0), signal.SIGKILL)
        os.kill(os.getpid(), signal.SIGKILL)  # a worker may have put this process into a group of its own
    cache.set(f"testsite-storm:{key}", "done", 600)
    return key


def is_done_after_a_crash(key: str) -> bool:
    """Whether `crashes_at_first` was run to its end for that key."""
    return bool(cache.get(f"testsite-storm:{key}") == "done")


def change_ten_thousand_rows() -> None:
    """10,000 rows, each of which `value_of` depends on, in one transaction."""
    from django.contrib.auth.models import Group  # which the worker does not have

    with transaction.atomic():
        Group.objects.bulk_create([Group(name=f"storm{number}") for number in range(10_000)], batch_size=1000)
        invalidate_queryset(Group.objects.filter(name__startswith="storm"))


def change_one_while_the_broker_is_down(policy: str, error: type[BaseException]) -> None:
    """With `ON_DISPATCH_ERROR` set to that policy: only `"inline"` does the work in place, `"raise"` raises."""
    import pytest  # which a worker need not import for each of its jobs

    truth[1] = 0
    value_of(1)
    with pytest.raises(error) if policy == "raise" else nullcontext():
        change_one(1)
    assert (value_of.get_cache_only(1) is CACHE_MISSING) == (policy == "inline")


def change_one(number: int = 1) -> None:
    """One row that `value_of` depends on."""
    from django.contrib.auth.models import Group

    invalidate_instance(Group(id=number, name=f"storm{number}"), using="default")


@dataclass
class Report:
    """What happened."""

    accepted: int
    in_place: int
    """Invalidations that the broker did not accept, and that were done in the process of the change."""


def storm(
    *,
    kill_worker: Callable[[], None],
    start_worker: Callable[[], None],
    stop_broker: Callable[[], None],
    start_broker: Callable[[], None],
    count: int = COUNT,
    patience: float = 120,
) -> Report:
    """Changes `count` values, one message each. Fails where one is served stale afterwards, or never invalidated.

    `patience`: seconds without progress after which what is left counts as lost.
    """
    from restflow.caching.signals import invalidation_failed

    refused: list[Any] = []
    truth.clear()
    truth.update(dict.fromkeys(range(count), 0))
    for number in range(count):
        value_of(number)

    def note(**told: Any) -> None:
        refused.append(told["rule_id"])

    def restart() -> None:
        stop_broker()
        start_broker()

    restarting = threading.Thread(target=restart)
    invalidation_failed.connect(note)
    start_worker()
    try:
        for number in range(count):
            truth[number] = 1
            change_one(number)
            if number == count // 3:
                until(lambda: value_of.get_cache_only(0) is CACHE_MISSING, "the worker works", patience)
                kill_worker()
                start_worker()
            if number == 2 * count // 3:
                restarting.start()
        restarting.join()
        left, deadline = list(range(count)), time.monotonic() + patience
        while left:
            found = [number for number in left if value_of.get_cache_only(number) is not CACHE_MISSING]
            if len(found) < len(left):
                deadline = time.monotonic() + patience
            left = found
            assert time.monotonic() < deadline, f"no progress in {patience} s: {len(left)} of {count} are not dropped"
            time.sleep(0.5 if left else 0)
    finally:
        restarting.join() if restarting.ident else None
        invalidation_failed.disconnect(note)
    assert [number for number in range(count) if value_of(number) != 1] == []
    value_of.invalidate_all()
    return Report(accepted=count - len(refused), in_place=len(refused))
