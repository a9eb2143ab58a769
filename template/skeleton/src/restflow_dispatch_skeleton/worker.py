"""The worker: `python -m restflow_dispatch_skeleton.worker [--queue NAME]`."""

import argparse
import logging
import signal
import threading
from typing import Any

from restflow_dispatch_skeleton import _spool

logger = logging.getLogger(__name__)

IDLE = 0.05
"""Seconds between two looks at an empty queue."""
LONGEST_PAUSE = 60
"""Seconds between two attempts at a message, at most."""


def run(folder: str, queue: str, stop: threading.Event) -> None:
    """Takes messages until it is stopped; one that was begun is finished."""
    while not stop.is_set():
        _spool.recover(folder, queue)
        taken = _spool.take(folder, queue)
        if taken is None:
            stop.wait(IDLE)
        else:
            work(*taken)


def work(claimed: Any, message: dict[str, Any]) -> None:
    """Runs the rules of a message: done once that returns, tried again where it raises."""
    from restflow.caching.tasks import run_cache_rules

    attempts = message.get("attempts", 0)
    try:
        # finds rules by their ids, and imports their modules where need be; harmless where a message comes twice
        run_cache_rules(**message["call"])
    except Exception:
        if attempts < message["retries"]:
            _spool.again(claimed, {**message, "attempts": attempts + 1}, min(LONGEST_PAUSE, 0.5 * 2**attempts))
        else:
            logger.exception("A message failed for good; it is kept in %s.", claimed.parent)
            _spool.failed(claimed)
    else:
        _spool.done(claimed)


def main() -> None:
    """The command; DJANGO_SETTINGS_MODULE names the project."""
    import django

    django.setup()
    from restflow_dispatch_skeleton.dispatcher import SkeletonDispatcher

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--queue", default=SkeletonDispatcher.settings()["QUEUE"])
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    run(SkeletonDispatcher.settings()["FOLDER"], parser.parse_args().queue, stop)


if __name__ == "__main__":
    main()
