"""Counts the bytecode instructions that a call executes: the same number in every run of one interpreter.

What C code does within one of them is not seen; `instructions.py` counts that too, and takes minutes for it.
"""

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any


def executed(work: Callable[[], object]) -> int:
    """The bytecode instructions of one call in this thread; it is called twice before, so that caches are filled."""
    count = 0

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal count
        frame.f_trace_opcodes = True
        frame.f_trace_lines = False
        count += event == "opcode"
        return trace

    work()
    work()
    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return count
