"""Progress of the loading: a bar on a terminal, a line per finished step elsewhere."""

import shutil
import sys
from time import monotonic
from typing import TextIO

REDRAW = 0.05  # seconds: no flicker


class Progress:
    """Tells of one step after another; `tell(what, done, total)` begins, continues and ends them."""

    def __init__(self, *, quiet: bool, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout
        self._quiet = quiet
        self._bar = not quiet and self._stream.isatty()
        self._begun = self._drawn = 0.0

    def say(self, line: str) -> None:
        """Prints a line, unless told to be quiet."""
        if not self._quiet:
            self._stream.write(f"{line}\n")
            self._stream.flush()

    def tell(self, what: str, done: int, total: int) -> None:
        """`done` of `total` rows of `what` are stored."""
        now = monotonic()
        if done == 0:
            self._begun = now
        finished = done == total
        if self._bar and (finished or done == 0 or now - self._drawn >= REDRAW):
            self._drawn = now
            text = self._line(what, done, total, now - self._begun)
            self._stream.write(f"\r{text}" + ("\n" if finished else ""))
            self._stream.flush()
        elif finished:
            self.say(f"{what}: {total:,} in {now - self._begun:.1f} s")

    def _line(self, what: str, done: int, total: int, seconds: float) -> str:
        width = shutil.get_terminal_size().columns - 1  # the last column would wrap the line
        rate = f"{done / seconds:,.0f}/s" if seconds and done else ""
        head, tail = f"{what:<11} ", f" {done:>{len(f'{total:,}')},}/{total:,} {rate:>11}"
        room = width - len(head) - len(tail) - 2
        if room < 5:
            return f"{head}{done:,}/{total:,}"[:width]
        filled = room * done // total if total else room
        return f"{head}[{'#' * filled}{'.' * (room - filled)}]{tail}"
