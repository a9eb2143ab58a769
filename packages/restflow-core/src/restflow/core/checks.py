"""restflow's system checks: `manage.py check --tag restflow`.

Importing the module registers them. They report the mistakes in `RESTFLOW_SETTINGS`, and import the checks of every
installed subsystem, so that a mistake shows where nothing has imported the subsystem yet.
"""

from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from typing import Any

from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, Warning, register
from django.core.checks.registry import registry as django_checks

from restflow.core._registry import registry
from restflow.core._types import Problem
from restflow.core.errors import PluginError
from restflow.core.subsystems import descriptors

TAG = "restflow"

AppConfigs = Sequence[AppConfig] | None
_late_deployment_checks: list[Callable[..., Any]] = []


@register(TAG)
def check_restflow(app_configs: AppConfigs = None, **kwargs: Any) -> list[CheckMessage]:
    """The problems of the settings, and those that the installed subsystems find."""
    try:
        messages = [_message(problem) for problem in registry.problems()]
    except Exception as error:  # a check reports, whatever the user's objects raise
        messages = [_failed("RESTFLOW_SETTINGS", "The check of the settings failed", error)]
    # Django took the list of checks before this one ran: those that the imports add are run from here, once.
    ordinary, deployment = set(django_checks.registered_checks), set(django_checks.deployment_checks)
    messages += _import_subsystem_checks()
    _late_deployment_checks[:] = _added(django_checks.deployment_checks, deployment)
    for check in _added(django_checks.registered_checks, ordinary):
        messages += _run(check, app_configs, kwargs)
    return messages


@register(TAG, deploy=True)
def check_restflow_deployment(app_configs: AppConfigs = None, **kwargs: Any) -> list[CheckMessage]:
    """The deployment checks of subsystems that `check_restflow` has imported in the same run."""
    late, _late_deployment_checks[:] = tuple(_late_deployment_checks), ()
    return [message for check in late for message in _run(check, app_configs, kwargs)]


def _message(problem: Problem) -> CheckMessage:
    kind = Warning if problem.id.startswith("restflow.W") else Error
    obj = f"RESTFLOW_SETTINGS[{problem.where.partition('.')[0]!r}]" if problem.where else "RESTFLOW_SETTINGS"
    return kind(problem.message, hint=problem.hint, obj=obj, id=problem.id)


def _failed(obj: str, what: str, error: BaseException) -> CheckMessage:
    return Error(
        f"{what}: {type(error).__name__}: {error}".rstrip(".") + ".",
        hint="Repair, upgrade or uninstall the distribution that it belongs to.",
        obj=obj,
        id="restflow.E009",
    )


def _import_subsystem_checks() -> Iterator[CheckMessage]:
    for name in descriptors:
        obj = f"subsystem {name!r}"
        try:
            module = descriptors.get(name).checks
        except PluginError as error:
            yield Error(error.message, hint=error.hint, obj=obj, id="restflow.E009")
            continue
        if module is None:
            continue
        try:
            import_module(module)
        except (Exception, SystemExit) as error:
            yield _failed(obj, f"{module}, the checks of the subsystem {name!r}, cannot be imported", error)


def _added(now: set[Any], before: set[Any]) -> list[Any]:
    added = (check for check in now - before if TAG in check.tags)
    return sorted(added, key=lambda check: (check.__module__, check.__qualname__))


def _run(check: Callable[..., Any], app_configs: AppConfigs, kwargs: dict[str, Any]) -> list[CheckMessage]:
    try:
        return list(check(app_configs=app_configs, **kwargs))
    except Exception as error:
        name = f"{check.__module__}.{check.__qualname__}"
        return [_failed(name, f"The check {name} failed", error)]
