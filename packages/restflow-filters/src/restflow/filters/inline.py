"""`InlineFilterSet`: a filter set class from a call."""

from collections.abc import Mapping, Sequence
from typing import Any

from restflow.core import ConfigError
from restflow.filters.fields import ALL_FIELDS, build_filter_field
from restflow.filters.filterset import FilterSet


def InlineFilterSet(  # noqa: N802  # it is used like a class
    name: str | None = None,
    fields: Sequence[str] | Mapping[str, Any] | str | None = None,
    extra_kwargs: dict[str, dict[str, Any]] | None = None,
    model: Any = None,
    order_param: str = "",
    order_fields: Sequence[Any] | None = None,
    default_order_fields: Sequence[str] | None = None,
    order_field_labels: Sequence[tuple[str, str]] | None = None,
    override_order_direction: str | None = None,
    postprocessors: Sequence[Any] | None = None,
    preprocessors: Sequence[Any] | None = None,
    operator: str = "AND",
    allow_negate: bool = True,
    **meta: Any,
) -> type[FilterSet]:
    """A `FilterSet` subclass of `fields`: names of model columns, or a dict of name to filter field or type.

    With `model` alone the fields are `"__all__"`; with neither, `ValueError`. `meta` takes every other `Meta` option.
    Each call compiles anew, so call it once, at import.
    """
    if fields is None:
        if model is None:
            raise ValueError("InlineFilterSet needs fields or a model.")
        fields = ALL_FIELDS
    options = {"operator": operator, "allow_negate": allow_negate, **meta}
    given = {
        "model": model,
        "order_param": order_param or None,
        "order_fields": order_fields,
        "default_order_fields": default_order_fields,
        "order_field_labels": order_field_labels,
        "override_order_direction": override_order_direction,
        "postprocessors": postprocessors,
        "preprocessors": preprocessors,
    }
    options.update({key: value for key, value in given.items() if value is not None})
    if name is None:
        model_name = model.rpartition(".")[2] if isinstance(model, str) else getattr(model, "__name__", "_")
        name = "_FilterSet" if model is None else f"{model_name}FilterSet"
    attributes: dict[str, Any] = {"__module__": __name__, "__qualname__": name}
    extra = dict(extra_kwargs or {})
    if isinstance(fields, Mapping):
        for key, kind in fields.items():
            if not isinstance(key, str):
                raise ConfigError(f"{name}: a filter's name must be a string, got {key!r}.")
            attributes[key] = build_filter_field(kind, key, **extra.pop(key, {}))
    else:
        options["fields"] = fields
    attributes["Meta"] = type("Meta", (), options | ({"extra_kwargs": extra} if extra else {}))
    metaclass: Any = type(FilterSet)
    made: type[FilterSet] = metaclass(name, (FilterSet,), attributes)
    return made
