"""`Serializer`: fields written as annotations, and an async face."""

import copy
from collections.abc import Callable, ItemsView, KeysView, Mapping, ValuesView
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self, overload

from rest_framework import relations
from rest_framework import serializers as drf_serializers
from rest_framework.exceptions import ErrorDetail
from rest_framework.utils import html

from restflow.core import require_sync
from restflow.serializers._blueprints import Blueprint
from restflow.serializers._checked_validators import checked
from restflow.serializers._declaration import Declaration, declare, inherited_declarations
from restflow.serializers._depth import refuse_depth, shallow_fields
from restflow.serializers._field_rendering import rendered_by_fields
from restflow.serializers._hostile import refuse_hostile, shown
from restflow.serializers._in_memory import rendered_in_memory
from restflow.serializers._json import RawValues
from restflow.serializers._json_rendering import complete, renders_raw
from restflow.serializers._making import QuicklyMade, wrapped
from restflow.serializers._options import check_options
from restflow.serializers._own_fields import OwnFields, planned_blueprint
from restflow.serializers._rendering import (
    Renderer,
    RenderingPlan,
    renderer_of,
    rendering_plan,
    renders_itself,
)
from restflow.serializers._surface import AsyncSurface, loop_is_running
from restflow.serializers._tree import children_of, output_hooks, validation_hooks
from restflow.serializers._twins import is_library_member
from restflow.serializers._validating import input_plan
from restflow.serializers.listing import ListSerializer
from restflow.serializers.shapes import construct
from restflow.serializers.unions import UnionField


