"""Output of what is in memory: rendered on the event loop at once, without asking each object first what it holds.

A rendering that would have to read more is given up, which is harmless: nothing but attributes was read until then.
"""

from typing import Any, NoReturn

from django.db import models

from restflow.serializers._blueprints import Blueprint
from restflow.serializers._own_fields import planned_blueprint
from restflow.serializers._rendering import Renderer, RenderingPlan, renders_itself


class NotInMemoryError(Exception):
    """More would have to be read than what is in memory."""


class _MemoryRenderer(Renderer):
    """Renders what objects hold. Raises `NotInMemoryError` where that is not all."""

    __slots__ = ()

    def hard(self, index: int, obj: Any) -> NoReturn:
        raise NotInMemoryError

    def failed(self, index: int, obj: Any, error: Exception) -> NoReturn:
        raise NotInMemoryError

    def later(self, index: int, value: Any) -> NoReturn:
        raise NotInMemoryError

    def finish(self, index: int, value: Any, obj: Any) -> Any:
        if callable(value):
            raise NotInMemoryError
        return super().finish(index, value, obj)


def rendered_in_memory(child: Any, items: Any) -> list[Any]:
    """The output of `child`, the serializer of an item, for each of `items`.

    Raises `NotInMemoryError` where an item or its class may have to read more, and where the class does more than to
    render columns.
    """
    if isinstance(items, models.QuerySet):
        items = items._result_cache  # the rows, once they are read
    blueprint = planned_blueprint(child) if renders_itself(child) else None
    plan = None if blueprint is None else blueprint.part(_plan_of_columns)
    if plan is None or type(items) not in (list, tuple):
        raise NotInMemoryError
    if not all(map(plan.reads_state, set(map(type, items)))):
        raise NotInMemoryError
    return _MemoryRenderer(plan, child).render_many(items)


def _plan_of_columns(blueprint: Blueprint) -> RenderingPlan | None:
    """The plan, if its columns are plain attributes, converted by fields that are known."""
    plan = blueprint.part(RenderingPlan)
    known = all(column.way == "value" and not column.blocking for column in plan.columns)
    return plan if known and blueprint.plain_output else None
