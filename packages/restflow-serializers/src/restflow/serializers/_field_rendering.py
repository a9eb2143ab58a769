"""Rendering field by field, as DRF does it, for serializers that have no plan."""

from typing import Any

from rest_framework import fields as drf
from rest_framework import relations

from restflow.core import in_thread, require_sync
from restflow.serializers._depth import level, raise_too_deep
from restflow.serializers._options import max_depth


def rendered_by_fields(serializer: Any, instance: Any) -> dict[str, Any]:
    """DRF's `to_representation`, which also looks for what must be awaited."""
    if serializer.parent is not None and level(serializer) > max_depth(type(serializer)):
        raise_too_deep(type(serializer))
    awaits = serializer._output_is_awaited
    remedy = f"`await` with adata of {type(serializer).__qualname__}"
    output: dict[str, Any] = {}
    for field in serializer._readable_fields:
        try:
            value = field.get_attribute(instance)
        except drf.SkipField:
            continue
        if hasattr(value, "__await__"):
            value = value if awaits else require_sync(value, remedy)
            output[field.field_name] = _represented_later(field, value)
        elif (value.pk if isinstance(value, relations.PKOnlyObject) else value) is None:
            output[field.field_name] = None
        else:
            rendered = field.to_representation(value)
            if not awaits and hasattr(rendered, "__await__"):
                require_sync(rendered, remedy)
            output[field.field_name] = rendered
    return output


async def _represented_later(field: Any, value: Any) -> Any:
    value = await value
    return None if value is None else await in_thread(field.to_representation, value)
