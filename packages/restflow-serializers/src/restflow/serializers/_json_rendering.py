"""Rendering for the JSON writer: which classes can, and how DRF's output is made of what was left for the writer."""

from typing import Any

from rest_framework import serializers as drf_serializers

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


def renders_raw(cls: Any, path: tuple[type, ...] = ()) -> bool:
    """Whether a class and all that is nested in it render by plan."""
    plan = rendering_plan(cls)
    if plan is None:
        return False
    beneath = [
        column.field.child if column.way == "many" else column.field
        for column in plan.columns
        if column.way in ("nested", "many")
    ]
    return all(
        column.way in ("nested", "many")
        for column in plan.columns
        if isinstance(column.field, drf_serializers.BaseSerializer)
    ) and all(type(template) in (cls, *path) or renders_raw(type(template), (*path, cls)) for template in beneath)
