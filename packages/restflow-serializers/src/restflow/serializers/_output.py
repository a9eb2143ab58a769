"""Output that awaits: what renders on the event loop, and the coroutines that a sync rendering left in its output."""

import inspect
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from itertools import chain
from operator import itemgetter
from typing import Any

from django.db import models
from rest_framework import fields as drf
from rest_framework import relations
from rest_framework import serializers as drf_serializers

from restflow.core import require_sync
from restflow.serializers._blueprints import Blueprint, blueprint_of
from restflow.serializers._flows import dispose
from restflow.serializers._own_fields import OwnFields, planned_blueprint
from restflow.serializers._tree import children_of, class_facts
from restflow.serializers._twins import is_library_class, twin
from restflow.serializers.unions import UnionField

_READS_ELSEWHERE = (
    relations.RelatedField,
    relations.ManyRelatedField,
    drf.FileField,
    drf.ModelField,
    drf.SerializerMethodField,
)


_ATOMS = frozenset({str, int, bool, float, type(None)})


def renders_inline(field: Any, value: Any) -> bool:
    """Whether `field` renders `value` by reading what is in memory, so that nothing can query or block."""
    if value is None:
        return True
    if isinstance(field, drf_serializers.ListSerializer):
        return is_library_class(type(field)) and _items_inline(field.child, value)
    if isinstance(field, drf_serializers.Serializer):
        return not _renders_by_own_code(type(field)) and all(
            _attribute_inline(child, value) for child in field._readable_fields
        )
    if not is_library_class(type(field)) or isinstance(field, _READS_ELSEWHERE):
        return False
    if isinstance(field, drf.DictField):
        return isinstance(value, Mapping) and all(renders_inline(field.child, item) for item in value.values())
    if isinstance(field, UnionField):
        return all(renders_inline(member, value) for member in field.members)
    return all(_items_inline(child, value) for child in children_of(field))


def _renders_by_own_code(cls: Any) -> bool:
    """Whether rendering the class runs code of the project's; its hooks for input and its `create` do not count."""
    foreign = not issubclass(cls, OwnFields)
    blocks = class_facts(cls).blocks if foreign else not blueprint_of(cls).plain_output
    return blocks or twin(cls, "to_representation").owner is not None


def _items_inline(child: Any, value: Any) -> bool:
    if isinstance(value, models.QuerySet):
        value = value._result_cache  # the rows, once they are read
    if not isinstance(value, list | tuple | set | frozenset):
        return False
    blueprint = planned_blueprint(child)
    names = None if blueprint is None else blueprint.part(_plain_sources)
    if names is None:
        return all(renders_inline(child, item) for item in value)
    kinds = set(map(type, value))
    if all(_keeps_in_state(kind, names) for kind in kinds):
        return _have_loaded(value, blueprint.part(_reader))  # type: ignore[union-attr]  # it has names
    return all(renders_inline(child, item) for item in value)


def _plain_sources(blueprint: Blueprint) -> frozenset[str] | None:
    """The attributes that rendering the class reads, if it does nothing else and its fields are the libraries' own."""
    if _renders_by_own_code(blueprint.cls):
        return None
    fields = [field for field in blueprint.fields.values() if not field.write_only]
    plain = all(
        is_library_class(type(field))
        and len(field.source_attrs) == 1
        and not isinstance(field, (*_READS_ELSEWHERE, drf.DictField, drf_serializers.BaseSerializer))
        and not children_of(field)
        for field in fields
    )
    return frozenset(field.source_attrs[0] for field in fields) if plain else None


def _keeps_in_state(kind: type, names: frozenset[str]) -> bool:
    return issubclass(kind, models.Model) and not any(_is_property(kind, name) for name in names)


def _reader(blueprint: Blueprint) -> Callable[[Any], tuple[Any, ...]]:
    names = sorted(blueprint.part(_plain_sources) or ())
    return itemgetter(*names, *names[:1]) if names else lambda state: ()  # of one name it would give no tuple


def _have_loaded(items: Collection[Any], read: Callable[[Any], tuple[Any, ...]]) -> bool:
    """Whether all that `read` reads of the items' states is there, and nothing of it is called when it is rendered.

    Without a step of Python for each item: that would cost as much as rendering it.
    """
    try:
        kinds = set(map(type, chain.from_iterable(map(read, map(vars, items)))))
    except KeyError:
        return False
    return not any("__call__" in vars(base) for kind in kinds for base in kind.__mro__)


def _attribute_inline(field: Any, instance: Any) -> bool:
    if isinstance(field, drf.HiddenField):
        return True
    if len(field.source_attrs) != 1 or isinstance(field, _READS_ELSEWHERE):
        return False
    name = field.source_attrs[0]
    if isinstance(instance, Mapping):
        return name not in instance or _value_inline(field, instance[name])
    loaded = getattr(instance, "__dict__", {})
    return name in loaded and not _is_property(type(instance), name) and _value_inline(field, loaded[name])


def _is_property(cls: type, name: str) -> bool:
    return isinstance(inspect.getattr_static(cls, name, None), property)


def _value_inline(field: Any, value: Any) -> bool:
    return not callable(value) and renders_inline(field, value)


async def awaited_output(output: Any) -> Any:
    """The output with each awaitable in it awaited, one after another, and its result in its place.

    If one raises, those after it are closed.
    """
    if inspect.isawaitable(output):
        return await awaited_output(await output)
    if _are_rows_of_atoms(output):
        return output
    waiting: Iterator[tuple[Any, Any]] = iter(list(_awaitables(output)))
    try:
        for place, key in waiting:
            place[key] = await awaited_output(place[key])
    finally:
        for place, key in waiting:
            dispose(place[key])
    return output


def _are_rows_of_atoms(output: Any) -> bool:
    """Whether there is a list of dicts in which nothing can be awaited; seen at once, without a step for each row."""
    if type(output) is not list or set(map(type, output)) != {dict}:
        return False
    return _ATOMS.issuperset(map(type, chain.from_iterable(map(dict.values, output))))


def refuse_awaitables(output: list[Any], remedy: str) -> None:
    """Raises `TypeError` if there is an awaitable among the items, and ends each of them."""
    waiting = [item for item in output if hasattr(item, "__await__")]
    for item in waiting[1:]:
        dispose(item)
    for item in waiting[:1]:
        require_sync(item, remedy)


def _awaitables(output: Any) -> Iterator[tuple[Any, Any]]:
    """`(container, key)` of each awaitable, in the order of the output."""
    entries: Iterable[tuple[Any, Any]]
    if isinstance(output, dict):
        entries = output.items()
    elif isinstance(output, list):
        entries = enumerate(output)
    else:
        return
    for key, value in entries:
        kind = type(value)
        # most values are atoms, and most dicts hold nothing else: asking each costs more than rendering it
        if kind in _ATOMS or (kind is dict and _ATOMS.issuperset(map(type, value.values()))):
            continue
        if inspect.isawaitable(value):
            yield output, key
        else:
            yield from _awaitables(value)
