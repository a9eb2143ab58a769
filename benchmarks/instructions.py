"""User-space instructions of one call, by valgrind: repeatable to about one percent where times are noise.

    python benchmarks/instructions.py restflow filter_call '{"work": "filter", "size": "wide", "query": "wide"}'

Runs the call in two lengths under `callgrind` and subtracts, so that start-up drops out.
"""

import argparse
import importlib
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
SHORT, LONG = 100, 1_100


def loop(contender: str, call: str, arguments: str, times: int) -> None:
    """What runs under valgrind."""
    adapter = importlib.import_module(f"benchmarks.contenders.{contender}")
    work = getattr(adapter, call)(**json.loads(arguments))
    for _ in range(times):
        work()


def instructions(python: Path, contender: str, call: str, arguments: str, times: int) -> int:
    """The instructions of a whole process."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "callgrind.out"
        run = [str(python), __file__, "--times", str(times), contender, call, arguments]
        command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", *run]
        # one order of sets and dicts in both lengths
        surroundings = os.environ | {"PYTHONHASHSEED": "0"}
        subprocess.run(command, check=True, capture_output=True, env=surroundings)
        found = re.search(r"^(?:summary|totals): (\d+)", out.read_text(), re.MULTILINE)
        assert found is not None
        return int(found[1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("contender")
    parser.add_argument("call", help="a function of the contender's adapter that returns the callable")
    parser.add_argument("arguments", nargs="?", default="{}")
    parser.add_argument("--times", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    sys.path.insert(0, str(HERE.parent))
    if options.times is not None:
        loop(options.contender, options.call, options.arguments, options.times)
        return
    from benchmarks.run import interpreter

    python = interpreter(options.contender)
    # compiles what has no bytecode yet, which would count as work
    subprocess.run(
        [str(python), __file__, "--times", "1", options.contender, options.call, options.arguments], check=True
    )
    few, many = (
        instructions(python, options.contender, options.call, options.arguments, times) for times in (SHORT, LONG)
    )
    print(f"{options.contender} {options.arguments}: {(many - few) / (LONG - SHORT):,.0f} instructions a call")


if __name__ == "__main__":
    main()
