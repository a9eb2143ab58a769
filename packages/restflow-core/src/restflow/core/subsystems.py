"""The installed subsystems of restflow, each told by its own distribution through an entry point."""

import sys
from dataclasses import dataclass
from importlib.machinery import PathFinder
from importlib.util import find_spec, module_from_spec
from operator import attrgetter
from typing import TYPE_CHECKING

from restflow.core.errors import PluginError
from restflow.core.plugins import Plugins

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint


@dataclass(frozen=True, slots=True, kw_only=True)
class Subsystem:
    """What a distribution tells about its part of restflow, published under the group `restflow.subsystems`."""

    name: str
    summary: str
    """One line, for the doctor."""
    checks: str | None = None
    """Dotted path of the module whose import registers the subsystem's system checks."""
    app: str | None = None
    """The Django app it offers, if any."""
    settings: tuple[str, ...] = ()
    """The sections of RESTFLOW_SETTINGS that it owns."""


class _Descriptors(Plugins[Subsystem]):
    """A descriptor is an instance: a subclass of `Subsystem`, which any other registry would take, tells nothing.

    Its module is run without the package that it is in: that imports the whole subsystem, which takes long and may
    need settings that are not there.
    """

    def _import(self, entry: "EntryPoint") -> object:
        package = entry.module.rpartition(".")[0]
        if not package or package in sys.modules:
            return entry.load()
        parent = find_spec(package)
        spec = None if parent is None else PathFinder.find_spec(entry.module, parent.submodule_search_locations)
        if spec is None or spec.loader is None:
            return entry.load()  # whose error says what is missing
        module = module_from_spec(spec)
        spec.loader.exec_module(module)
        return attrgetter(entry.attr)(module)

    def _fits(self, obj: object) -> bool:
        return isinstance(obj, Subsystem)


descriptors: Plugins[Subsystem] = _Descriptors("restflow.subsystems", base=Subsystem, kind="subsystem")
"""The registry behind `subsystems()`; a broken descriptor raises `PluginError` from its `get`."""


def subsystems() -> tuple[Subsystem, ...]:
    """The installed subsystems, sorted by name; a broken one is left out, and reported by the checks and the doctor."""
    found = []
    for name in descriptors:
        try:
            found.append(descriptors.get(name))
        except PluginError:
            continue  # the check restflow.E009 says what is wrong with it
    return tuple(sorted(found, key=lambda subsystem: subsystem.name))
