"""Rendering by plan: a function generated per serializer class, which DRF's `to_representation` would agree with.

A plan is a list of columns (`_columns.py`). For each way in which objects hold their values one function is generated,
on first use: for dicts, for instances of models, whose columns lie in `__dict__`, and for anything else. Whatever a
generated line does not recognise goes through the methods of the field itself, with the value already read.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from datetime import tzinfo
from typing import Any
from weakref import WeakKeyDictionary
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from django.db import models
from django.db.models.fields.related_descriptors import ForeignKeyDeferredAttribute
from django.db.models.query_utils import DeferredAttribute
from rest_framework import fields as drf
from rest_framework import relations

from restflow.core import in_thread, require_sync
from restflow.serializers._blueprints import Blueprint, blueprint_of
from restflow.serializers._columns import Column, columns_of
from restflow.serializers._depth import raise_too_deep
from restflow.serializers._options import max_depth
from restflow.serializers._own_fields import OwnFields, planned_blueprint
from restflow.serializers._reading import StandIn
from restflow.serializers._rendering_code import SKIP, UNREAD_ZONE, generated
from restflow.serializers._twins import twin
from restflow.serializers._zone import current_zone

Render = Callable[[Any, "Renderer"], Any]
"""Renders one object for a renderer."""


class RenderingPlan:
    """How objects are rendered by the class of `blueprint`."""

    def __init__(self, blueprint: Blueprint) -> None:
        self.blueprint = blueprint
        self.cls = blueprint.cls
        self.columns = columns_of(blueprint.fields)
        self.model = getattr(getattr(self.cls, "Meta", None), "model", None)
        self.methods = [
            (index, column.field.method_name) for index, column in enumerate(self.columns) if column.way == "method"
        ]
        self.max_depth = max_depth(self.cls)
        self.path: tuple[type, ...] = (self.cls,)
        self._functions: dict[tuple[str, bool], Render] = {}
        self._ways: WeakKeyDictionary[type, str] = WeakKeyDictionary()
        # a look into a dictionary of weak keys costs more than rendering a column
        self._at_hand: dict[tuple[type, bool], Render] = {}

    def function(self, kind: type, raw: bool) -> Render:  # called for every object
        """What renders instances of `kind`."""
        render = self._at_hand.get((kind, raw))
        if render is None:
            way = self._ways.get(kind)
            if way is None:
                way = self._ways[kind] = self._way(kind)
            render = self._functions.get((way, raw))
            if render is None:
                render = self._functions[way, raw] = generated(self.cls, self.columns, way, raw=raw)
            if kind is self.model or kind is dict:  # which live as long as the plan
                self._at_hand[kind, raw] = render
        return render

    def reads_state(self, kind: type) -> bool:
        """Whether instances of `kind` are rendered from their `__dict__`, or are dicts, with no code of their own."""
        if kind is dict:
            return True
        form, _colon, keys = self._way(kind).partition(":")
        return form == "columns" and all(keys.split(","))

    def _way(self, kind: type) -> str:
        if issubclass(kind, Mapping):
            return "entries"
        if issubclass(kind, models.Model) and kind.__getattribute__ is object.__getattribute__:
            keys = [self._key(column, kind) for column in self.columns]
            return "columns:" + ",".join(key or "" for key in keys)
        return "attributes"

    def _key(self, column: Column, kind: Any) -> str | None:
        """The key in `__dict__` of the value that `getattr` would give, if it is loaded."""
        if column.way == "pk":
            if kind.serializable_value is not models.Model.serializable_value:
                return None
            names = {field.name: field.attname for field in kind._meta.concrete_fields}
            name = names.get(column.source)
            if column.field.default is not drf.empty:
                return None
        else:
            name = column.source if column.way == "value" else None
        return name if name is not None and type(getattr(kind, name, None)) in _IN_DICT else None


_IN_DICT = (DeferredAttribute, ForeignKeyDeferredAttribute)
"""Descriptors of columns whose reading is that of the instance's `__dict__`; a key's differs only in being set."""


class Renderer:
    """Renders objects with one plan in one run, from the root of a tree or in one place of it.

    At the root it is for a `serializer`, beneath for the field `index` of the renderer `above`. `raw` leaves dates and
    the like for the JSON writer; `awaits` says whether somebody will await what hooks leave.
    """

    __slots__ = (
        "above",
        "awaits",
        "index",
        "kind",
        "methods",
        "nested",
        "path",
        "plan",
        "raw",
        "render",
        "serializer",
        "zone",
    )

    def __init__(
        self,
        plan: RenderingPlan,
        serializer: Any,
        awaits: bool = False,  # made for every object, and keywords cost
        raw: Any = None,
        above: "Renderer | None" = None,
        index: int = 0,
    ) -> None:
        self.plan = plan
        self.serializer = serializer
        self.awaits = awaits
        self.raw = raw
        self.above = above
        self.index = index
        self.path: tuple[type, ...] = plan.path if above is None else (*above.path, plan.cls)
        self.zone: Any = UNREAD_ZONE if above is None else above.zone
        self.nested: dict[int, Any] = {}
        self.methods: dict[int, Callable[[Any], Any]] | None = None
        self.kind: Any = None
        self.render: Any = None
        if above is not None and above.path.count(plan.cls) >= plan.max_depth:
            raise_too_deep(plan.cls)

    def one(self, obj: Any) -> Any:
        """The output for one object."""
        kind = type(obj)
        if kind is not self.kind:  # what stays at hand for the next object
            self.render = self.plan.function(kind, self.raw is not None)
            self.kind = kind
        return self.render(obj, self)

    def many(self, items: Any) -> list[Any]:
        """The output for each object."""
        if isinstance(items, models.manager.BaseManager):
            items = items.all()
        kind: type | None = None
        render: Any = None
        rendered: list[Any] = []
        append = rendered.append
        for obj in items:
            if type(obj) is not kind:
                kind = type(obj)
                render = self.plan.function(kind, self.raw is not None)
            append(render(obj, self))
        return rendered

    def render_one(self, obj: Any) -> Any:
        """The output for one object, at the end of a run."""
        try:
            return self.plan.function(type(obj), self.raw is not None)(obj, self)
        finally:
            if self.nested:
                self.close()

    def render_many(self, items: Any) -> list[Any]:
        """The output for each object, at the end of a run."""
        try:
            return self.many(items)
        finally:
            if self.nested:
                self.close()

    def close(self) -> None:
        """Lets go of the renderers beneath, which hold this one: a cycle costs a garbage collection."""
        for renderer in self.nested.values():
            renderer.close()
        self.nested.clear()

    # --- what the generated functions call

    def owner(self) -> Any:
        """The serializer at this place of the tree."""
        if self.above is None:
            return self.serializer
        field = self.above.field(self.index)
        return field.child if self.above.plan.columns[self.index].way == "many" else field

    def read_zone(self) -> tzinfo | None:
        """Reads the time zone of the output, once for the run; `None` is naive, and `utc` stands for every UTC."""
        zone = current_zone() if settings.USE_TZ else None
        if type(zone) is ZoneInfo and zone.key == "UTC":
            zone = dt.UTC
        self.zone = zone
        return zone

    def bound_methods(self) -> dict[int, Callable[[Any], Any]]:
        """The methods of the serializer that give columns, by index."""
        owner = self.owner()
        self.methods = {index: getattr(owner, name) for index, name in self.plan.methods}
        return self.methods

    def field(self, index: int) -> Any:
        """The field of this serializer, for what depends on the serializer."""
        return self.owner()._one_field(self.plan.columns[index].name, self.plan.blueprint)

    def hard(self, index: int, obj: Any) -> Any:
        """A column that was not loaded."""
        try:
            value = getattr(obj, self.plan.columns[index].source)
        except (ObjectDoesNotExist, KeyError, AttributeError) as error:
            return self.failed(index, obj, error)
        return self.finish(index, value, obj)

    def failed(self, index: int, obj: Any, error: Exception) -> Any:
        """Reading the attribute has raised `error`."""
        if isinstance(error, ObjectDoesNotExist):
            return None
        try:
            return self.convert(index, self.field(index).get_attribute(StandIn(obj, error=error)))
        except drf.SkipField:
            return SKIP

    def finish(self, index: int, value: Any, obj: Any) -> Any:
        """A value that the generated code did not recognise."""
        if value is None:
            return None
        if callable(value):
            try:
                value = self.field(index).get_attribute(StandIn(obj, value=value))
            except drf.SkipField:
                return SKIP
        return self.convert(index, value)

    def own(self, index: int, obj: Any) -> Any:
        """A field that reads and converts by its own methods."""
        field = self.field(index)
        try:
            value = field.get_attribute(obj)
        except drf.SkipField:
            return SKIP
        if (value.pk if isinstance(value, relations.PKOnlyObject) else value) is None:
            return None
        if hasattr(value, "__await__"):
            return self.later(index, value)
        return self.settled(index, field.to_representation(value))

    def convert(self, index: int, value: Any) -> Any:
        if value is None:
            return None
        if hasattr(value, "__await__"):
            return self.later(index, value)
        way = self.plan.columns[index].way
        if way == "nested":
            return self.beneath(index).one(value)
        if way == "many":
            return self.beneath(index).many(value)
        return self.settled(index, self.represent(index, value))

    def represent(self, index: int, value: Any) -> Any:
        column = self.plan.columns[index]
        field = column.field if column.way == "value" else self.field(index)
        return field.to_representation(value)

    def settled(self, index: int, value: Any) -> Any:
        """What a field or a method has given, which may be an awaitable."""
        if hasattr(value, "__await__"):
            self._may_await(index, value)
            return value
        return value if self.raw is None else self.raw.ready(self.plan.columns[index].name, value)

    def later(self, index: int, value: Any) -> Any:
        """What a callable source has given, to be converted when it is there."""
        self._may_await(index, value)
        return self._converted_later(index, value)

    async def _converted_later(self, index: int, value: Any) -> Any:
        return await in_thread(self.convert, index, await value)

    def _may_await(self, index: int, value: Any) -> None:
        if not self.awaits:
            require_sync(value, f"`await` with adata of {self.plan.cls.__qualname__}")

    def beneath(self, index: int) -> Any:
        """What renders the values of a nested serializer."""
        renderer = self.nested.get(index)
        if renderer is None:
            column = self.plan.columns[index]
            plan = rendering_plan(type(column.field.child if column.way == "many" else column.field))
            if plan is None:
                renderer = Unplanned(self.field(index))
            else:
                renderer = Renderer(plan, None, self.awaits, self.raw, self, index)
            self.nested[index] = renderer
        return renderer


class Unplanned:
    """In place of a renderer, where a nested serializer renders by its own methods."""

    def __init__(self, field: Any) -> None:
        self.one = self.many = field.to_representation

    def close(self) -> None:
        """Nothing is held."""


def rendering_plan(cls: Any) -> RenderingPlan | None:
    """The plan of a serializer class; `None` where the class renders in a way of its own."""
    blueprint = blueprint_of(cls)
    return blueprint.part(RenderingPlan) if blueprint.plain_fields else None


def renderer_of(serializer: Any) -> Renderer | None:
    """What renders the objects of this serializer by plan; `None` where its fields are not those of its class."""
    blueprint = planned_blueprint(serializer)
    serializer._refuse_async_output(blueprint)
    if blueprint is None:
        return None
    return Renderer(blueprint.part(RenderingPlan), serializer, serializer._output_is_awaited)


def renders_itself(serializer: Any) -> bool:
    """Whether `to_representation` of a serializer is restflow's own."""
    own = twin(type(serializer), "to_representation").owner is None
    return own and isinstance(serializer, OwnFields) and "to_representation" not in vars(serializer)
