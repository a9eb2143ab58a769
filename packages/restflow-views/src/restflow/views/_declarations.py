"""What `as_view()` refuses: configs that name no action, actions that do not exist, and atomicity that cannot be."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Manager, Model, QuerySet

from restflow.core import ConfigError, is_async_callable
from restflow.core.names import nearest, suggestion
from restflow.responses._work import Hook
from restflow.views import _steps
from restflow.views._policies import CHECK_OBJECT_PERMISSIONS
from restflow.views.actions import ActionConfig

CRUD = ("list", "retrieve", "create", "update", "partial_update", "destroy")
WRITING = ("create", "update", "partial_update", "destroy")
_FINDING = (_steps.GET_QUERYSET, _steps.FILTER_QUERYSET, _steps.GET_OBJECT, CHECK_OBJECT_PERMISSIONS)
_UPDATING = (*_FINDING, _steps.VALIDATED_SERIALIZER, _steps.PERFORM_UPDATE, _steps.SERIALIZED_RESPONSE)
HOOKS_OF: Mapping[str, tuple[Hook, ...]] = {
    "list": (_steps.GET_QUERYSET, _steps.FILTER_QUERYSET, _steps.PAGINATE_QUERYSET, _steps.PAGINATED_RESPONSE),
    "retrieve": (*_FINDING, _steps.SERIALIZED_RESPONSE),
    "create": (_steps.VALIDATED_SERIALIZER, _steps.PERFORM_CREATE, _steps.SERIALIZED_RESPONSE),
    "update": _UPDATING,
    "partial_update": _UPDATING,
    "destroy": (*_FINDING, _steps.PERFORM_DESTROY),
}


def check_actions(viewset: Any, actions: Mapping[str, str]) -> None:
    """`ImproperlyConfigured` for an HTTP method mapped to a method that the viewset lacks."""
    for method, action in actions.items():
        if not callable(getattr(viewset, action, None)):
            raise ConfigError(
                f"{viewset.__qualname__}: {method.upper()} is mapped to {action!r}, and there is no such action.",
                hint=suggestion(action, actions_of(viewset), what="actions"),
            )


def actions_of(viewset: Any) -> list[str]:
    """The CRUD actions that the viewset has, and its own `@action` methods."""
    extra = [method.__name__ for method in viewset.get_extra_actions()]
    return [*(name for name in CRUD if hasattr(viewset, name)), *extra]


def check_configs(viewset: Any) -> None:
    """`ImproperlyConfigured` for `action_configs` with a wrong key or value."""
    configs = viewset.action_configs
    where = f"{viewset.__qualname__}.action_configs"
    if not isinstance(configs, Mapping):
        raise ConfigError(f"{where} is {type(configs).__name__}.", hint="Make it a mapping of actions to ActionConfig.")
    for action, config in configs.items():
        if not isinstance(action, str) or not (
            action in CRUD or action == "metadata" or callable(getattr(viewset, action, None))
        ):
            known = actions_of(viewset)
            near = nearest(str(action), [*known, *CRUD])
            hint = f"Did you mean {near!r}? " if near else ""
            raise ConfigError(
                f"{where}[{action!r}]: there is no such action.", hint=f"{hint}Its actions: {', '.join(known)}."
            )
        if not isinstance(config, ActionConfig):
            raise ConfigError(f"{where}[{action!r}] is {type(config).__name__}.", hint="Make it an ActionConfig(...).")
        _check_queryset(f"{where}[{action!r}]", config)


def _check_queryset(where: str, config: ActionConfig) -> None:
    queryset = config.queryset
    if isinstance(queryset, type) and issubclass(queryset, Model):
        raise ConfigError(
            f"{where}.queryset is the model {queryset.__name__}.", hint=f"Write {queryset.__name__}.objects.all()."
        )
    if "queryset" in config.overrides and not isinstance(queryset, QuerySet | Manager) and not callable(queryset):
        raise ConfigError(
            f"{where}.queryset is {type(queryset).__name__}.",
            hint="Make it a QuerySet, a Manager, or a callable that gets the view and returns one.",
        )


def check_atomic_actions(viewset: Any, actions: Iterable[str]) -> None:
    """`ImproperlyConfigured` for actions of an async viewset that are to be atomic and have an async part."""
    for action in set(actions):
        config = viewset.action_configs.get(action)
        own = config.atomic if config is not None else None
        if own is True or (viewset.atomic is True and own is None and action in CRUD):
            refuse_async_parts(viewset, action, f"action_configs[{action!r}]" if own else "atomic = True")


def refuse_async_parts(view: Any, action: str, where: str) -> None:
    """`ImproperlyConfigured` if the action itself or a hook that it runs is an async override."""
    part = _async_part(view, action)
    if part is not None:
        raise ConfigError(
            f"{view.__qualname__}, {where}: {action} is to be atomic, and {part} is async: a transaction cannot span "
            "awaits.",
            hint="Make it a plain def, which runs in the action's one crossing, or leave atomic unset.",
        )


def _async_part(view: Any, action: str) -> str | None:
    method = getattr(view, action, None)
    if method is None:
        return None
    if is_async_callable(method) and not getattr(method, "owns_transactions", False):
        return action
    for hook in HOOKS_OF.get(action, ()) if is_async_callable(method) else ():
        if hook.is_async(view):
            return hook.aname
    return None