class AnnotatedSerializer(OwnFields, AsyncSurface, QuicklyMade, drf_serializers.Serializer[Any]):
    """What restflow's serializers share: annotations become fields when the class is created."""

    _declarations: ClassVar[Mapping[str, Declaration]] = {}
    _being_declared: ClassVar[bool] = False
    _made_from: ClassVar[type | None] = None
    """The dataclass or `TypedDict` that this serializer was made from."""
    _shape: ClassVar[type | None] = None
    """The dataclass whose instances are this serializer's validated data, if it was made from one."""

    if TYPE_CHECKING:
        # Validated data are a `ValidatedData` at run time, with the annotated names as attributes: to a checker that is
        # the serializer itself, with the methods of a mapping. At run time it has none of these.

        @overload
        def __new__(cls, *args: Any, many: Literal[True], **kwargs: Any) -> ListSerializer[Self]: ...  # type: ignore[misc]
        @overload
        def __new__(cls, *args: Any, many: bool = ..., **kwargs: Any) -> Self:
            """A serializer, or with `many=True` a list of it."""

        def __new__(cls, *args: Any, **kwargs: Any) -> Any:
            """A serializer, or with `many=True` a list of it."""

        @property
        def validated_data(self) -> Self:
            """The validated data as `ValidatedData`."""

        def __getitem__(self, key: str) -> Any: ...

        def get(self, key: str, default: Any = None, /) -> Any:
            """As of a dict."""

        def keys(self) -> KeysView[str]:
            """As of a dict."""

        def values(self) -> ValuesView[Any]:
            """As of a dict."""

        def items(self) -> ItemsView[str, Any]:
            """As of a dict."""

        def to_json(self, **opts: Any) -> str:
            """`ValidatedData.to_json`."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        check_options(cls)
        cls._being_declared = True
        declarations = declare(cls, cls._relation_field())
        cls._being_declared = False
        cls._declarations = {**inherited_declarations(cls), **declarations}
        _check_unions(cls, declarations)

    @classmethod
    def _relation_field(cls) -> type[relations.RelatedField[Any, Any, Any]]:
        """What an annotation with a model class becomes."""
        return relations.PrimaryKeyRelatedField

    @classmethod
    def many_init(cls, *args: Any, **kwargs: Any) -> Any:
        """DRF's, with restflow's list where DRF would take its own."""
        made = super().many_init(*args, **kwargs)
        if type(made) is drf_serializers.ListSerializer and not hasattr(
            getattr(cls, "Meta", None), "list_serializer_class"
        ):
            made.__class__ = ListSerializer  # DRF leaves the choice of a default to nobody, and binds the child once
        return made

    def to_representation(self, instance: Any) -> Any:
        """DRF's, by the plan of the class where it has one. Raises `TypeError` if a hook beneath is async."""
        renderer = renderer_of(self)
        return rendered_by_fields(self, instance) if renderer is None else renderer.render_one(instance)

    @property
    def data(self) -> Any:
        """DRF's. Raises `TypeError` if a hook is async, `SynchronousOnlyOperation` if it may query on an event loop."""
        state = self.__dict__
        instance = state.get("instance")
        if instance is not None and state.keys().isdisjoint(_RENDERING) and not loop_is_running():
            blueprint = planned_blueprint(self)
            plan = None if blueprint is None else blueprint.part(_whole_rendering)
            if plan is not None:
                output = state["_data"] = Renderer(plan, self).render_one(instance)
                return wrapped(output, self)
        return super().data

    def _output_in_memory(self) -> Any:
        return rendered_in_memory(self, [self.instance])[0]

    def _raw_blueprint(self) -> Blueprint | None:
        blueprint = planned_blueprint(self)
        return blueprint if blueprint is not None and renders_itself(self) and renders_raw(blueprint) else None

    def _raw_output(self, blueprint: Blueprint, values: RawValues) -> Any:
        return Renderer(blueprint.part(RenderingPlan), self, False, values).render_one(self.instance)

    def _complete_raw(self, output: Any) -> None:
        plan: Any = rendering_plan(type(self))
        complete(plan, output)

    def to_internal_value(self, data: Any) -> Any:
        """DRF's, by the plan of the class where it has one, with the check for unknown keys.

        Raises `TypeError` if a hook beneath is async.
        """
        blueprint = vars(self).pop("_input_blueprint", None) or planned_blueprint(self)
        if not self._awaiting_hooks:
            self._refuse_async_validation(blueprint)
        refuse_depth(self)
        unknown = self.unknown_field_errors(data)
        plan = blueprint.part(input_plan) if blueprint is not None and type(data) is dict else None
        if not unknown:
            return super().to_internal_value(data) if plan is None else plan(self, data)
        try:
            super().to_internal_value(data)
        except drf_serializers.ValidationError as error:
            raise drf_serializers.ValidationError({**error.detail, **unknown}) from None  # type: ignore[dict-item]
        raise drf_serializers.ValidationError(unknown)

    def get_validators(self) -> list[Any]:
        """DRF's: those of the `Meta`, or those that the constraints of the model ask for."""
        blueprint = planned_blueprint(self)
        return super().get_validators() if blueprint is None else list(blueprint.part(_own_validators))

    def _derived_validators(self) -> list[Any]:
        return super().get_validators()

    def _read_only_defaults(self) -> dict[str, Any]:
        blueprint = planned_blueprint(self)
        if blueprint is not None and not blueprint.part(_has_read_only_defaults):
            return {}
        return super()._read_only_defaults()

    def run_validators(self, value: Any) -> None:
        """DRF's. Raises `TypeError` for a validator that returns an awaitable."""
        if self.validators:
            with checked(self):
                super().run_validators(value)

    def unknown_field_errors(self, data: Any) -> dict[str, list[ErrorDetail]]:
        """The errors for keys of `data` that are no field, where `Meta.unknown_fields` is `"forbid"`."""
        option = getattr(getattr(self, "Meta", None), "unknown_fields", "ignore")
        if option != "forbid" or not isinstance(data, Mapping):
            return {}
        keys = [shown(key) for key in data]
        if html.is_html_input(data):  # nested values are `name.key` and `name[0]` in forms
            keys = [key.split(".")[0].split("[")[0] for key in keys if key != "csrfmiddlewaretoken"]
        return {
            key: [ErrorDetail("This field is not known.", code="unknown_field")]
            for key in keys
            if key not in self.fields
        }

    def set_value(self, dictionary: Any, keys: Any, value: Any) -> None:
        """DRF's. Raises `TypeError` for an awaitable, which a sync-looking hook has returned."""
        if hasattr(value, "__await__"):
            require_sync(value, f"`await {type(self).__qualname__}(...).ais_valid()`")
        super().set_value(dictionary, keys, value)

    def run_validation(self, data: Any = drf_serializers.empty) -> Any:
        """DRF's. Raises `TypeError` for an awaitable, which a sync-looking hook has returned."""
        blueprint = planned_blueprint(self)
        state = self.__dict__
        if (
            blueprint is not None
            and type(data) is dict
            and not self.read_only
            and self.default is drf_serializers.empty
            and not state.get("_validators")
            and state.keys().isdisjoint(_VALIDATING)
        ):
            plan = blueprint.part(_whole_validation)
            if plan is not None:
                refuse_depth(self)
                try:
                    return plan(self, data)
                except (RecursionError, ValueError) as error:
                    refuse_hostile(data, error)
                    raise
        state["_input_blueprint"] = blueprint
        if not self._awaiting_hooks:
            self._refuse_async_validation(blueprint)
        try:
            if self._needs_all_values:
                is_empty, data = self.validate_empty_values(data)
                return data if is_empty else self._whole().run_validation(data)
            value = super().run_validation(data)
        except (RecursionError, ValueError) as error:
            refuse_hostile(data, error)
            raise
        if hasattr(value, "__await__"):
            require_sync(value, f"`await {type(self).__qualname__}(...).ais_valid()`")
        return self._constructed(value)

    def _constructed(self, value: Any) -> Any:
        """The validated data as what it stands for: an instance of the dataclass, if the serializer was made from one.

        Raises `ValidationError`.
        """
        return construct(self._shape, value) if self._shape is not None and isinstance(value, dict) else value

    @property
    def _needs_all_values(self) -> bool:
        """Whether it makes instances of a dataclass, which have all their values, in a partial update."""
        return self._shape is not None and bool(getattr(self.root, "partial", False))

    def _whole(self) -> Self:
        """A copy that is no part of a partial update."""
        whole = copy.deepcopy(self)
        whole._context = self.context
        return whole

    def __repr__(self) -> str:
        """DRF's; where a class contains itself, one level of it."""
        with shallow_fields():
            return super().__repr__()


