"""What a filter set does with a queryset, written once for both doors: its conditions, its order, its processors.

A flow awaits hooks and other flows, nothing else: the sync door drives it without a loop and refuses awaitables.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.core.exceptions import FieldError
from django.db.models import Q, QuerySet
from rest_framework.exceptions import ValidationError

from restflow.core import ConfigError
from restflow.filters import _conditions, _query_string
from restflow.filters._columns import Nature
from restflow.filters._door import Door
from restflow.filters._field import Field
from restflow.filters._plan import Parameter, Plan
from restflow.filters._validation import REJECTED, place

if TYPE_CHECKING:
    from restflow.filters.filterset import FilterSet


async def filter_queryset(
    fs: "FilterSet", plan: Plan, queryset: QuerySet[Any], ignore: frozenset[str], door: Door
) -> QuerySet[Any]:
    """The pipeline: validation, preprocessors, annotations, conditions, ordering, postprocessors."""
    values = await fs.settled_data(plan, door)
    if plan.options.preprocessors:
        queryset = await _process(fs, plan.options.preprocessors, queryset, door)
    chosen = [(plan.parameters[name], value) for name, value in values.items() if name in plan.parameters]
    if ignore:
        chosen = [(parameter, value) for parameter, value in chosen if parameter.name not in ignore]
    if len(chosen) > 1:
        chosen.sort(key=place)  # hooks and defaults may have added some
    order: Any = None
    if chosen and chosen[-1][0] is plan.order:
        order = chosen.pop()[1]
    if chosen:
        _, queryset, _ = await filtered(fs, plan, queryset, chosen, door)
    if plan.order_field is not None:
        queryset = await _ordered(fs, plan, queryset, order, door)
    if plan.options.postprocessors:
        queryset = await _process(fs, plan.options.postprocessors, queryset, door)
    return queryset


async def filtered(
    fs: "FilterSet", plan: Plan, queryset: QuerySet[Any], chosen: Sequence[tuple[Parameter, Any]], door: Door
) -> tuple[QuerySet[Any], QuerySet[Any], Q]:
    """The queryset as methods left it, the filtered one, and the condition.

    Raises `ValidationError` for a value that a column rejects.
    """
    try:
        working, q = await conditions(fs, plan, queryset, chosen, door)
        if not q:
            return working, working, q
        # the same filter, without a node around it
        flat = q.connector == Q.AND and not q.negated
        return working, working.filter(*q.children) if flat else working.filter(q), q
    except REJECTED:
        if errors := _rejected(queryset, chosen):
            raise ValidationError(errors) from None
        raise


def _rejected(queryset: QuerySet[Any], chosen: Sequence[tuple[Parameter, Any]]) -> dict[str, Any]:
    """An error for each parameter whose column rejects its value."""
    errors: dict[str, Any] = {}
    for parameter, value in chosen:
        if parameter.build is not None:
            try:
                queryset.model._base_manager.filter(parameter.build(value))
            except REJECTED:
                errors[parameter.name] = _query_string.error("invalid").detail
            except FieldError:
                continue  # an annotation, which only the queryset has
    return errors


async def _ordered(fs: "FilterSet", plan: Plan, queryset: QuerySet[Any], keys: Any, door: Door) -> QuerySet[Any]:
    field = plan.order_field
    assert field is not None
    if field.method is not None:
        if keys is None:
            return queryset
        assert plan.order is not None
        ordered = await door.settle(field.get_method(fs)(queryset, keys))  # type: ignore[misc]
        if not isinstance(ordered, QuerySet):
            raise TypeError(f"{plan.order.custom} returned {ordered!r}, where a queryset was expected.")
        return ordered
    if isinstance(plan.options.annotations, dict):
        queryset = _annotated(fs, plan, queryset, field.paths(keys))
    return field.apply(queryset, keys)


async def _process(fs: "FilterSet", processors: Sequence[Any], queryset: QuerySet[Any], door: Door) -> QuerySet[Any]:
    for processor in processors:
        queryset = await door.settle(processor(fs, queryset))
        if not isinstance(queryset, QuerySet):
            name = getattr(processor, "__qualname__", repr(processor))
            raise TypeError(f"The processor {name} must return a queryset, got {queryset!r}.")
    return queryset


def _annotated(fs: "FilterSet", plan: Plan, queryset: QuerySet[Any], paths: Sequence[str]) -> QuerySet[Any]:
    """The queryset with those declared annotations that the paths use and that it lacks."""
    declared = plan.options.annotations
    for path in paths:
        name = path.partition("__")[0]
        if name in declared and name not in queryset.query.annotations:
            expression = declared[name]
            if not hasattr(expression, "resolve_expression"):
                expression = expression(fs)
            queryset = queryset.annotate(**{name: expression})
    return queryset


async def conditions(
    fs: "FilterSet", plan: Plan, queryset: QuerySet[Any], chosen: Sequence[tuple[Parameter, Any]], door: Door
) -> tuple[QuerySet[Any], Q]:
    """The queryset, as methods left it, and the one condition of all chosen parameters."""
    if isinstance(plan.options.annotations, dict):
        queryset = _annotated(fs, plan, queryset, [path for parameter, _ in chosen for path in parameter.paths])
    model, operator = queryset.model, plan.options.operator
    operands: list[Any] = []
    groups: dict[int, tuple[int, list[Q]]] = {}
    together: list[Q] = []  # positive conditions on related rows: under AND they hold for the same one
    for parameter, value in chosen:
        if parameter.build is not None:
            if parameter.plain_path and operator == "AND" and value is not None:
                operands.append((parameter.plain_path, value))
                continue
            q = parameter.build(value)
            nature = parameter.nature or _nature(plan, model, parameter.paths, queryset)
        else:
            queryset, custom = await _custom(fs, parameter, queryset, value, door)
            if custom is None:
                continue
            q, nature = custom, _nature(plan, model, list(_conditions.paths_in(custom)), queryset)
            if nature is Nature.PLAIN:
                nature = Nature.THREE_VALUED  # what else may be in it is not known
            if not q:
                continue
        if parameter.every:
            q, nature = _each(plan, queryset, parameter, value, nature), Nature.PLAIN
        elif nature is Nature.TO_MANY:
            if operator == "AND" and parameter.group is None and not parameter.negated:
                together.append(q)
                continue
            q = _conditions.rows_of(_related_base(queryset, q), q)
        if parameter.negated:
            q = _conditions.complement(q) if nature is Nature.THREE_VALUED else ~q
        if parameter.group is None:
            operands.append(q)
        else:
            if parameter.group not in groups:
                groups[parameter.group] = (len(operands), [])
                operands.append(Q())
            groups[parameter.group][1].append(q)
    for position, members in groups.values():
        operands[position] = _conditions.combine(members, "OR")
    if together:
        q = _conditions.combine(together, "AND")
        operands.append(_conditions.rows_of(_related_base(queryset, q), q))
    if not operands:
        return queryset, Q()
    return queryset, Q(*operands) if operator == "AND" else _conditions.combine(operands, operator)


def _nature(plan: Plan, model: Any, paths: Sequence[str], queryset: QuerySet[Any]) -> Nature:
    """The most demanding nature of the paths: to-many before three-valued before plain."""
    found = Nature.PLAIN
    for path in paths:
        nature = plan.natures.get((model, path)) or plan.nature(model, path, queryset.query.annotations)
        if nature is Nature.TO_MANY:
            return nature
        if nature is not Nature.PLAIN:
            found = nature
    return found


def _each(plan: Plan, queryset: QuerySet[Any], parameter: Parameter, items: Any, nature: Nature) -> Q:
    """There is a related row for each of the items; none at all is the empty list, which matches nothing."""
    if nature is not Nature.TO_MANY:
        raise ConfigError(
            f"{plan.owner}.{parameter.filter}: match='all' is for to-many relations, and {parameter.paths[0]!r} "
            f"crosses none of {queryset.model._meta.label}."
        )
    assert parameter.build is not None
    ones = [parameter.build([item]) for item in items] or [parameter.build([])]
    return _conditions.combine([_conditions.rows_of(_related_base(queryset, q), q) for q in ones], "AND")


def _related_base(queryset: QuerySet[Any], q: Q) -> QuerySet[Any]:
    """What a subquery over related rows starts from: the working queryset where the condition uses its annotations."""
    annotations = queryset.query.annotations
    if annotations and any(path.partition("__")[0] in annotations for path in _conditions.paths_in(q)):
        return queryset
    rows: QuerySet[Any] = queryset.model._base_manager.using(None)  # the database is that of the query around it
    return rows


async def _custom(
    fs: "FilterSet", parameter: Parameter, queryset: QuerySet[Any], value: Any, door: Door
) -> tuple[QuerySet[Any], Q | None]:
    """What a method, a callable or an `apply_filter` selects: the queryset it leaves, and its condition."""
    field = fs.bound_field(parameter)
    result = await door.settle(field.apply_filter(fs, queryset, value))
    if callable(field.filter_by) and type(field).apply_filter is Field.apply_filter:
        return queryset, _conditions.as_q(result, parameter.custom)
    q: Any = result
    working: Any = queryset
    if isinstance(result, tuple) and len(result) == 2:
        working, q = result
        if not isinstance(working, QuerySet) or isinstance(q, QuerySet):
            working = None
        elif q is None:
            return working, None
    if isinstance(q, QuerySet):
        if parameter.group is not None:
            raise TypeError(f"{parameter.custom} returned a queryset, which a filter of or_groups must not.")
        if not parameter.negated:
            return q, None
        return queryset, Q(pk__in=(q if q.query.is_sliced else q.order_by()).values("pk"))
    if working is None or not (isinstance(q, Q) or getattr(q, "conditional", False)):
        raise TypeError(
            f"{parameter.custom} returned {result!r}, where a Q, a queryset or a tuple (queryset, q) was expected. "
            "Q() means no condition."
        )
    return working, q if isinstance(q, Q) else Q(q)
