"""The drf-spectacular extensions for authenticators and fields that speak restflow's protocols.

Importing the module registers them. They match by what a class offers, not by what it is, so that no package needs to
be installed, and that a project's own classes count too.
"""

from threading import Lock
from typing import Any

from drf_spectacular.extensions import (
    OpenApiAuthenticationExtension,
    OpenApiFilterExtension,
    OpenApiSerializerExtension,
    OpenApiSerializerFieldExtension,
    OpenApiViewExtension,
)
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import Direction

from restflow.spectacular import _fields, _security


class SchemeExtension(OpenApiAuthenticationExtension):
    """Authenticators that have `get_security_scheme()`."""

    name: Any = ()

    @classmethod
    def _matches(cls, target: Any) -> bool:
        return _security.speaks_schemes(target)

    def __init__(self, target: Any) -> None:
        super().__init__(target)  # type: ignore[no-untyped-call]
        self.scheme: _security.Scheme | None = target.get_security_scheme()
        self.name = self.scheme[0] if self.scheme is not None else []

    def get_security_requirement(self, auto_schema: AutoSchema) -> Any:
        """The requirement; `None` for an authenticator without a scheme."""
        return {self.name: []} if self.scheme is not None else None

    def get_security_definition(self, auto_schema: AutoSchema) -> Any:
        """The security scheme object."""
        return self.scheme[1] if self.scheme is not None else []


class FieldExtension(OpenApiSerializerFieldExtension):
    """Enums, literals, tuples, sets, bytes and unions."""

    @classmethod
    def _matches(cls, target: Any) -> bool:
        return _fields.mapper_of(target) is not None

    def map_serializer_field(self, auto_schema: AutoSchema, direction: Direction) -> Any:
        """The schema of the field."""
        mapper = _fields.mapper_of(self.target)
        return mapper(self.target, auto_schema, direction) if mapper is not None else None


_KINDS: tuple[Any, ...] = (
    OpenApiAuthenticationExtension,
    OpenApiFilterExtension,
    OpenApiSerializerExtension,
    OpenApiSerializerFieldExtension,
    OpenApiViewExtension,
)
_loading = Lock()
_loaded: list[int] = []


def load_targets() -> None:
    """Imports the classes that extensions name by path: drf-spectacular does so at the first match, unlocked."""
    registered = sum(len(kind._registry) for kind in _KINDS)
    if _loaded == [registered]:
        return
    with _loading:
        for kind in _KINDS:
            for extension in kind._registry:
                if isinstance(extension.target_class, str):
                    extension._load_class()
        _loaded[:] = [registered]
