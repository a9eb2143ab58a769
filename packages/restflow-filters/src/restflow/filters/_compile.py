"""From a class to its plan: every parameter worked out once, so that a request pays for what it brings."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import count
from types import MappingProxyType
from typing import Any

from django.db import models
from rest_framework import serializers
from rest_framework.fields import empty

from restflow.core import ConfigError, is_async_callable
from restflow.core.names import suggestion
from restflow.filters import _columns, _conditions, _postgres, _values
from restflow.filters._columns import Nature, Path
from restflow.filters._field import Field
from restflow.filters._paths import Paths
from restflow.filters._plan import Parameter, Plan
from restflow.filters.lookups import Variant, expand
from restflow.filters.options import FilterSetOptions
from restflow.filters.ordering import OrderField

_DEMANDS = {nature: rank for rank, nature in enumerate(Nature)}


def model_of(options: FilterSetOptions, where: str) -> type[models.Model] | None:
    """The model of a set, looked up where it is a string."""
    return None if options.model is None else _columns.model_named(options.model, f"{where}.Meta")


def compile_plan(cls: Any, options: FilterSetOptions, filters: Mapping[str, Field]) -> Plan:
    """The plan of a filter set whose filters are collected; `ConfigError` for what cannot work."""
    return _Compiler(cls, options, filters).plan()


class _Compiler:
    def __init__(self, cls: Any, options: FilterSetOptions, filters: Mapping[str, Field]) -> None:
        self.cls = cls
        self.options = options
        self.owner: str = cls.__qualname__
        self.model = model_of(options, self.owner)
        self.annotations: Any = options.annotations or ()
        self.open_ended = bool(options.preprocessors) and options.annotations is None
        self.filters = dict(filters)
        self.paths = Paths(self.model, self.annotations, open_ended=self.open_ended)
        self.parameters: dict[str, Parameter] = {}
        self.async_hooks: list[str] = []
        self.groups = {name: index for index, group in enumerate(options.or_groups) for name in group}

    def plan(self) -> Plan:
        order_name = self._check_names()
        bases = {self._base(name, filt): name for name, filt in self.filters.items()}
        if len(bases) != len(self.filters):
            self._refuse_double()
        for name, filt in self.filters.items():
            if name != order_name:
                self._add_filter(name, filt, bases)
        order = self._add_order(order_name) if order_name else None
        self._find_async_hooks()
        of_filter: dict[str, list[str]] = {}
        for parameter in self.parameters.values():
            of_filter.setdefault(parameter.filter, []).append(parameter.name)
        return Plan(
            owner=self.owner,
            options=self.options,
            model=self.model,
            filters=MappingProxyType(self.filters),
            parameters=MappingProxyType(self.parameters),
            of_filter=MappingProxyType({name: tuple(names) for name, names in of_filter.items()}),
            defaults=tuple(self._defaults()),
            required=tuple(self._required(of_filter)),
            order=order,
            order_field=order.field if order is not None else None,  # type: ignore[arg-type]
            async_hooks=tuple(dict.fromkeys(self.async_hooks)),
            open_ended=self.open_ended,
            idle=self._is_idle(order),
            natures=self.paths.natures,
            columns=MappingProxyType(self.paths.columns),
        )

    def _is_idle(self, order: Parameter | None) -> bool:
        options, cls = self.options, self.cls
        return not (
            self.async_hooks
            or options.preprocessors
            or options.postprocessors
            or options.required_fields
            or options.unknown_params != "ignore"
            or cls.validate is not serializers.Serializer.validate
            or any(filt.required for filt in self.filters.values())
            or any(self._defaults())
            or (order is not None and order.field.default_order)  # type: ignore[attr-defined]
        )

    def _check_names(self) -> str | None:
        orders = [name for name, filt in self.filters.items() if isinstance(filt, OrderField)]
        if len(orders) > 1:
            raise ConfigError(f"{self.owner}: two order fields, {orders[0]!r} and {orders[1]!r}.", hint="Keep one.")
        for option in ("required_fields", "or_groups"):
            listed = getattr(self.options, option)
            names = listed if option == "required_fields" else [name for group in listed for name in group]
            for name in names:
                if name not in self.filters:
                    raise ConfigError(
                        f"{self.owner}.Meta: {option} names {name!r}, which is no filter of the set.",
                        hint=suggestion(name, self.filters, what="filters"),
                    )
            if option == "or_groups" and len(set(names)) != len(names):
                twice = next(name for name in names if list(names).count(name) > 1)
                raise ConfigError(f"{self.owner}.Meta: or_groups has the filter {twice!r} twice.")
        return orders[0] if orders else None

    def _base(self, name: str, filt: Field) -> str:
        base = name if filt.param is None else filt.param
        if not base or base.endswith("!"):
            raise ConfigError(
                f"{self.owner}.{name}: a parameter's name must not be empty or end in '!', got {base!r}.",
                hint="The '!' is what negates a parameter.",
            )
        return base

    def _refuse_double(self) -> None:
        seen: dict[str, str] = {}
        for name, filt in self.filters.items():
            base = self._base(name, filt)
            if base in seen:
                raise ConfigError(f"{self.owner}: the filters {seen[base]!r} and {name!r} both give {base!r}.")
            seen[base] = name

    def _add_filter(self, name: str, filt: Field, bases: Mapping[str, str]) -> None:
        where = f"{self.owner}.{name}"
        base = self._base(name, filt)
        column = self.paths.column_of(name, filt, where)
        if column is not None:
            filt = self.filters[name] = _columns.with_column_digits(filt, column.column)
        if isinstance(filt.method, str) and not callable(getattr(self.cls, filt.method, None)):
            methods = [attribute for attribute in dir(self.cls) if not attribute.startswith("_")]
            raise ConfigError(
                f"{where}: the class has no method {filt.method!r}.", hint=suggestion(filt.method, methods)
            )
        separator = filt.lookup_separator or self.options.lookup_separator
        variants = list(self._variants(filt, column, where))
        template = _values.own_field(filt) if variants else filt
        entries: list[tuple[str, Field, Variant | None]] = []
        if filt.allow_base:
            entries.append((base, filt, None))
        for variant in variants:
            variant_name = f"{base}{separator}{variant.suffix}"
            if variant_name not in bases:  # a declared filter wins
                entries.append((variant_name, _values.variant_field(filt, template, variant, where), variant))
        if not entries:
            raise ConfigError(f"{where}: allow_base=False without lookups leaves no parameter.")
        allow = self.options.allow_negate if filt.allow_negate is None else filt.allow_negate
        places = count(len(self.parameters))
        found = [
            self._parameter(name, filt, entry, own, variant, where, column, next(places))
            for entry, own, variant in entries
        ]
        negations = [
            parameter.negation(next(places))
            for parameter, (_, _, variant) in zip(found, entries, strict=True)
            if filt.allow_negate is not False
            and (variant.allow_negate if variant is not None and variant.allow_negate is not None else allow)
        ]
        for parameter in (*found, *negations):
            if (other := self.parameters.get(parameter.name)) is not None:
                raise ConfigError(f"{where}: the parameter {parameter.name!r} is already that of {other.filter!r}.")
            self.parameters[parameter.name] = parameter

    def _parameter(
        self,
        name: str,
        filt: Field,
        entry: str,
        value_field: Field,
        variant: Variant | None,
        where: str,
        column: Path | None,
        index: int,
    ) -> Parameter:
        """A parameter of a filter; its negation is a variation of it."""
        lookup, custom = "exact", ""
        paths: tuple[str, ...] = ()
        build: Callable[[Any], models.Q] | None = None
        if variant is not None:
            lookup = variant.lookup
            path, build = _condition(filt.db_field or name, variant, column)
            paths = (path,)
        elif filt.method is not None:
            custom = f"{where}: the method {filt.method if isinstance(filt.method, str) else _called(filt.method)!r}"
        elif callable(filt.filter_by):
            custom = f"{where}: filter_by"
        elif type(filt).apply_filter is not Field.apply_filter:
            custom = f"{where}: {type(filt).__name__}.apply_filter()"
        else:
            paths = self._base_paths(name, filt, column)
            lookup = paths[0].rpartition("__")[2] if filt.filter_by else lookup
            build = partial(_conditions.any_of, paths) if len(paths) > 1 else partial(_conditions.lookup, paths[0])
            if not filt.filter_by and _is_array(column):
                build = _postgres.array_condition(column.column, paths[0], "exact")  # type: ignore[union-attr]
        found: list[Path | None]
        if column is not None and paths == (column.text,):
            found = [self.paths.known(column)]
        elif variant is not None and column is not None and len(paths[0]) > len(column.text):
            # the column was resolved and its lookup checked
            parts = paths[0].removeprefix(f"{column.text}__").split("__")
            found = [self.paths.known(_columns.with_lookup(column, paths[0], parts))]
        else:
            found = [self.paths.check(path, where) for path in paths]
        if build is not None and len(found) == 1 and (limits := _values.integer_range(found[0])) is not None:
            build = partial(_conditions.with_value, build, paths[0].rpartition("__")[0], *limits)
        nature = None
        if found and all(path is not None and path.column is not None for path in found):
            natures = {path.nature for path in found if path is not None}
            nature = natures.pop() if len(natures) == 1 else max(natures, key=_DEMANDS.__getitem__)
        plain = isinstance(build, partial) and build.func is _conditions.lookup and nature is Nature.PLAIN
        plain_path = paths[0] if plain and name not in self.groups else ""
        every = variant is None and getattr(filt, "match", "any") == "all"
        if every:
            self._check_every(filt, paths, found, where)
        probe = value_field.clone() if value_field is filt else value_field
        probe.source = None
        probe.bind(field_name=entry, parent=None)  # type: ignore[arg-type]  # label and source, once
        if hook := _hook(self.cls, f"validate_{entry}"):
            self._note_async(getattr(self.cls, hook), f"{self.owner}.{hook}")
        return Parameter(
            name=entry,
            index=index,
            filter=name,
            field=probe,
            lookup=lookup,
            paths=paths,
            build=build,
            guard=_values.guard(found, probe),
            negated=filt.negate,
            toggled=False,
            nullable=bool(filt.allow_null) and (variant is None or lookup == "exact"),
            hook=hook,
            group=self.groups.get(name),
            custom=custom,
            every=every,
            variant=variant is not None,
            shape=probe.value_shape,
            trims=getattr(probe, "trim_whitespace", True),
            blank=bool(getattr(probe, "allow_blank", False)) and "choices" not in probe.declared_keywords,
            nature=nature,
            plain_path="" if every or filt.negate else plain_path,
            run=_values.runner(probe),
            own_help=variant is not None and variant.help_text is not None,
        )

    def _check_every(self, filt: Field, paths: Sequence[str], found: Sequence[Path | None], where: str) -> None:
        """Refuses `match="all"` where a row has not many of what it is to have all of."""
        if not paths or any(not path.endswith("__in") for path in paths):
            raise ConfigError(
                f"{where}: match='all' needs a path that ends in '__in'.", hint="Leave out method, or filter_by."
            )
        for path in found:
            if path is not None and path.nature is not Nature.TO_MANY:
                raise ConfigError(
                    f"{where}: match='all' is for to-many relations, and {path.text!r} crosses none.",
                    hint="A row has one value there: leave match out.",
                )

    def _base_paths(self, name: str, filt: Field, column: Path | None) -> tuple[str, ...]:
        if filt.filter_by:
            return (filt.filter_by,) if isinstance(filt.filter_by, str) else tuple(filt.filter_by)
        path = filt.db_field or name
        return (f"{path}__in",) if filt.value_shape == "list" and not _is_array(column) else (path,)

    def _variants(self, filt: Field, column: Path | None, where: str) -> Iterable[Variant]:
        variants = expand(filt.lookups, type(filt).lookup_categories, where)
        kept = []
        for variant in variants:
            if variant.from_category and not _values.in_category(filt, column, variant.lookup):
                continue
            if (
                variant.suffix == "exact"
                and variant.from_category
                and filt.value_shape == "list"
                and not _is_array(column)
            ):
                continue  # a column holds one value, a list is many
            lookup = _values.orm_lookup(column, variant.lookup)
            own = variant if lookup == variant.lookup else replace(variant, lookup=lookup)
            if column is not None and not variant.from_category:
                _values.check_lookup(filt, column, own.lookup, where)
            kept.append(own)
        return kept

    def _add_order(self, name: str) -> Parameter:
        filt = self.filters[name]
        assert isinstance(filt, OrderField)
        where = f"{self.owner}.{name}"
        if isinstance(filt.method, str) and not callable(getattr(self.cls, filt.method, None)):
            raise ConfigError(f"{where}: the class has no method {filt.method!r}.")
        filt.check(self.model, where, self.annotations, open_ended=self.open_ended)
        base = self._base(name, filt)
        if base in self.parameters:
            raise ConfigError(f"{where}: the parameter {base!r} is already that of {self.parameters[base].filter!r}.")
        hook = _hook(self.cls, f"validate_{base}")
        if hook:
            self._note_async(getattr(self.cls, hook), f"{self.owner}.{hook}")
        field_ = filt.clone()
        field_.bind(field_name=base, parent=None)  # type: ignore[arg-type]
        parameter = Parameter(
            name=base,
            index=len(self.parameters),
            filter=name,
            field=field_,
            lookup="",
            paths=(),
            build=None,
            guard=None,
            negated=False,
            toggled=False,
            nullable=False,
            hook=hook,
            group=None,
            custom=f"{where}: the method {filt.method!r}" if filt.method else "",
            shape="list",
            run=_values.runner(field_),
        )
        self.parameters[base] = parameter
        return parameter

    def _defaults(self) -> Iterable[tuple[str, str, Any]]:
        for name, filt in self.filters.items():
            base = self._base(name, filt)
            if filt.filter_default is not empty and not isinstance(filt, OrderField) and base in self.parameters:
                yield name, base, filt.filter_default

    def _required(self, of_filter: Mapping[str, list[str]]) -> Iterable[tuple[str, str]]:
        for name, filt in self.filters.items():
            if filt.required or name in self.options.required_fields:
                yield name, of_filter[name][0]

    def _find_async_hooks(self) -> None:
        for name, filt in self.filters.items():
            method = getattr(self.cls, filt.method) if isinstance(filt.method, str) else filt.method
            self._note_async(method, f"{self.owner}.{name}: method")
            self._note_async(filt.filter_by, f"{self.owner}.{name}: filter_by")
            if type(filt).apply_filter is not Field.apply_filter:
                self._note_async(type(filt).apply_filter, f"{self.owner}.{name}: apply_filter()")
        for kind in ("preprocessors", "postprocessors"):
            for processor in getattr(self.options, kind):
                self._note_async(processor, f"{self.owner}.Meta.{kind}: {_called(processor)}")
        if isinstance(self.options.annotations, dict):
            for name, annotation in self.options.annotations.items():
                computed = callable(annotation) and not is_async_callable(annotation)
                if not computed and not hasattr(annotation, "resolve_expression"):
                    raise ConfigError(
                        f"{self.owner}.Meta: annotations[{name!r}] must be an expression or a sync callable."
                    )
        if self.cls.validate is not serializers.Serializer.validate:
            self._note_async(self.cls.validate, f"{self.owner}.validate")

    def _note_async(self, hook: Any, what: str) -> None:
        if hook is not None and is_async_callable(hook):
            self.async_hooks.append(what)


def _called(function: Any) -> str:
    return getattr(function, "__qualname__", None) or repr(function)


def _hook(cls: Any, name: str) -> str | None:
    """The name of a set's own `validate_` method, where it has it."""
    hook = getattr(cls, name, None)
    return name if callable(hook) and hook is not getattr(serializers.Serializer, name, None) else None


def _is_array(column: Path | None) -> bool:
    return column is not None and not column.transforms and _postgres.is_array(column.column)


def _condition(path: str, variant: Variant, column: Path | None) -> tuple[str, Callable[[Any], models.Q]]:
    """The ORM path of a variant with its lookup, and what makes the condition of a value."""
    lookup = variant.lookup
    full = f"{path}__{lookup}"
    if _is_array(column) and _postgres.is_array_lookup(column.column, lookup):  # type: ignore[union-attr]
        return full, _postgres.array_condition(column.column, path, lookup)  # type: ignore[union-attr]
    last = lookup.rpartition("__")[2]
    if last == "search":
        if column is not None and _postgres.is_search_vector(column.column):
            full = path
        return full, partial(_postgres.search, full, variant.config, variant.search_type)
    if last == "range":
        return full, partial(_conditions.in_range, full.removesuffix("__range"))
    return full, partial(_conditions.lookup, full)
