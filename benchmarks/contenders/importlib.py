"""The standard library alone: `importlib.metadata.entry_points()`."""

import importlib.metadata
import sys
import time
from collections.abc import Callable

from benchmarks.contenders.distributions import install
from benchmarks.worker import timed


def plugin_first_lookup(distributions: int) -> Callable[[], dict[str, float]]:
    sys.path.insert(0, install(distributions, "benchmark.group", "json:dumps"))

    def sample() -> dict[str, float]:
        start = time.perf_counter()
        importlib.metadata.entry_points(group="benchmark.group")
        return {"seconds": time.perf_counter() - start, "scans": 1}

    return sample


def plugin_lookup(distributions: int) -> Callable[[], dict[str, float]]:
    sys.path.insert(0, install(distributions, "benchmark.group", "json:dumps"))
    measure = timed(lambda: importlib.metadata.entry_points(group="benchmark.group")["wanted"].load())
    return lambda: measure() | {"scans": 1}
