"""What an operation knows about its view, read without running what would need a request."""

import inspect
import logging
import re
from collections.abc import Mapping
from functools import lru_cache
from types import FunctionType
from typing import Any, get_args

from django.db.models import Model
from drf_spectacular.settings import spectacular_settings
from rest_framework.generics import GenericAPIView
from rest_framework.schemas.generators import get_pk_name
from rest_framework.settings import api_settings
from rest_framework.viewsets import ViewSetMixin

from restflow.core import is_async_callable, require_sync

logger = logging.getLogger("restflow.spectacular")

SINGLE = frozenset({"retrieve", "create", "update", "partial_update", "destroy"})
BODILESS = frozenset({204, 205, 304})

_ANSWERS = "_restflow_answers"
_SILENT: Any = object()

_reported: set[tuple[type, str]] = set()


def speaks_restflow(view: Any) -> bool:
    """Whether the view splits its serializers by direction, as restflow's do and REST framework's do not."""
    return callable(getattr(view, "get_response_serializer_class", None))


def config_of(view: Any) -> Any:
    """The `ActionConfig` of the current action, `None` without one."""
    configs = getattr(view, "action_configs", None)
    config = configs.get(getattr(view, "action", None)) if isinstance(configs, Mapping) else None
    return config if isinstance(getattr(config, "overrides", None), Mapping) else None


def attribute(view: Any, *names: str) -> Any:
    """The first of these attributes that is set: by the action's config, else by the view."""
    config = config_of(view)
    for name in names:
        if config is not None and name in config.overrides:
            return config.overrides[name]
        if (value := getattr(view, name, None)) is not None:
            return value
    return None


def ask(view: Any, getter: str, *fallbacks: str) -> Any:
    """What a getter of the view answers; the attributes where it is async, missing, or needs what is not there.

    Asked once for each action of a view instance, which the generator makes anew for each operation.
    """
    answers = getattr(view, "__dict__", {}).setdefault(_ANSWERS, {})
    key = (getter, getattr(view, "action", None))
    if key not in answers:
        answers[key] = _ask(view, getter)
    answer = answers[key]
    return attribute(view, *fallbacks) if answer is _SILENT else answer


def _ask(view: Any, getter: str) -> Any:
    method = getattr(view, getter, None)
    if callable(method) and not _is_async(getattr(method, "__func__", method)):
        try:
            return require_sync(method(), getter)
        except Exception as error:  # whatever the user's getter needs of a request
            _report(type(view), getter, error)
    return _SILENT


def _is_async(method: Any) -> bool:
    return _function_is_async(method) if isinstance(method, FunctionType) else is_async_callable(method)


_function_is_async = lru_cache(maxsize=1024)(is_async_callable)


def _report(owner: type, getter: str, error: Exception) -> None:
    if (owner, getter) not in _reported:
        _reported.add((owner, getter))
        logger.debug("%s.%s() cannot answer without a request: %r", owner.__qualname__, getter, error)


def made(view: Any, getter: str, classes: str) -> list[Any]:
    """What a getter of policies makes; made of the attribute's classes where it needs a request."""
    found = ask(view, getter)
    return list(found) if found is not None else [one() for one in attribute(view, classes) or ()]


def permissions_of(view: Any) -> list[Any]:
    """The permissions of the action."""
    return made(view, "get_permissions", "permission_classes")


def authenticators_of(view: Any) -> list[Any]:
    """The authenticators of the action."""
    return made(view, "get_authenticators", "authentication_classes")


def handler_of(view: Any, method: str) -> Any:
    """The action or the handler of the method."""
    return getattr(view, getattr(view, "action", None) or method.lower(), None)


def serializer_class(view: Any, direction: str) -> Any:
    """The serializer class of a direction, as at run time: the direction's own first, then the common one."""
    return ask(view, f"get_{direction}_serializer_class", f"{direction}_serializer_class", "serializer_class")


def pagination_class(view: Any) -> Any:
    """The paginator in effect for the action; `None` where the config says so, too."""
    config = config_of(view)
    if config is not None and "pagination_class" in config.overrides:
        return config.overrides["pagination_class"]
    return ask(view, "get_pagination_class", "pagination_class")


def variables_of(path: str) -> list[str]:
    """The names of the variables in a path."""
    return re.findall(r"{([^{}]+)}", path)


def is_detail(view: Any, path: str) -> bool:
    """Whether the path names one object: a detail route, or one with the view's lookup variable."""
    if isinstance(view, ViewSetMixin) and getattr(view, "detail", None) is not None:
        return bool(view.detail)
    return not _lookup_variables(view).isdisjoint(variables_of(path))


def _lookup_variables(view: Any) -> set[str]:
    name = attribute(view, "lookup_url_kwarg", "lookup_field") or "pk"
    names = {name}
    if name == "pk" and api_settings.SCHEMA_COERCE_PATH_PK:
        model = getattr(getattr(view, "queryset", None), "model", None)
        names.add(get_pk_name(model) if model is not None else "id")
    elif name.endswith("_pk") and spectacular_settings.SCHEMA_COERCE_PATH_PK_SUFFIX:
        names.add(f"{name[:-3]}_id")
    return names


def lists(view: Any, method: str, path: str) -> bool:
    """Whether the operation answers with a list."""
    action = getattr(view, "action", None)
    if isinstance(view, ViewSetMixin):
        if action == "list" or action in SINGLE:
            return bool(action == "list")
        return method == "GET" and not is_detail(view, path) and _own_pagination(view, action)
    if method != "GET":
        return False
    if isinstance(view, GenericAPIView):
        return hasattr(view, "list") and (not hasattr(view, "retrieve") or not is_detail(view, path))
    return pagination_class(view) is not None and not is_detail(view, path)


def _own_pagination(view: Any, action: str | None) -> bool:
    config = config_of(view)
    if config is not None and "pagination_class" in config.overrides:
        return bool(config.overrides["pagination_class"])
    keywords: dict[str, Any] = getattr(getattr(view, action or "", None), "kwargs", {})
    return keywords.get("pagination_class") is not None


def success_status(view: Any, method: str) -> int:
    """The status of success."""
    declared = attribute(view, "success_status")
    if declared is not None:
        return int(declared)
    if getattr(view, "action", None) == "create":
        return 201
    if method == "POST" and not isinstance(view, ViewSetMixin) and hasattr(view, "create"):
        return 201
    return 204 if method == "DELETE" else 200


def model_of(view: Any, *serializers: Any) -> type[Model] | None:
    """The model that the view is about: the first that is known without a request."""
    for queryset in (
        (config_of(view).overrides if config_of(view) else {}).get("queryset"),
        getattr(view, "queryset", None),
    ):
        if (model := _model(getattr(queryset, "model", None))) is not None:
            return model
    for klass in type(view).__mro__:
        for base in klass.__dict__.get("__orig_bases__", ()):
            for argument in get_args(base):
                if (model := _model(argument)) is not None:
                    return model
    for serializer in serializers:
        if (model := _model(getattr(getattr(serializer, "Meta", None), "model", None))) is not None:
            return model
    return _model(getattr(ask(view, "get_queryset"), "model", None))


def _model(value: Any) -> type[Model] | None:
    return value if inspect.isclass(value) and issubclass(value, Model) else None
