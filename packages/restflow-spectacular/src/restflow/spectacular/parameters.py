"""The query parameters of filter sets, and where they are shown."""

from copy import deepcopy
from typing import Any
from weakref import WeakKeyDictionary

from django.utils.translation import get_language
from drf_spectacular.settings import spectacular_settings

from restflow.core import ConfigError
from restflow.spectacular import _views
from restflow.spectacular.settings import SchemaSettings, method_problems, status_problems

Parameter = dict[str, Any]

_built: WeakKeyDictionary[type, dict[tuple[str, str], list[Parameter]]] = WeakKeyDictionary()


def build_filterset_parameters(filterset_class: Any, view: Any = None) -> list[Parameter]:
    """The OpenAPI parameter objects of a filter set, built once per class, OAS version and language, and copied.

    Empty for a class without `get_schema_operation_parameters()`. A filter set that does not compile raises its own
    `ConfigError`.
    """
    if not _speaks_schema(filterset_class):
        return []
    key = (spectacular_settings.OAS_VERSION, get_language() or "")
    known = _built.setdefault(filterset_class, {})
    if key not in known:
        known[key] = filterset_class.get_schema_operation_parameters(view)
    parameters = deepcopy(known[key])
    return parameters if SchemaSettings.current().NEGATED_PARAMETERS else _without_negations(parameters)


def _speaks_schema(filterset_class: Any) -> bool:
    return isinstance(filterset_class, type) and callable(
        getattr(filterset_class, "get_schema_operation_parameters", None)
    )


def _without_negations(parameters: list[Parameter]) -> list[Parameter]:
    negations = {parameter["name"] for parameter in parameters if parameter["name"].endswith("!")}
    shown = [parameter for parameter in parameters if parameter["name"] not in negations]
    for parameter in shown:
        if (negation := f"{parameter['name']}!") in negations:
            parameter["x-negation"] = negation
    return shown


def resolve_filterset_class(view: Any) -> Any:
    """The filter set of the view's current action: `get_filterset_class()`, else the attribute `filterset_class`."""
    return _views.ask(view, "get_filterset_class", "filterset_class")


def resolve_filterset_schema_methods(view: Any) -> frozenset[str] | None:
    """The HTTP methods whose operations show the filters; `None` for all.

    The view's `filterset_schema_methods`, else the setting `FILTER_METHODS`. Raises `ConfigError` for anything but a
    collection of method names or `None`.
    """
    methods: Any = SchemaSettings.current().FILTER_METHODS
    if hasattr(view, "filterset_schema_methods"):
        methods = view.filterset_schema_methods
        _check(view, "filterset_schema_methods", methods, str, method_problems)
    return None if methods is None else frozenset(method.upper() for method in methods)


def resolve_error_statuses(view: Any) -> tuple[int, ...]:
    """The error statuses to describe: the view's `schema_error_statuses`, else the setting `ERROR_STATUSES`.

    Raises `ConfigError` for anything but a collection of statuses from 400 to 599.
    """
    if not hasattr(view, "schema_error_statuses"):
        return SchemaSettings.current().ERROR_STATUSES
    statuses: Any = view.schema_error_statuses
    _check(view, "schema_error_statuses", statuses if statuses is not None else 0, int, status_problems)
    return tuple(statuses)


def _check(view: Any, name: str, value: Any, kind: type, problems: Any) -> None:
    if value is None:
        return
    where = f"{type(view).__module__}.{type(view).__qualname__}.{name}"
    if not isinstance(value, list | tuple | set | frozenset) or not all(type(item) is kind for item in value):
        raise ConfigError(f"{where} is {type(value).__name__}.", hint=f"Make it a tuple of {kind.__name__}.")
    for problem in problems(where, tuple(value)):
        raise ConfigError(f"{problem}.")


def filterset_schema_applies(view: Any, method: str, path: str | None = None) -> bool:
    """Whether an operation of the view's current action shows the filters: a collection, and a method that has them.

    Without `path` a view that is no viewset counts as a collection.
    """
    methods = resolve_filterset_schema_methods(view)
    return (methods is None or method.upper() in methods) and not _views.is_detail(view, path or "")
