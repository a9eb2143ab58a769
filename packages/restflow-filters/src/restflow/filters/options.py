"""`Meta`: the options of a filter set, resolved one by one along its bases and checked."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

from restflow.core import ConfigError
from restflow.core.names import suggestion


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterSetOptions:
    """The resolved `Meta` of a filter set, one attribute per option."""

    model: Any = None
    """The model, or its `"app_label.Model"`; without one the set serves any model."""
    fields: Any = None
    """Columns and relation paths to make filters from, or `"__all__"`."""
    exclude: Any = ()
    """Names that are taken out of `fields`."""
    extra_kwargs: Any = None
    """Filter name to keywords of its field, for annotated and model-made filters."""
    required_fields: Any = ()
    """Filters of which some parameter must be present."""
    related_fields: Any = ()
    """Relations that expand into filters on their columns."""
    operator: str = "AND"
    """How the conditions of the parameters are joined: `"AND"`, `"OR"` or `"XOR"` (parity)."""
    or_groups: Any = ()
    """Groups of filters whose conditions are joined with `OR` into one operand of the operator."""
    allow_negate: bool = True
    """Whether filters that do not say so themselves have `!` parameters."""
    lookup_separator: str = "__"
    """Between parameter and suffix, for filters that do not say so themselves."""
    order_param: str = "order_by"
    """The name of the order parameter."""
    order_fields: Any = ()
    """What may be ordered by: `(key, path)`, `(key, expression)` or `"path"`."""
    default_order_fields: Any = ()
    """The ordering where the parameter is absent or empty: keys or paths, `-` allowed."""
    order_field_labels: Any = ()
    """`(key, label)` pairs."""
    override_order_direction: str = "asc"
    """`"desc"`: a bare key means descending."""
    order_nulls: str | None = None
    """`"first"` or `"last"`: where NULLs go in both directions."""
    order_tiebreaker: str | None = "pk"
    """Appended to every ordering, so that pages are stable."""
    enable_ordering: bool | None = None
    """`False`: no order parameter in spite of `order_fields`."""
    preprocessors: Any = ()
    """Callables `(filterset, queryset) -> queryset`, before filtering."""
    postprocessors: Any = ()
    """Callables `(filterset, queryset) -> queryset`, after ordering."""
    annotations: Any = None
    """What may be filtered by besides columns: names, or a dict of expressions that are added when they are used."""
    unknown_params: str = "ignore"
    """`"error"`: an undeclared parameter is a 400."""
    allowed_params: Any = ()
    """Parameters of others that `unknown_params = "error"` lets pass."""
    max_params: int | None = 50
    """Declared parameters in one request."""
    max_list_items: int | None = 1000
    """Items in a list parameter."""
    max_value_length: int | None = 2000
    """Characters in a value or item."""
    schema_negated: bool = True
    """Whether the schema shows the negations."""


OPTION_NAMES = tuple(field.name for field in fields(FilterSetOptions))


def _names(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(name, str) and name for name in value)


def _limit(value: Any) -> bool:
    return value is None or (isinstance(value, int) and not isinstance(value, bool) and value >= 0)


def _boolean(value: Any) -> bool:
    return isinstance(value, bool)


def _callables(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(map(callable, value))


def _sequence(value: Any) -> bool:
    return isinstance(value, list | tuple)


def _word(*words: Any) -> Callable[[Any], bool]:
    return lambda value: value in words


_CHECKS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "exclude": (_names, "a list of names"),
    "extra_kwargs": (
        lambda value: value is None or (isinstance(value, dict) and all(isinstance(v, dict) for v in value.values())),
        "a dict of filter names to dicts of keywords",
    ),
    "required_fields": (_names, "a list of filter names"),
    "related_fields": (_names, "a list of relations"),
    "schema_negated": (_boolean, "a boolean"),
    "operator": (_word("AND", "OR", "XOR"), "'AND', 'OR' or 'XOR'"),
    "or_groups": (lambda value: _sequence(value) and all(map(_names, value)), "a list of groups of filter names"),
    "allow_negate": (_boolean, "a boolean"),
    "lookup_separator": (lambda value: isinstance(value, str) and bool(value), "a string that is not empty"),
    "order_param": (lambda value: isinstance(value, str) and bool(value), "a string that is not empty"),
    "order_fields": (_sequence, "a list"),
    "default_order_fields": (_names, "a list of keys or paths"),
    "order_field_labels": (_sequence, "a list of (key, label) pairs"),
    "override_order_direction": (_word("asc", "desc"), "'asc' or 'desc'"),
    "order_nulls": (_word(None, "first", "last"), "'first', 'last' or None"),
    "order_tiebreaker": (lambda value: value is None or (isinstance(value, str) and bool(value)), "a path or None"),
    "enable_ordering": (_word(None, True, False), "a boolean or None"),
    "preprocessors": (_callables, "a list of callables"),
    "postprocessors": (_callables, "a list of callables"),
    "annotations": (
        lambda value: value is None or isinstance(value, dict) or _names(value),
        "a dict or a list of names",
    ),
    "unknown_params": (_word("ignore", "error"), "'ignore' or 'error'"),
    "allowed_params": (_names, "a list of parameter names"),
    "max_params": (_limit, "a number or None"),
    "max_list_items": (_limit, "a number or None"),
    "max_value_length": (_limit, "a number or None"),
}


def resolve_options(cls: type) -> FilterSetOptions:
    """The options of a filter set: what a class's own `Meta` does not set comes from the nearest base that sets it.

    Raises `ConfigError` for an unknown option and for a value outside of its set.
    """
    found: dict[str, Any] = {}
    for base in cls.__mro__:
        meta = base.__dict__.get("Meta")
        if meta is None:
            continue
        for name in dir(meta):
            if name.startswith("_") or name in found:
                continue
            if name not in OPTION_NAMES:
                raise ConfigError(
                    f"{cls.__qualname__}.Meta: there is no option {name!r}.",
                    hint=suggestion(name, OPTION_NAMES, what="options"),
                )
            found[name] = _checked(cls, name, getattr(meta, name))
    return FilterSetOptions(**found)


def _checked(cls: type, name: str, value: Any) -> Any:
    if name == "operator" and isinstance(value, str):
        value = value.upper()
    if name == "fields":
        _check_fields(cls, value)
    check = _CHECKS.get(name)
    if check is not None and not check[0](value):
        raise ConfigError(f"{cls.__qualname__}.Meta: {name} must be {check[1]}, got {value!r}.")
    return value


def _check_fields(cls: type, value: Any) -> None:
    if isinstance(value, dict):
        raise ConfigError(
            f"{cls.__qualname__}.Meta: fields must be a list of columns or '__all__', got a dict.",
            hint="Put the keywords of model-made filters into extra_kwargs.",
        )
    if value is not None and value != "__all__" and not _names(value):
        raise ConfigError(f"{cls.__qualname__}.Meta: fields must be a list of columns or '__all__', got {value!r}.")
