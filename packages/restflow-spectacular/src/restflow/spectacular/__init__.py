"""OpenAPI documents that describe a restflow project as it behaves, through drf-spectacular."""

from restflow.spectacular.hooks import add_filterset_parameters
from restflow.spectacular.parameters import build_filterset_parameters, resolve_filterset_class
from restflow.spectacular.raising import raises
from restflow.spectacular.schema import RestflowAutoSchema

__all__ = [
    "RestflowAutoSchema",
    "raises",
    "add_filterset_parameters",
    "build_filterset_parameters",
    "resolve_filterset_class",
]
