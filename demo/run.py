"""Starts the demonstration site: `python3 dev.py demo`, which prepares the environment and then runs this file."""

import sys
from importlib.util import find_spec
from pathlib import Path

if sys.version_info < (3, 11):  # noqa: UP036  # it tells older Pythons what they lack
    print("demo: Python 3.11 or later is needed, and this is " + sys.version.split()[0], file=sys.stderr)
    sys.exit(2)

sys.path[0] = str(Path(__file__).resolve().parent.parent)  # `demo` is a package of the tree, and not installed

if find_spec("restflow") is None or find_spec("uvicorn") is None:
    print("demo: this Python has no restflow. Start the demo with: python3 dev.py demo", file=sys.stderr)
    sys.exit(2)

from demo.launch.main import main  # noqa: E402

if __name__ == "__main__":
    sys.exit(main())
