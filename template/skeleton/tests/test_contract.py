"""The dispatcher keeps restflow's contract, with a real worker process."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar

import pytest
from restflow_dispatch_skeleton import SkeletonDispatcher, _spool

from restflow.caching.testing import DispatcherContract, functions

WORKER = [sys.executable, "-m", "restflow_dispatch_skeleton.worker"]


class TestSkeleton(DispatcherContract):
    dispatcher = "skeleton"
    other_config = {"queue": "other"}
    running: ClassVar[list[subprocess.Popen[bytes]]] = []

    @pytest.fixture(scope="class", autouse=True)
    @classmethod
    def _stopped_in_the_end(cls) -> Iterator[None]:
        yield
        for process in cls.running:
            process.terminate()
            process.wait(30)

    @contextmanager
    def worker(self) -> Iterator[None]:
        # one for all: the kit sends what is to wait for a worker before it asks for the first one
        if not self.running:
            self.running.append(subprocess.Popen(WORKER))
        yield

    def broken(self) -> SkeletonDispatcher:
        return SkeletonDispatcher(folder="/no/such/folder")

    def test_work_that_a_killed_process_had_taken_is_done_by_another(self) -> None:
        key = self.fresh_key()
        functions.remembered(key)
        with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as killed:
            made = self.make({"queue": "taken"})
            self.send(made, {functions.rule_id(functions.remembered, "drop"): [{"key": key}]})
            taken = _spool.take(made.option("folder"), "taken")
            assert taken is not None
            # as that process leaves it
            taken[0].rename(taken[0].with_suffix(f".{killed.pid}"))
            killed.kill()
        with subprocess.Popen([*WORKER, "--queue", "taken"]) as worker:
            self.until(lambda: self.gone(functions.remembered, key), "the entry is dropped")
            worker.terminate()
