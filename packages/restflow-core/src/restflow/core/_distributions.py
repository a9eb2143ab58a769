"""What installed distributions are called: their names and versions, read without trusting the metadata to be whole."""

import re
import warnings
from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

# importlib.metadata, and the parser of e-mail headers that it brings, is imported by the first scan: most of what the
# import of restflow.core would cost otherwise.
if TYPE_CHECKING:
    from importlib.metadata import Distribution, EntryPoint

UNREADABLE = "The entry points of .* cannot be read"
"""What the text of the warning starts with, as a filter of warnings matches it."""


def group_entries(group: str) -> "Iterable[EntryPoint]":
    """The entry points of a group; a distribution whose entry points do not parse is left out with a warning."""
    from importlib.metadata import entry_points

    try:
        return entry_points(group=group)
    except (TypeError, ValueError):  # one malformed file fails the call for every distribution
        return _readable_entries(group)


def _readable_entries(group: str) -> "list[EntryPoint]":
    from importlib.metadata import distributions

    entries: list[EntryPoint] = []
    seen: set[str] = set()
    for distribution in distributions():
        name = identity(distribution)[0]
        if name is not None and normalised(name) in seen:
            continue  # shadowed by the one before it on the path
        seen.add(normalised(name or ""))
        try:
            entries += distribution.entry_points.select(group=group)
        except (TypeError, ValueError):
            warnings.warn(
                f"The entry points of {name or 'a distribution without a name'} cannot be read, so its plug-ins are "
                "not found. Reinstall or uninstall it.",
                RuntimeWarning,
                stacklevel=2,
            )
    return entries


def groups(prefix: str) -> list[str]:
    """The sorted names of the entry-point groups that start with `prefix`, in distributions that can be read."""
    from importlib.metadata import distributions

    found: set[str] = set()
    for distribution in distributions():
        with suppress(TypeError, ValueError):
            found.update(entry.group for entry in distribution.entry_points if entry.group.startswith(prefix))
    return sorted(found)


def unreadable() -> list[str | None]:
    """The names of the distributions whose entry points do not parse; `None` for one without a name."""
    from importlib.metadata import distributions

    found = []
    for distribution in distributions():
        try:
            distribution.entry_points  # noqa: B018  # parsed at each access
        except (TypeError, ValueError):
            found.append(identity(distribution)[0])
    return found


def identity(distribution: "Distribution | None") -> tuple[str | None, str | None]:
    """Name and version as the metadata gives them; `None` for what it does not give."""
    # `Distribution.name` raises or warns where the metadata has no Name; newer Pythons raise where there is no file.
    try:
        metadata: Any = distribution.metadata if distribution is not None else None
    except OSError:
        metadata = None
    return (metadata.get("Name"), metadata.get("Version")) if metadata is not None else (None, None)


def normalised(name: str) -> str:
    """A distribution's name as PEP 503 compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def is_restflow(name: str) -> bool:
    """Whether a distribution is called as restflow's are: `restflow`, `restflow-auth`."""
    return re.match(r"restflow(-|$)", normalised(name)) is not None
