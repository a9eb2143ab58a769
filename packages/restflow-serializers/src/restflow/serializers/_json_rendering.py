"""Rendering for the JSON writer: which classes can, and how DRF's output is made of what was left for the writer."""

from typing import Any

from rest_framework import serializers as drf_serializers

from restflow.serializers._blueprints import Blueprint, blueprint_of
from restflow.serializers._json import primitives
from restflow.serializers._rendering import RenderingPlan, rendering_plan


def complete(plan: RenderingPlan, output: Any) -> None:
    """Makes DRF's output of what a raw run has left in `output`, in place."""
    for column in plan.columns:
        name = column.name
        if column.native and name in output:
            output[name] = primitives(output[name])
        elif column.way in ("nested", "many") and output.get(name) is not None:
            template = column.field.child if column.way == "many" else column.field
            beneath = rendering_plan(type(template))
            if beneath is not None:
                for item in output[name] if column.way == "many" else [output[name]]:
                    complete(beneath, item)


def renders_raw(blueprint: Blueprint, path: tuple[type, ...] = ()) -> bool:
    """Whether a class and all that is nested in it render by plan."""
    if not blueprint.plain_fields:
        return False
    beneath = blueprint.part(_nested)
    if not beneath:
        return beneath is not None
    path = (*path, blueprint.cls)
    return all(cls in path or renders_raw(blueprint_of(cls), path) for cls in beneath)


def _nested(blueprint: Blueprint) -> list[Any] | None:
    """The serializer classes right beneath; `None` if one of them does not render by plan."""
    columns = blueprint.part(RenderingPlan).columns
    nested = [column for column in columns if isinstance(column.field, drf_serializers.BaseSerializer)]
    if any(column.way not in ("nested", "many") for column in nested):
        return None
    return [type(column.field.child if column.way == "many" else column.field) for column in nested]
