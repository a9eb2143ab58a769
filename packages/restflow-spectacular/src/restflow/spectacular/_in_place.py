"""Serializers that have no name: their schema stands where it is used."""

from copy import deepcopy
from typing import Any

from drf_spectacular.plumbing import ResolvedComponent


class DescribedInPlace(ResolvedComponent):
    """Looks like a component to drf-spectacular, and refers to itself by its schema."""

    def __init__(self, schema: dict[str, Any]) -> None:
        super().__init__(name=None, type=ResolvedComponent.SCHEMA, schema=schema)  # type: ignore[no-untyped-call]

    def __bool__(self) -> bool:
        return bool(self.schema.get("properties") or "additionalProperties" in self.schema)

    @property
    def ref(self) -> dict[str, Any]:
        """A copy of the schema."""
        copied: dict[str, Any] = deepcopy(self.schema)
        return copied


def is_nameless(serializer: Any) -> bool:
    """Whether the serializer says `Meta.ref_name = None`; a list of such is asked by its child."""
    meta: Any = getattr(getattr(serializer, "child", serializer), "Meta", None)
    return hasattr(meta, "ref_name") and meta.ref_name is None
