"""Path parameters, typed by the model of the view."""

from typing import Any

from django.core.exceptions import FieldError
from django.db.models import Model
from drf_spectacular.drainage import warn
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import (
    build_basic_type,
    build_parameter_type,
    follow_model_field_lookup,
    resolve_django_path_parameter,
    resolve_regex_path_parameter,
)
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.schemas.utils import get_pk_description

from restflow.spectacular import _views


def parameters(schema: AutoSchema, variables: list[str], model: type[Model] | None) -> list[dict[str, Any]]:
    """The parameter object of each variable: typed by its converter, its pattern or the model, else a string."""
    return [_parameter(schema, variable, model) for variable in variables]


def _parameter(schema: AutoSchema, variable: str, model: type[Model] | None) -> dict[str, Any]:
    resolved = resolve_django_path_parameter(
        schema.path_regex, variable, schema.map_renderers("format")
    ) or resolve_regex_path_parameter(schema.path_regex, variable)
    found: Any = build_basic_type(OpenApiTypes.STR)
    description = ""
    if resolved:
        found = resolved["schema"]
    elif model is None:
        warn(
            f'{schema.method} {schema.path}: nothing tells the type of the path parameter "{variable}". Write '
            f"<int:{variable}> or the like in the path, set queryset on the view, or declare it with @extend_schema."
        )
    else:
        try:
            column = follow_model_field_lookup(model, _column_name(schema.view, variable))
        except FieldError:
            warn(
                f"{schema.method} {schema.path}: {model.__module__}.{model.__qualname__} has no column for the path "
                f'parameter "{variable}". Type it in the path, or declare it with @extend_schema.'
            )
        else:
            found = schema._map_model_field(column, direction=None)
            if "description" not in found and column.primary_key:
                description = get_pk_description(model, column)
    return build_parameter_type(name=variable, location=OpenApiParameter.PATH, description=description, schema=found)


def _column_name(view: Any, variable: str) -> str:
    if _views.attribute(view, "lookup_url_kwarg") == variable:
        return str(_views.attribute(view, "lookup_field") or variable)
    return f"{variable[:-3]}_id" if variable.endswith("_pk") else variable
