"""What is installed, for the doctor: versions, restflow's distributions, and every plug-in with whether it loads."""

import platform
from collections.abc import Callable
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, distributions, version

from restflow.core._distributions import groups, identity, is_restflow, normalised, unreadable
from restflow.core._report import InstalledDistribution, InstalledPlugin, Problem, without_users
from restflow.core._requirements import unmet
from restflow.core.errors import PluginError
from restflow.core.plugins import PluginInfo, Plugins, registry_like

_GROUP_IDS = {"restflow.settings": "restflow.E008", "restflow.subsystems": "restflow.E009"}


def versions() -> dict[str, str | None]:
    """The versions of Python and of what restflow stands on."""
    return {"python": platform.python_version()} | {
        name: _version(name) for name in ("django", "djangorestframework", "asgiref")
    }


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def restflow_distributions() -> tuple[InstalledDistribution, ...]:
    """Those of restflow, sorted by name, each as the first one on the path has it."""
    found: dict[str, InstalledDistribution] = {}
    for distribution in distributions():
        name, number = identity(distribution)
        if name is not None and is_restflow(name):
            found.setdefault(normalised(name), InstalledDistribution(name, number))
    return tuple(found[key] for key in sorted(found))


def requirement_problems() -> list[Problem]:
    """Requirements between restflow's distributions that are not met."""
    hint = "Install versions that fit one another; `pip check` tells about all distributions."
    return [Problem("restflow.E013", "error", message, hint) for message in unmet(distributions())]


def unreadable_problems() -> list[Problem]:
    """Distributions whose entry points do not parse, and whose plug-ins are therefore not found."""
    return [
        Problem(
            "restflow.W010",
            "warning",
            f"The entry points of {name or 'a distribution without a name'} cannot be read, so its plug-ins are not "
            "found.",
            "Reinstall or uninstall it.",
        )
        for name in unreadable()
    ]


def installed_plugins(
    excused: Callable[[BaseException], bool],
) -> tuple[tuple[InstalledPlugin, ...], list[Problem]]:
    """Every plug-in of the `restflow.*` groups, after an attempt to load it, and the problems among them.

    A plug-in that does not load for a reason which is `excused` is no problem.
    """
    found = groups("restflow.")
    for group in found:  # importing the plug-ins makes known the registries that say what each must be
        registry = registry_like(group)
        for name in registry:
            with suppress(PluginError):
                registry.get(name)
    plugins: list[InstalledPlugin] = []
    problems: list[Problem] = []
    for group in found:
        registry = registry_like(group)
        errors = {name: error for name in registry if (error := _failure(registry, name)) is not None}
        plugins += (_row(info, errors.get(info.name)) for info in registry.infos())
        identifier = _GROUP_IDS.get(group, "restflow.E012")
        problems += (
            Problem(identifier, "error", without_users(error.message), error.hint)
            for error in errors.values()
            if not excused(error)
        )
    return tuple(plugins), problems


def _failure(registry: Plugins[object], name: str) -> PluginError | None:
    try:
        registry.get(name)
    except PluginError as error:
        return error
    return None


def _row(info: PluginInfo, error: PluginError | None) -> InstalledPlugin:
    return InstalledPlugin(
        group=info.group,
        name=info.name,
        value=info.value,
        distribution=info.distribution,
        version=info.version,
        ok=error is None,
        error=None if error is None else without_users(str(error)),
    )
