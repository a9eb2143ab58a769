"""The schemas of serializers and their fields."""

from typing import Any

from drf_spectacular.plumbing import ResolvedComponent, force_instance, is_list_serializer
from drf_spectacular.utils import Direction

from restflow.spectacular import _docs, _fields, _views
from restflow.spectacular._in_place import DescribedInPlace, is_nameless
from restflow.spectacular._operations.view import OfView, Schema


class WithComponents(OfView):
    """Names what has a name, and says of fields what drf-spectacular does not."""

    def _forget(self) -> None:
        super()._forget()
        self._in_place: list[type] = []

    def resolve_serializer(
        self, serializer: Any, direction: Direction, bypass_extensions: bool = False
    ) -> ResolvedComponent:
        """The component of a serializer; one without a name is described in place, unless it contains itself."""
        serializer = force_instance(serializer)
        if not is_nameless(serializer) or type(serializer) in self._in_place:
            return super().resolve_serializer(serializer, direction, bypass_extensions)
        self._in_place.append(type(serializer))
        try:
            drf_spectacular: Any = self
            schema = drf_spectacular._map_serializer(serializer, direction, bypass_extensions)
        finally:
            self._in_place.pop()
        return DescribedInPlace(schema)

    def _map_basic_serializer(self, serializer: Any, direction: Direction) -> Schema:
        serializer = force_instance(serializer)
        drf_spectacular: Any = super()
        schema: Schema = drf_spectacular._map_basic_serializer(serializer, direction)
        overrides = getattr(serializer, "_spectacular_annotation", {})
        if "description" in schema and "description" not in overrides and not _docs.class_doc(type(serializer)):
            del schema["description"]
        if getattr(getattr(serializer, "Meta", None), "unknown_fields", None) == "forbid":
            schema["additionalProperties"] = False
        plain: Schema = _fields.plain(schema)
        return plain

    def _insert_field_validators(self, field: Any, schema: Schema) -> None:
        drf_spectacular: Any = super()
        drf_spectacular._insert_field_validators(field, schema)
        _fields.insert_bounds(field, schema)
        if _views.speaks_restflow(self.view):
            _fields.tell_decimals_from_blanks(field, schema)

    def _unwrap_list_serializer(self, serializer: Any, direction: Direction) -> Schema | None:
        drf_spectacular: Any = super()
        schema: Schema | None = drf_spectacular._unwrap_list_serializer(serializer, direction)
        if schema and direction == "request" and _views.speaks_restflow(self.view) and is_list_serializer(serializer):
            return {**schema, **_fields.lengths(serializer)}
        return schema
