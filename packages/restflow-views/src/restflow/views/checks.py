"""System checks of viewsets: configs that leave a routed action less protected than it looks."""

from collections.abc import Iterator, Mapping
from typing import Any
from weakref import WeakKeyDictionary

from django.core.checks import CheckMessage, Warning, register

import restflow.pagination.checks
import restflow.throttling.checks  # noqa: F401  (both register the checks of the policies)
from restflow.views.actions import ActionConfig

PROTECTIONS = ("permission_classes", "authentication_classes", "throttle_classes")

_routes: WeakKeyDictionary[type, dict[str, set[str]]] = WeakKeyDictionary()


def note_routes(viewset: type, actions: Mapping[str, str]) -> None:
    """Remembers which HTTP methods reach which actions of a viewset."""
    known = _routes.setdefault(viewset, {})
    for method, action in actions.items():
        known.setdefault(method.lower(), set()).add(action)


@register("restflow")
def check_viewsets(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """The warnings about every viewset whose `as_view()` was called."""
    found: list[CheckMessage] = []
    for viewset, routes in list(_routes.items()):
        found += _unprotected_patch(viewset, routes)
        found += _dropped_protection(viewset, {action for actions in routes.values() for action in actions})
    return found


def _protections(config: ActionConfig | None) -> list[str]:
    return [name for name in PROTECTIONS if config is not None and name in config.overrides]


def _unprotected_patch(viewset: Any, routes: Mapping[str, set[str]]) -> Iterator[CheckMessage]:
    configs = viewset.action_configs
    names = _protections(configs.get("update"))
    if names and "partial_update" in routes.get("patch", ()) and "partial_update" not in configs:
        yield Warning(
            f"{viewset.__qualname__}: action_configs['update'] sets {', '.join(names)}, and PATCH is routed to "
            "partial_update, which has no config: it is protected by the class alone.",
            hint="Give partial_update a config too; it may be the same object.",
            obj=viewset,
            id="restflow.W401",
        )


def _dropped_protection(viewset: Any, routed: set[str]) -> Iterator[CheckMessage]:
    configs = viewset.action_configs
    for parent in viewset.__mro__[1:]:
        inherited = parent.__dict__.get("action_configs", {})
        for action, config in inherited.items():
            names = _protections(config)
            if names and action in routed and action not in configs:
                yield Warning(
                    f"{viewset.__qualname__}.action_configs drops the entry {action!r} of {parent.__qualname__}, "
                    f"which sets {', '.join(names)}.",
                    hint=f"Extend it: action_configs = {{**{parent.__name__}.action_configs, ...}}.",
                    obj=viewset,
                    id="restflow.W402",
                )
