"""The works of restflow.core."""

import asyncio
import importlib.metadata
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import count
from typing import Annotated, Any

from benchmarks.contenders import distributions
from benchmarks.worker import timed

Sampler = Callable[[], dict[str, float]]

SECTION = """
from restflow.core import SettingsSection

class ReportSettings(SettingsSection):
    FORMAT: str = "csv"
    LIMIT: int = 10
"""


class CountedScans:
    """Counts scans of the installed distributions."""

    def __init__(self) -> None:
        self.count = 0
        self.original = importlib.metadata.entry_points
        importlib.metadata.entry_points = self  # type: ignore[assignment]

    def __call__(self, **parameters: Any) -> Any:
        self.count += 1
        return self.original(**parameters)


def settings_read() -> Sampler:
    folder = distributions.folder()
    (folder / "benchmark_section.py").write_text(SECTION)
    sys.path[:0] = [str(folder), distributions.install(1, "restflow.settings", "benchmark_section:ReportSettings")]
    from django.conf import settings

    settings.configure(RESTFLOW_SETTINGS={"wanted": {"FORMAT": "xlsx"}})
    from restflow.core import restflow_settings

    assert restflow_settings.wanted.FORMAT == "xlsx"
    return timed(lambda: restflow_settings.wanted.FORMAT)


def plugin_first_lookup(distributions: int) -> Sampler:
    from benchmarks.contenders.distributions import install

    sys.path.insert(0, install(distributions, "benchmark.group", "json:dumps"))
    scans = CountedScans()
    from restflow.core import Plugins

    def sample() -> dict[str, float]:
        scans.count = 0
        start = time.perf_counter()
        Plugins[object]("benchmark.group").get("wanted")
        return {"seconds": time.perf_counter() - start, "scans": scans.count}

    return sample


def plugin_lookup(distributions: int) -> Sampler:
    from benchmarks.contenders.distributions import install

    sys.path.insert(0, install(distributions, "benchmark.group", "json:dumps"))
    scans = CountedScans()
    from restflow.core import Plugins

    plugins = Plugins[object]("benchmark.group")
    plugins.get("wanted")
    measure = timed(lambda: plugins.get("wanted"))

    def sample() -> dict[str, float]:
        scans.count = 0
        return measure() | {"scans": scans.count}

    return sample


def core_import() -> Sampler:
    return interpreter_start("import django.core.checks, asgiref.sync, restflow.core")


def interpreter_start(code: str) -> Sampler:
    """A sample is the time of one fresh interpreter that runs `code`."""

    def sample() -> dict[str, float]:
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True)
        return {"seconds": time.perf_counter() - start}

    return sample


def crossing() -> Sampler:
    from restflow.core import in_thread

    return crossings(lambda: in_thread(nothing))


def nothing() -> None:
    """The work of a crossing that does none."""


def crossings(cross: Callable[[], Any], count: int = 2_000) -> Sampler:
    """A sample is the time of one of many crossings of one event loop."""

    async def sweep() -> float:
        await cross()
        start = time.perf_counter()
        for _ in range(count):
            await cross()
        return (time.perf_counter() - start) / count

    return lambda: {"seconds": asyncio.run(sweep())}


def annotation_read(repeated: bool) -> Sampler:
    from annotated_types import MinLen

    from restflow.core import describe_annotation

    if repeated:
        annotation = list[Annotated[str, MinLen(1)] | None]
        return timed(lambda: describe_annotation(annotation))

    numbers = count(1)

    def sample() -> dict[str, float]:
        # other bounds each time: an annotation that was seen before is remembered
        fresh = [list[Annotated[str, MinLen(next(numbers))] | None] for _ in range(500)]
        start = time.perf_counter()
        for annotation in fresh:
            describe_annotation(annotation)
        return {"seconds": (time.perf_counter() - start) / len(fresh)}

    return sample


def persistent_threads(work: str, connections: int) -> Any:
    from benchmarks.contenders.server import ServedSite

    return ServedSite("benchmarks.site.asgi:persistent", work, connections)
