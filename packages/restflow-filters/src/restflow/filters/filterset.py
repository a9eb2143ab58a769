"""`FilterSet`: the query parameters that a list endpoint accepts, and the queryset that they make."""

import sys
import threading
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Self, TypeVar
from weakref import WeakSet

from django.apps import apps
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property
from rest_framework import serializers
from rest_framework.fields import empty
from rest_framework.request import Request

from restflow.core import ConfigError, finish
from restflow.core.names import suggestion
from restflow.filters import _flows, _validation
from restflow.filters._collect import collect, own_filters
from restflow.filters._compile import compile_plan
from restflow.filters._door import ASYNC, Door
from restflow.filters._field import light_copy
from restflow.filters._plan import Parameter, Plan
from restflow.filters.options import FilterSetOptions, resolve_options
from restflow.filters.schema import build_filterset_parameters


def source_file(cls: type) -> str:
    """The file that declares a class, or its module where that has none."""
    return getattr(sys.modules.get(cls.__module__), "__file__", None) or cls.__module__


M = TypeVar("M", bound=Model)
Row = TypeVar("Row")

_compiling = threading.RLock()
declared: "WeakSet[type[FilterSet]]" = WeakSet()
"""Every filter set that was declared, for the system check."""


class FilterSet(serializers.Serializer[Any]):
    """Declares, validates and applies the filters of a list endpoint.

    `FilterSet(data=None, request=None)`: `data` wins over the request's query parameters; neither means no parameters.
    A request may be the first positional argument.
    """

    _validated_data: dict[str, Any]
    _errors: Any
    _own_filters: ClassVar[Mapping[str, Any]] = {}
    _plan: ClassVar[Plan | None] = None

    # What DRF's constructor would set on every instance.
    _args: Any = ()
    _kwargs: Any = {}
    instance: Any = None
    partial = False
    read_only = False
    write_only = False
    required = True
    default: Any = empty
    source: Any = None
    initial: Any = None
    label: Any = None
    help_text: Any = None
    style: Any = {}
    allow_null = False
    field_name: Any = None
    parent: Any = None
    default_empty_html: Any = empty
    error_messages: Any = {
        code: message
        for base in reversed(serializers.Serializer.__mro__)
        for code, message in getattr(base, "default_error_messages", {}).items()
    }

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls._plan = None
        cls._own_filters = own_filters(cls)
        if apps.models_ready:
            cls.compiled()
        declared.add(cls)

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        """A filter set serves one request; `many=True` raises `NotImplementedError`."""
        if kwargs.get("many"):
            cls.many_init()
        return object.__new__(cls)

    @classmethod
    def many_init(cls, *args: Any, **kwargs: Any) -> Any:
        """Not for filter sets: raises `NotImplementedError`."""
        raise NotImplementedError(f"{cls.__qualname__}: a filter set serves one request, not many.")

    def __init__(self, data: Any = None, request: Any = None, *, context: Mapping[str, Any] | None = None) -> None:
        if data is not None and request is None and isinstance(data, HttpRequest | Request):
            data, request = None, data
        if data is None:
            if request is None:
                data = {}
            else:
                try:
                    data = request.query_params
                except AttributeError:
                    data = request.GET
        # DRF's own constructor works out for each instance what is the same for all: see the class attributes
        self.initial_data = data
        self.request = request
        if context:
            self._context.update(context)

    @cached_property
    def _context(self) -> dict[str, Any]:  # type: ignore[override]  # a plain attribute there; made when it is read here
        parsing = getattr(self.request, "parser_context", None)
        return {"request": self.request, "view": parsing.get("view") if parsing else None}

    @classmethod
    def compiled(cls) -> Plan:
        """The class's plan: worked out once, when the class is created or, before models are loaded, on first use."""
        plan = cls.__dict__.get("_plan")
        if plan is None:
            with _compiling:
                plan = cls.__dict__.get("_plan")
                if plan is None:
                    try:
                        options = resolve_options(cls)
                        plan = cls._plan = compile_plan(cls, options, collect(cls, options))
                    except (ConfigError, TypeError) as error:
                        error.add_note(f"Declared in {source_file(cls)}.")
                        raise
        return plan

    @property
    def has_own_fields(self) -> bool:
        """Whether the instance's `fields` were read: from then on they govern it."""
        return "fields" in self.__dict__

    @property
    def has_validate(self) -> bool:
        """Whether the class has a `validate()` of its own."""
        return type(self).validate is not serializers.Serializer.validate

    def get_options(self) -> FilterSetOptions:
        """The resolved `Meta`, one attribute per option."""
        return self.compiled().options

    @classmethod
    def get_schema_operation_parameters(cls, view: Any = None) -> list[dict[str, Any]]:
        """The OpenAPI parameter objects, for schema tools; they do not depend on the view."""
        return build_filterset_parameters(cls)

    # fields

    def get_fields(self) -> dict[str, Any]:
        """A copy of every parameter's field for this instance; an override governs what is accepted."""
        fields = {}
        for name, parameter in self.compiled().parameters.items():
            field = fields[name] = light_copy(parameter.field)
            field.source = None
            field.negate = parameter.negated
            if parameter.paths:
                field.filter_by = parameter.paths[0] if len(parameter.paths) == 1 else list(parameter.paths)
        return fields

    def accepted_parameters(self, plan: Plan) -> Mapping[str, Parameter]:
        """The parameters that this instance accepts: those of the class, unless `fields` was read or overridden."""
        if not self.has_own_fields and type(self).get_fields is FilterSet.get_fields:
            return plan.parameters
        own: Mapping[str, Any] = self.fields
        if added := [name for name in own if name not in plan.parameters]:
            raise ConfigError(
                f"{plan.owner}: the field {added[0]!r} is no parameter of the class.",
                hint="Declare it on the class; an instance can only drop and change parameters.",
            )
        return {name: plan.parameters[name] for name in own}

    def bound_field(self, parameter: Parameter) -> Any:
        """The field that validates a parameter in this request: a copy, so that no request sees another's context."""
        if self.has_own_fields:
            return self.fields[parameter.name]
        field = light_copy(parameter.field)
        field.parent = self
        return field

    # validation

    def is_valid(self, *, raise_exception: bool = False) -> bool:
        """Validates once; the result is kept. Raises `ValidationError` if asked to."""
        self._refuse_async("ais_valid()")
        finish(self._validate(Door("ais_valid()")))
        return self._outcome(raise_exception)

    async def ais_valid(self, *, raise_exception: bool = False) -> bool:
        """`is_valid()` for a set with async hooks."""
        await self._validate(ASYNC)
        return self._outcome(raise_exception)

    async def _validate(self, door: Door) -> None:
        if not hasattr(self, "_validated_data"):
            try:
                self._validated_data = await _validation.validate(self, self.compiled(), door)
            except serializers.ValidationError as error:
                self._validated_data = {}
                self._errors = error.detail
            else:
                self._errors = {}

    def _outcome(self, raise_exception: bool) -> bool:
        if self._errors and raise_exception:
            raise serializers.ValidationError(self._errors)
        return not self._errors

    async def settled_data(self, plan: Plan, door: Door) -> dict[str, Any]:
        """The validated data; `ValidationError` where there are errors."""
        await self._validate(door)
        self._outcome(raise_exception=True)
        return self._validated_data

    def _refuse_async(self, twin: str) -> None:
        """Refuses, before anything has run, what only the async door can call."""
        if hooks := self.compiled().async_hooks:
            raise TypeError(f"{hooks[0]} is async, which sync code cannot call; use {twin} instead.")

    @property
    def errors(self) -> Any:
        """The errors by parameter, after validation."""
        return serializers.BaseSerializer.errors.fget(self)  # type: ignore[attr-defined]

    @property
    def data(self) -> Any:
        """The validated data as primitives, by parameter."""
        values, parameters = self.validated_data, self.compiled().parameters
        return {
            name: None if value is None else parameters[name].field.to_representation(value)
            for name, value in values.items()
            if name in parameters
        }

    def model_dump(self) -> dict[str, Any]:
        """The validated data, which given back as `data` dumps to the same; `ValidationError` where it is invalid."""
        self._refuse_async("amodel_dump()")
        return finish(self._dump(Door("amodel_dump()")))

    async def amodel_dump(self) -> dict[str, Any]:
        """`model_dump()` for a set with async hooks."""
        return await self._dump(ASYNC)

    async def _dump(self, door: Door) -> dict[str, Any]:
        return dict(await self.settled_data(self.compiled(), door))

    # filtering

    def filter_queryset(self, queryset: QuerySet[M, Row], ignore: Iterable[str] | None = None) -> QuerySet[M, Row]:
        """The filtered, lazy queryset; parameters named in `ignore` are left out.

        Raises `ValidationError` for bad input, `ValueError` for an unknown name in `ignore`, and `TypeError` for a
        queryset of another model or a set with async hooks.
        """
        if ignore is None and self._has_nothing_to_do(queryset):
            return queryset
        self._refuse_async("afilter_queryset()")
        return finish(self._filter(queryset, ignore, Door("afilter_queryset()")))

    async def afilter_queryset(
        self, queryset: QuerySet[M, Row], ignore: Iterable[str] | None = None
    ) -> QuerySet[M, Row]:
        """`filter_queryset()` that awaits async hooks, in order; sync ones run inline."""
        if ignore is None and self._has_nothing_to_do(queryset):
            return queryset
        return await self._filter(queryset, ignore, ASYNC)

    def _has_nothing_to_do(self, queryset: QuerySet[Any]) -> bool:
        """Whether the request brings no parameter of the set and nothing happens without one."""
        plan = self._plan  # an own one on every class: see __init_subclass__
        if plan is None or not plan.idle or queryset.model is not plan.model:
            return False
        data = self.initial_data
        if data and not plan.parameters.keys().isdisjoint(data):
            return False
        if not hasattr(self, "_errors"):
            self._validated_data = {}
            self._errors = {}
        return True

    async def _filter(self, queryset: QuerySet[M, Row], ignore: Iterable[str] | None, door: Door) -> QuerySet[M, Row]:
        plan = self.compiled()
        if plan.model is not None and not issubclass(queryset.model, plan.model._meta.concrete_model):
            raise TypeError(
                f"{plan.owner} filters {plan.model._meta.label}, and the queryset is of {queryset.model._meta.label}."
            )
        left_out = frozenset((ignore,) if isinstance(ignore, str) else ignore or ())
        for name in left_out:
            if name not in plan.parameters:
                raise ValueError(
                    f"{plan.owner} has no parameter {name!r} to ignore. {suggestion(name, plan.parameters)}"
                )
        return await _flows.filter_queryset(self, plan, queryset, left_out, door)

    def get_q(self) -> Q:
        """The conditions alone as one `Q` over `Meta.model`, for aggregates and subqueries.

        Raises `ImproperlyConfigured` without a model, and `TypeError` where a method returns a queryset.
        """
        self._refuse_async("aget_q()")
        return finish(self._get_q(Door("aget_q()")))

    async def aget_q(self) -> Q:
        """`get_q()` for a set with async hooks."""
        return await self._get_q(ASYNC)

    async def _get_q(self, door: Door) -> Q:
        plan = self.compiled()
        if plan.model is None:
            raise ConfigError(f"{plan.owner}.get_q() needs a model.", hint="Set Meta.model.")
        values = await self.settled_data(plan, door)
        chosen = [
            (parameter, values[name])
            for name, parameter in plan.parameters.items()
            if name in values and parameter is not plan.order
        ]
        base = plan.model._default_manager.all()
        working, _, q = await _flows.filtered(self, plan, base, chosen, door)
        if working is not base:
            raise TypeError(
                f"{plan.owner}.get_q(): a method returned a queryset or an annotation is used, which is no condition."
            )
        return q
