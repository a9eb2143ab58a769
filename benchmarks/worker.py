"""A contender's process: loads its adapter, sets up the work, and takes one sample for each line on standard input.

    python worker.py CONTENDER WORK '{"argument": ...}'

It runs as a script in the contender's own environment and needs nothing but the standard library.
"""

import importlib
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

CALIBRATED = 0.05
"""Seconds that one timed sample takes at least."""


def timed(work: Callable[[], object]) -> Callable[[], dict[str, float]]:
    """A sample that calls `work` often enough to be measured: `{"seconds": per call}`."""
    loops = 1
    while True:
        elapsed = _clock(work, loops)
        if elapsed >= CALIBRATED:
            break
        loops = max(loops * 2, int(loops * CALIBRATED / max(elapsed, 1e-9)))
    return lambda: {"seconds": _clock(work, loops) / loops}


def _clock(work: Callable[[], object], loops: int) -> float:
    turns = range(loops)
    start = time.perf_counter()
    for _ in turns:
        work()
    return time.perf_counter() - start


def main() -> None:
    contender, work, arguments = sys.argv[1:]
    # an adapter may print (migrations, warnings): only samples go to the runner
    answers, sys.stdout = sys.stdout, sys.stderr
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    adapter = importlib.import_module(f"benchmarks.contenders.{contender}")
    sample = getattr(adapter, work)(**json.loads(arguments))
    print("ready", file=answers, flush=True)
    try:
        for _ in sys.stdin:
            print(json.dumps(sample()), file=answers, flush=True)
    finally:
        close = getattr(sample, "close", None)
        if close is not None:
            close()


if __name__ == "__main__":
    main()
