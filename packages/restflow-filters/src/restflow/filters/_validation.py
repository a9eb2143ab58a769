"""Reading and validating what a request brings, written once for both doors: a flow that awaits hooks, nothing else."""

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError as DjangoValidationError
from django.utils.datastructures import MultiValueDict
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.fields import get_error_detail
from rest_framework.serializers import as_serializer_error
from rest_framework.settings import api_settings

from restflow.core.names import nearest
from restflow.filters import _query_string
from restflow.filters._door import Door
from restflow.filters._plan import Parameter, Plan
from restflow.filters._query_string import ABSENT
from restflow.filters.options import FilterSetOptions

if TYPE_CHECKING:
    from restflow.filters.filterset import FilterSet

REJECTED = (ValueError, TypeError, OverflowError, DjangoValidationError)
"""What a column raises for a value that it cannot take."""

_EVERY = 10
"""Items of a list of which each is a subquery, unless its own `max_length` says otherwise."""

_PAGINATOR_PARAMS = tuple(f"{name}_query_param" for name in ("page", "page_size", "limit", "offset", "cursor"))


def read(fs: "FilterSet", plan: Plan) -> tuple[list[tuple[Parameter, Any]], dict[str, Any]]:
    """The present parameters in the set's order, each with its raw value, and the errors of those without one."""
    data, options = fs.initial_data, plan.options
    parameters = fs.accepted_parameters(plan)
    errors: dict[str, Any] = {}
    if isinstance(data, MultiValueDict):
        named: list[tuple[str, Sequence[Any], bool]] = [
            (name, values, False) for name, values in data.lists() if name in parameters
        ]
    else:
        named = [(name, *_query_string.values_of(data[name])) for name in data if name in parameters]
    if options.max_params is not None and len(named) > options.max_params:
        raise ValidationError(
            {api_settings.NON_FIELD_ERRORS_KEY: _query_string.error("max_params", limit=options.max_params).detail}
        )
    if options.unknown_params == "error":
        errors.update(_unknown(fs, plan, data, parameters))
    present: list[tuple[Parameter, Any]] = []
    for name, values, as_they_are in named:
        parameter = parameters[name]
        try:
            raw = _raw(parameter, values, as_they_are, options)
        except ValidationError as error:
            errors[name] = error.detail
        else:
            if raw is not ABSENT:
                present.append((parameter, raw))
    if len(present) > 1:
        present.sort(key=place)
    return present, errors


def place(pair: tuple[Parameter, Any]) -> int:
    """Where the parameter of a pair stands in its set."""
    return pair[0].index


def _raw(parameter: Parameter, values: Sequence[Any], as_they_are: bool, options: FilterSetOptions) -> Any:
    max_length = options.max_value_length
    if parameter.shape == "single":
        if len(values) == 1:
            value = values[0]
            if (
                type(value) is str
                and value.isascii()
                and "\0" not in value
                and value
                and not value.isspace()
                and (max_length is None or len(value) <= max_length)
            ):
                return value  # the common case: `single()` would say the same
        return _query_string.single(
            values, max_length=max_length, trims=parameter.trims, blank=parameter.blank, nullable=parameter.nullable
        )
    field: Any = parameter.field
    if parameter.shape == "range":
        return _query_string.ends(values, as_they_are, separator=field.separator, max_length=max_length)
    if parameter.nullable and list(values) in ([None], [""]):
        return None
    limit = options.max_list_items
    if parameter.every:
        own = getattr(field, "max_length", None)
        limit = min(_EVERY if own is None else own, limit or sys.maxsize)
    items = _query_string.items(values, as_they_are, separator=field.separator, max_items=limit, max_length=max_length)
    return items if items or parameter.lookup else ABSENT  # an empty order is no order


def _unknown(fs: "FilterSet", plan: Plan, data: Mapping[str, Any], parameters: Mapping[str, Any]) -> dict[str, Any]:
    """An error for each undeclared parameter that nobody else at hand declares."""
    strange = [name for name in data if name not in parameters]
    if not strange:
        return {}
    allowed = {*plan.options.allowed_params, *_view_params(fs.context.get("view"))}
    errors: dict[str, Any] = {}
    for name in strange:
        if name not in allowed:
            near = nearest(str(name)[:100], parameters) if len(errors) < 10 else None
            text = str(_query_string.MESSAGES["unknown_parameter"])
            message = f"{text} Did you mean {near!r}?" if near else text
            errors[str(name)] = [ErrorDetail(message, "unknown_parameter")]
    return errors


def paginator_params(view: Any) -> list[str]:
    """The query parameters of a view's paginator."""
    paginator = getattr(view, "paginator", None)
    names = (getattr(paginator, attribute, None) for attribute in _PAGINATOR_PARAMS)
    return [name for name in names if name]


def _view_params(view: Any) -> set[str]:
    """The query parameters that belong to the view: paginator, other backends, format and version."""
    names: set[str | None] = {api_settings.URL_FORMAT_OVERRIDE, api_settings.VERSION_PARAM}
    if view is not None:
        names.update(paginator_params(view))
        for backend in getattr(view, "filter_backends", ()):
            names.update((getattr(backend, "search_param", None), getattr(backend, "ordering_param", None)))
        names.add(getattr(getattr(view, "versioning_class", None), "version_param", None))
    return {name for name in names if name}


async def validate(fs: "FilterSet", plan: Plan, door: Door) -> dict[str, Any]:
    """The validated data by parameter; all errors at once as one `ValidationError`."""
    present, errors = read(fs, plan)
    values: dict[str, Any] = {}
    own_fields = fs.has_own_fields
    for parameter, raw in present:
        try:
            if raw is None:
                value = None
            elif parameter.run is not None and not own_fields:
                value = parameter.run(raw)
            else:
                value = fs.bound_field(parameter).run_validation(raw)
            if value is not None and parameter.guard is not None:
                _guarded(parameter, value)
            if parameter.hook is not None:
                value = await door.settle(getattr(fs, parameter.hook)(value))
        except ValidationError as error:
            errors[parameter.name] = error.detail
        except DjangoValidationError as error:
            errors[parameter.name] = get_error_detail(error)
        else:
            values[parameter.name] = value
    if plan.defaults or plan.required:
        _complete(plan, values, errors, {parameter.filter for parameter, _ in present})
    if errors:
        raise ValidationError(errors)
    if fs.has_validate:
        try:
            checked = await door.settle(fs.validate(values))
        except (ValidationError, DjangoValidationError) as error:
            raise ValidationError(as_serializer_error(error)) from error
        if not isinstance(checked, dict):
            raise TypeError(f"{plan.owner}.validate() must return the dict of values, got {checked!r}.")
        return checked
    return values


def _guarded(parameter: Parameter, value: Any) -> None:
    assert parameter.guard is not None
    try:
        parameter.guard(value)
    except REJECTED:
        raise _query_string.error("invalid") from None


def _complete(plan: Plan, values: dict[str, Any], errors: dict[str, Any], seen: set[str]) -> None:
    """Adds defaults, and the errors of required filters of which nothing is present."""
    tried = seen | {plan.parameters[name].filter for name in errors if name in plan.parameters}
    for name, base, default in plan.defaults:
        if name not in tried:
            value = default() if callable(default) else default
            values[base] = list(value) if isinstance(value, list) else value
    for name, base in plan.required:
        if name not in tried and base not in values:
            errors[base] = _query_string.error("required").detail
