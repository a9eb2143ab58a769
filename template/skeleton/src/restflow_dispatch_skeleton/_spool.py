"""A queue in a folder: one file a message, moved by renaming, which is all or nothing."""

import json
import os
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Message = dict[str, Any]


def put(folder: str, queue: str, message: Message) -> None:
    """Adds a message; raises `OSError` where the folder is not there."""
    Path(folder, queue).mkdir(exist_ok=True)  # not the folder itself: a wrong path must not be taken for a queue
    _write(Path(folder, queue, f"{time.time_ns()}-{uuid.uuid4().hex}.json"), message)


def take(folder: str, queue: str) -> tuple[Path, Message] | None:
    """The next message that is due; it is this process's until it is `done` or `again`, or the process ends."""
    for path in _waiting(folder, queue):
        claimed = path.with_suffix(f".{os.getpid()}")
        try:
            path.rename(claimed)
        except FileNotFoundError:
            continue  # another worker was faster
        message: Message = json.loads(claimed.read_text())
        if message.get("not_before", 0) <= time.time():
            return claimed, message
        claimed.rename(path)
    return None


def done(claimed: Path) -> None:
    """Removes a message."""
    claimed.unlink()


def again(claimed: Path, message: Message, pause: float) -> None:
    """Puts a message back, due in `pause` seconds."""
    _write(claimed.with_suffix(".json"), {**message, "not_before": time.time() + pause})
    claimed.unlink()


def failed(claimed: Path) -> None:
    """Keeps a message for somebody to look at."""
    claimed.rename(claimed.with_suffix(".failed"))


def recover(folder: str, queue: str) -> None:
    """Puts back what processes had taken that are no more."""
    for path in Path(folder, queue).glob("*.[0-9]*"):
        if not _alive(int(path.suffix[1:])):
            path.rename(path.with_suffix(".json"))


def _waiting(folder: str, queue: str) -> Iterator[Path]:
    yield from sorted(Path(folder, queue).glob("*.json"))


def _write(path: Path, message: Message) -> None:
    unfinished = path.with_suffix(".new")
    unfinished.write_text(json.dumps(message))
    unfinished.rename(path)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
