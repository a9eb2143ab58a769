"""What the benchmarks find on the machine: servers, and the program that makes the load."""

import shutil

from testsite import services as tested


def available(service: str) -> bool:
    """Whether a server that a question needs answers; the places are those of the tests."""
    return tested.available(service)


def load_generator() -> str:
    """`wrk` where it is installed, else a small one of our own (slower, so it takes more of a shared machine)."""
    return "wrk" if shutil.which("wrk") else "own"
