"""Makes folders to import from, installed distributions among them; they go when the contender's process ends."""

import atexit
import shutil
import tempfile
from pathlib import Path


def folder() -> Path:
    """An empty one."""
    made = Path(tempfile.mkdtemp(prefix="restflow-benchmark-"))
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    return made


def install(count: int, group: str, value: str) -> str:
    """A folder with `count` distributions, each with a few entry points; the last one publishes `wanted` in `group`."""
    site = folder()
    for number in range(count):
        info = site / f"filler_{number}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: filler-{number}\nVersion: 1.0\n")
        points = f"[console_scripts]\nfiller{number} = json:dumps\n\n[filler.group]\nfiller{number} = json:loads\n"
        if number == count - 1:
            points += f"\n[{group}]\nwanted = {value}\n"
        (info / "entry_points.txt").write_text(points)
    return str(site)
