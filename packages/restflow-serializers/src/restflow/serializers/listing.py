"""Lists of serializers: what `many=True` makes."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections, router, transaction
from rest_framework import serializers as drf_serializers

from restflow.serializers._blueprints import Blueprint
from restflow.serializers._checked_validators import checked
from restflow.serializers._in_memory import NotInMemoryError, rendered_in_memory
from restflow.serializers._json import RawValues
from restflow.serializers._json_rendering import complete, renders_raw
from restflow.serializers._output import refuse_awaitables
from restflow.serializers._own_fields import planned_blueprint
from restflow.serializers._rendering import Renderer, RenderingPlan, renderer_of, rendering_plan, renders_itself
from restflow.serializers._surface import AsyncSurface
from restflow.serializers._tree import saving_hook
from restflow.serializers._twins import twin

Item = TypeVar("Item")
"""The serializer of the items: to a type checker, the validated data of an item too."""


class ListSerializer(AsyncSurface, drf_serializers.ListSerializer[Any], Generic[Item]):
    """DRF's `ListSerializer` with an async face, whose default `create` writes all items or none."""

    if TYPE_CHECKING:

        @property
        def validated_data(self) -> list[Item]:
            """The validated data of each item."""

    def to_representation(self, data: Any) -> Any:
        """DRF's, by the plan of the child's class where it has one. Raises `TypeError` if a hook beneath is async."""
        self._refuse_async_output()
        child: Any = self.child
        renderer = renderer_of(child) if renders_itself(child) else None
        if renderer is not None:
            return renderer.render_many(data)
        output = super().to_representation(data)
        if not self._output_is_awaited:
            refuse_awaitables(output, f"`await` with adata of {type(child).__qualname__}")
        return output

    def _item_turns(self) -> Callable[[Any], AbstractContextManager[Any]]:
        """Makes what surrounds the validation of each item of one list."""
        return nullcontext

    def _raw_blueprint(self) -> Blueprint | None:
        child: Any = self.child
        if twin(type(self), "to_representation").owner is not None or "to_representation" in vars(self):
            return None
        blueprint = planned_blueprint(child)
        return blueprint if blueprint is not None and renders_itself(child) and renders_raw(blueprint) else None

    def _raw_output(self, blueprint: Blueprint, values: RawValues) -> Any:
        return Renderer(blueprint.part(RenderingPlan), self.child, False, values).render_many(self.instance)

    def _complete_raw(self, output: Any) -> None:
        plan: Any = rendering_plan(type(self.child))
        for item in output:
            complete(plan, item)

    def run_validators(self, value: Any) -> None:
        """DRF's. Raises `TypeError` for a validator that returns an awaitable."""
        if self.validators:
            with checked(self):
                super().run_validators(value)

    def _output_in_memory(self) -> Any:
        if twin(type(self), "to_representation").owner is not None:
            raise NotInMemoryError
        return rendered_in_memory(self.child, self.instance)

    def create(self, validated_data: Any) -> Any:
        """One instance for each item, in one transaction."""
        with self._all_or_none():
            return super().create(validated_data)

    def _all_or_none(self) -> AbstractContextManager[Any]:
        model = getattr(getattr(type(self.child), "Meta", None), "model", None)
        alias = DEFAULT_DB_ALIAS if model is None else router.db_for_write(model)
        has_none = connections[alias].vendor == "unknown"  # where settings name no database
        return nullcontext() if has_none else transaction.atomic(using=alias)

    async def acreate(self, validated_data: Any) -> Any:
        """One instance for each item; items with an async `create` are made one after another."""
        child: Any = self.child
        chosen = twin(type(child), "create")
        if not chosen.awaited:
            return await super().acreate(validated_data)
        create = getattr(child, chosen.attribute)
        return [await create(item) for item in validated_data]

    def _awaited_saving_hook(self, name: str) -> Any:
        own = super()._awaited_saving_hook(name)
        if own is None and name == "create" and twin(type(self), name).owner is None:
            return self.acreate if saving_hook(self, name) or twin(type(self.child), name).awaited else None
        return own