def _own_validators(blueprint: Blueprint) -> list[Any]:
    validators: list[Any] = blueprint.prototype._derived_validators()
    return validators


_RENDERING = frozenset({"_data", "_raw", "initial_data", "_errors", "to_representation"})
"""What an instance has where there is more to its `data` than rendering its object."""
_VALIDATING = frozenset(
    {"to_internal_value", "run_validators", "validate", "set_value", "validate_empty_values", "_awaiting_hooks"}
)
"""What an instance has that was given methods of its own for validating."""


def _whole_rendering(blueprint: Blueprint) -> RenderingPlan | None:
    """The plan for output, if it is all there is to `data`."""
    awaits = any(True for _hook in output_hooks(blueprint.prototype, blueprint))
    return blueprint.part(RenderingPlan) if blueprint.plain_output and not awaits else None


def _whole_validation(blueprint: Blueprint) -> Callable[[Any, dict[str, Any]], dict[str, Any]] | None:
    """The plan for input, if it is all there is to `run_validation`: no validators, and no hook of the whole."""
    cls = blueprint.cls
    more = (
        not blueprint.plain_input
        or not is_library_member(cls, "validate")
        or cls._shape is not None
        or getattr(getattr(cls, "Meta", None), "unknown_fields", "ignore") != "ignore"
        or blueprint.part(_own_validators)
        or any(True for _hook in validation_hooks(blueprint.prototype, blueprint))
    )
    return None if more else blueprint.part(input_plan)


def _has_read_only_defaults(blueprint: Blueprint) -> bool:
    return any(field.read_only and field.default is not drf_serializers.empty for field in blueprint.fields.values())


def _check_unions(cls: Any, declarations: Mapping[str, Declaration]) -> None:
    """Raises `AnnotationError` for a union with `cls` itself whose members cannot be told apart."""
    for name, declaration in declarations.items():
        waiting = [cls._declared_fields[name]]
        for field in waiting:
            waiting += children_of(field)
            if isinstance(field, UnionField):
                try:
                    field.check()
                except ValueError as error:
                    declaration.site.refuse(str(error))


class Serializer(AnnotatedSerializer):
    """DRF's `Serializer` whose fields may be annotations; `await` works on every method that has an `a` name.

    Raises `AnnotationError` when a subclass is created with an annotation that no field can be made from.
    """
