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
from django.utils.timezone import get_current_timezone
from rest_framework import fields as drf
from rest_framework import relations

from restflow.core import in_thread, require_sync
from restflow.serializers._blueprints import Blueprint, blueprint_of
from restflow.serializers._columns import Column, columns_of
from restflow.serializers._depth import raise_too_deep
from restflow.serializers._options import max_depth
from restflow.serializers._own_fields import OwnFields, planned_blueprint
from restflow.serializers._reading import StandIn
from restflow.serializers._rendering_code import SKIP, generated
from restflow.serializers._texts import zoned_text
from restflow.serializers._twins import twin

_UTC = dt.UTC


class Run:
    """One rendering from the root: what is read once for all its objects, and what it has met.

    `raw` leaves dates and the like for the JSON writer. `awaits` says whether somebody will await what hooks leave.
    """

    __slots__ = ("_timezone", "awaits", "raw")

    def __init__(self, *, awaits: bool = False, raw: "Any | None" = None) -> None:
        self.awaits = awaits
        self.raw = raw
        self._timezone: Any = SKIP

    @property
    def timezone(self) -> tzinfo | None:
        """The zone of the output; `None` is naive."""
        if self._timezone is SKIP:
            self._timezone = get_current_timezone() if settings.USE_TZ else None
        zone: tzinfo | None = self._timezone
        return zone

    @property
    def is_utc(self) -> bool:
        """Whether `timezone` is UTC."""
        return _is_utc(self.timezone)


def _is_utc(timezone: Any) -> bool:
    return timezone is _UTC or (type(timezone) is ZoneInfo and timezone.key == "UTC")


class RenderingPlan:
    """How objects are rendered by the class of `blueprint`."""

    def __init__(self, blueprint: Blueprint) -> None:
        self.blueprint = blueprint
        self.cls = blueprint.cls
        self.columns = columns_of(blueprint.fields)
        self.model = getattr(getattr(self.cls, "Meta", None), "model", None)
        self.max_depth = max_depth(self.cls)
        self._factories: dict[tuple[str, bool], Callable[..., Any]] = {}
        self._ways: WeakKeyDictionary[type, str] = WeakKeyDictionary()

    def factory(self, kind: type, *, raw: bool) -> Callable[..., Any]:
        """Makes the function that renders instances of `kind`, for one run."""
        way = self._ways.get(kind)
        if way is None:
            way = self._ways[kind] = self._way(kind)
        try:
            return self._factories[way, raw]
        except KeyError:
            made = self._factories[way, raw] = generated(self.cls, self.columns, way, raw=raw)
            return made

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
    """Renders objects with one plan in one run. `owner` gives the serializer at this place of the tree."""

    __slots__ = ("kind", "nested", "owner", "path", "plan", "render", "run", "serializers")

    def __init__(self, plan: RenderingPlan, owner: Callable[[], Any], run: Run, path: tuple[type, ...] = ()) -> None:
        if plan.cls in path and path.count(plan.cls) >= plan.max_depth:
            raise_too_deep(plan.cls)
        self.plan = plan
        self.owner = owner
        self.run = run
        self.path = (*path, plan.cls)
        self.nested: dict[int, Any] = {}
        self.kind: Any = None
        self.render: Any = None

    def one(self, obj: Any) -> Any:
        return self._renderer_of(type(obj))(obj)

    def _renderer_of(self, kind: type) -> Callable[[Any], Any]:
        """The generated function for instances of `kind`, which stays at hand for the next object."""
        if kind is not self.kind:
            self.render = self.plan.factory(kind, raw=self.run.raw is not None)(self, self.run)
            self.kind = kind
        render: Callable[[Any], Any] = self.render
        return render

    def many(self, items: Any) -> list[Any]:
        if isinstance(items, models.manager.BaseManager):
            items = items.all()
        kind: type | None = None
        render: Any = None
        rendered: list[Any] = []
        append = rendered.append
        for obj in items:
            if type(obj) is not kind:
                kind, render = type(obj), self._renderer_of(type(obj))
            append(render(obj))
        return rendered

    def render_one(self, obj: Any) -> Any:
        """The output for one object, at the end of a run."""
        try:
            return self.one(obj)
        finally:
            self.close()

    def render_many(self, items: Any) -> list[Any]:
        """The output for each object, at the end of a run."""
        try:
            return self.many(items)
        finally:
            self.close()

    def close(self) -> None:
        """Lets go of the generated functions, which hold the renderer: a cycle costs a garbage collection."""
        self.kind = self.render = None
        for renderer in self.nested.values():
            renderer.close()
        self.nested.clear()

    # --- what the generated functions call

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

    def moment(self, index: int, value: Any) -> Any:
        """A date and time that is not in UTC on both sides."""
        timezone = self.run.timezone
        if timezone is None or value.tzinfo is None:
            return self.represent(index, value)
        try:
            return zoned_text(value.astimezone(timezone))
        except OverflowError:
            return self.represent(index, value)

    def settled(self, index: int, value: Any) -> Any:
        """What a field or a method has given, which may be an awaitable."""
        if hasattr(value, "__await__"):
            self._may_await(index, value)
            return value
        return value if self.run.raw is None else self.run.raw.ready(self.plan.columns[index].name, value)

    def later(self, index: int, value: Any) -> Any:
        """What a callable source has given, to be converted when it is there."""
        self._may_await(index, value)
        return self._converted_later(index, value)

    async def _converted_later(self, index: int, value: Any) -> Any:
        return await in_thread(self.convert, index, await value)

    def _may_await(self, index: int, value: Any) -> None:
        if not self.run.awaits:
            require_sync(value, f"`await` with adata of {self.plan.cls.__qualname__}")

    def beneath(self, index: int) -> Any:
        """What renders the values of a nested serializer."""
        renderer = self.nested.get(index)
        if renderer is None:
            many = self.plan.columns[index].way == "many"
            template = self.plan.columns[index].field

            def owner() -> Any:
                return self.field(index).child if many else self.field(index)

            plan = rendering_plan(type(template.child if many else template))
            renderer = Unplanned(self.field(index)) if plan is None else Renderer(plan, owner, self.run, self.path)
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


def renderer_of(serializer: Any, *, raw: Any = None) -> Renderer | None:
    """What renders the objects of this serializer by plan; `None` where its fields are not those of its class."""
    blueprint = planned_blueprint(serializer)
    serializer._refuse_async_output(blueprint)
    if blueprint is None:
        return None
    run = Run(awaits=serializer._output_is_awaited, raw=raw)
    return Renderer(blueprint.part(RenderingPlan), lambda: serializer, run)


def renders_itself(serializer: Any) -> bool:
    """Whether `to_representation` of a serializer is restflow's own."""
    own = twin(type(serializer), "to_representation").owner is None
    return own and isinstance(serializer, OwnFields) and "to_representation" not in vars(serializer)
