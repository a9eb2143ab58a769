"""What a tree of serializers and fields contains: async hooks, and code that may block.

The walk follows the fields of the instance, because code may add and remove them; what depends on a class alone is
worked out once per class.
"""

import builtins
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from types import BuiltinFunctionType, FunctionType
from typing import Any
from weakref import WeakKeyDictionary

from django.utils import timezone
from rest_framework import fields as drf
from rest_framework import relations
from rest_framework import serializers as drf_serializers

from restflow.core import is_async_callable
from restflow.serializers._blueprints import Blueprint
from restflow.serializers._checked_validators import KNOWN_VALIDATORS, is_known
from restflow.serializers._defaults import FreshCopy
from restflow.serializers._own_fields import planned_blueprint
from restflow.serializers._twins import is_library_class, twin
from restflow.serializers.fields import SetField, TupleField
from restflow.serializers.unions import UnionField

OPEN_CONTAINERS = (drf.ListField, drf.DictField, SetField, TupleField, UnionField)
"""Container fields, exactly these classes, beneath which hooks can be awaited."""

_BLOCKING_FIELDS = (
    relations.RelatedField,
    relations.ManyRelatedField,
    drf.FileField,
    drf.FilePathField,
    drf.ModelField,
)
Path = tuple[type, ...]
"""The serializer classes above a place of the tree."""

_AFTER_VALIDATION = frozenset({"create", "update", "save", "to_representation"})


@dataclass(frozen=True, slots=True)
class AsyncHook:
    """An async callable of the tree: where it is, what to call instead, and whether anyone can await it.

    `refused` is false where the sync face has a twin of its own to run.
    """

    owner: str
    hook: str
    remedy: str
    reachable: bool = True
    refused: bool = True

    def refusal(self) -> TypeError:
        if not self.reachable:
            return TypeError(
                f"{self.owner}: {self.hook} is async, in a place where nothing awaits it. "
                "Make it sync, or use restflow's serializers and DRF's own ListField and DictField around it."
            )
        return TypeError(f"{self.owner}: {self.hook} is async, and this call is sync. Use `await` with {self.remedy}.")


@dataclass(frozen=True, slots=True)
class ClassFacts:
    """What the methods of a serializer class say.

    `async_hooks` are names of its async `validate_<name>`; `blocks` whether validating runs sync code of the project.
    """

    async_hooks: frozenset[str]
    blocks: bool


_facts: WeakKeyDictionary[type, ClassFacts] = WeakKeyDictionary()


def class_facts(cls: type) -> ClassFacts:
    facts = _facts.get(cls)
    if facts is None:
        hooks = (name for name in dir(cls) if name.startswith("validate_"))
        facts = _facts[cls] = ClassFacts(
            async_hooks=frozenset(name for name in hooks if is_async_callable(getattr(cls, name))),
            blocks=any(_has_sync_code(owner) for owner in cls.__mro__ if not is_library_class(owner)),
        )
    return facts


def _has_sync_code(cls: type) -> bool:
    """Whether the class body has sync code that validation could run; that code may do anything."""
    return any(
        (isinstance(value, FunctionType) and not is_async_callable(value)) or hasattr(type(value), "__get__")
        for name, value in vars(cls).items()
        if name not in _AFTER_VALIDATION
        and not (name.startswith("__") and name.endswith("__") and name != "__init__")
        and not (isinstance(value, FunctionType) and is_async_callable(value))
        and not isinstance(value, type)
    )


def blueprint_in_use(field: Any) -> Blueprint | None:
    """As `planned_blueprint`; of an instance that has made a field, what that is a copy of: its class may change."""
    made: Blueprint | None = getattr(field, "_fields_blueprint", None)
    return planned_blueprint(field) if made is None or field._fields_given else made


# --- async hooks of validation


def validation_hooks(field: Any, blueprint: Blueprint | None = None) -> Iterable[AsyncHook]:
    """The async hooks that validating `field`, and what is beneath it, would run; known per class where it can be."""
    blueprint = blueprint or planned_blueprint(field)
    if blueprint is None:
        return _validation_hooks(field)
    return (*blueprint.part(_validation_hooks_of), *hooks_given_to(field))


def _validation_hooks_of(blueprint: Blueprint) -> tuple[AsyncHook, ...]:
    return tuple(_validation_hooks(blueprint.prototype))


def _validation_hooks(field: Any, path: Path = (), *, reachable: bool = True) -> Iterator[AsyncHook]:
    yield from _own_validation_hooks(field, reachable)
    if isinstance(field, drf_serializers.Serializer):
        if type(field) in path:
            return  # it contains itself
        below = reachable and hasattr(field, "arun_validation")
        for child in field._writable_fields:
            yield from _validation_hooks(child, (*path, type(field)), reachable=below)
    else:
        below = reachable and (type(field) in OPEN_CONTAINERS or hasattr(field, "arun_validation"))
        for child in children_of(field):
            if below and not path:
                yield from validation_hooks(child)
            else:
                yield from _validation_hooks(child, path, reachable=below)


def hooks_given_to(serializer: Any) -> list[AsyncHook]:
    """The async validators and the async default that an instance was given, beyond those of its class."""
    state = vars(serializer)
    if state["default"] is drf.empty and not state.get("_validators"):
        return []
    return list(_attached_hooks(serializer, type(serializer).__qualname__, state.get("_validators") or (), True))


def children_of(field: Any) -> tuple[Any, ...]:
    """The fields of a container's items; none for other fields."""
    if isinstance(field, UnionField):
        return field.members
    children = getattr(field, "children", None)
    if children is not None and isinstance(field, TupleField):
        return tuple(children)
    child = getattr(field, "child", None)
    return (child,) if isinstance(child, drf.Field) else ()


def _own_validation_hooks(field: Any, reachable: bool) -> Iterator[AsyncHook]:
    cls = type(field)
    is_serializer = isinstance(field, drf_serializers.BaseSerializer)
    where = cls.__qualname__ if is_serializer else _place(field)
    reachable = reachable and (hasattr(field, "arun_validation") or not is_serializer)
    if hasattr(field, "arun_validation"):
        for name, remedy in _REMEDIES.items():
            found = twin(cls, name)
            if found.refused or (found.awaited and reachable):
                yield AsyncHook(where, found.attribute, remedy, reachable, found.refused)
    if isinstance(field, drf_serializers.Serializer):
        hooks = class_facts(cls).async_hooks
        for child in field._writable_fields if hooks else ():
            if f"validate_{child.field_name}" in hooks:
                yield AsyncHook(where, f"validate_{child.field_name}", "ais_valid (or ato_internal_value)", reachable)
    yield from _attached_hooks(field, where, field.validators, reachable)


def _attached_hooks(field: Any, where: str, validators: Iterable[Any], reachable: bool) -> Iterator[AsyncHook]:
    for validator in validators:
        if is_async_validator(validator):
            name = getattr(validator, "__qualname__", type(validator).__qualname__)
            yield AsyncHook(where, f"the validator {name}", "ais_valid", reachable)
    if is_async_callable(field.default):
        yield AsyncHook(where, "the default", "", reachable=False)


def is_async_validator(validator: Any) -> bool:
    # most validators are instances of known classes, and looking into a callable costs microseconds
    return not is_known(validator) and is_async_callable(validator)


_REMEDIES = {
    "run_validation": "ais_valid (or arun_validation)",
    "to_internal_value": "ais_valid (or ato_internal_value)",
    "validate": "ais_valid (or arun_validation)",
}


def _place(field: Any) -> str:
    parent = field.parent
    while parent is not None and not field.field_name:
        field, parent = parent, parent.parent
    return f"{type(parent).__qualname__}.{field.field_name}" if parent is not None else type(field).__qualname__


# --- async hooks of output and of saving


def output_hooks(field: Any, blueprint: Blueprint | None = None) -> Iterable[AsyncHook]:
    """The async hooks that rendering `field`, and what is beneath it, would run; known per class where it can be."""
    blueprint = blueprint or planned_blueprint(field)
    return _output_hooks(field) if blueprint is None else blueprint.part(_output_hooks_of)


def _output_hooks_of(blueprint: Blueprint) -> tuple[AsyncHook, ...]:
    return tuple(_output_hooks(blueprint.prototype))


def _output_hooks(field: Any, path: Path = ()) -> Iterator[AsyncHook]:
    if hasattr(field, "ato_representation"):
        found = twin(type(field), "to_representation")
        if found.awaited:
            place = type(field).__qualname__
            yield AsyncHook(place, found.attribute, "adata (or ato_representation)", refused=found.refused)
    if isinstance(field, drf_serializers.Serializer):
        if type(field) in path:
            return  # it contains itself
        for child in field._readable_fields:
            if isinstance(child, drf.SerializerMethodField):
                if is_async_callable(getattr(field, str(child.method_name), None)):
                    yield AsyncHook(type(field).__qualname__, str(child.method_name), "adata (or ato_representation)")
            else:
                yield from _output_hooks(child, (*path, type(field)))
    else:
        for child in children_of(field):
            yield from _output_hooks(child, path) if path else output_hooks(child)


def saving_hook(serializer: Any, name: str) -> AsyncHook | None:
    """The async hook that `save()` would need for `name`, `create` or `update`."""
    found = twin(type(serializer), name)
    if found.refused:
        return AsyncHook(type(serializer).__qualname__, found.attribute, "asave")
    child = getattr(serializer, "child", None)
    if child is not None and found.owner is None and name == "create":
        return saving_hook(child, name)
    return None


def output_twins(field: Any, path: Path = ()) -> Iterator[Any]:
    """The serializers of the tree that have an `ato_representation` of their own.

    A class that contains itself is looked at once: deeper levels of it are made while they render.
    """
    if hasattr(field, "ato_representation") and twin(type(field), "to_representation").attribute != "to_representation":
        yield field
    if isinstance(field, drf_serializers.Serializer):
        if type(field) in path or (not path and not _has_output_twins(field)):
            return
        path = (*path, type(field))
        beneath: Iterable[Any] = field._readable_fields
    else:
        beneath = children_of(field)
    for child in beneath:
        yield from output_twins(child, path)


def _has_output_twins(field: Any) -> bool:
    blueprint = planned_blueprint(field)
    return blueprint is None or blueprint.part(_output_twins_below)


def _output_twins_below(blueprint: Blueprint) -> bool:
    path = (blueprint.cls,)
    return any(True for child in blueprint.prototype._readable_fields for _twin in output_twins(child, path))


# --- code that may block


def may_block(field: Any) -> bool:
    """Whether validating `field` may query, read a file, or run sync code of the project."""
    blueprint = planned_blueprint(field)
    return _may_block(field) if blueprint is None else blueprint.part(_may_block_as_class)


def _may_block_as_class(blueprint: Blueprint) -> bool:
    return _may_block(blueprint.prototype)


def _may_block(field: Any, path: Path = ()) -> bool:
    if isinstance(field, drf_serializers.Serializer):
        if type(field) in path:
            return False  # it contains itself, and the outer one tells
        below = (*path, type(field))
        blocks = class_facts(type(field)).blocks or any(_child_blocks(child, below) for child in field.fields.values())
    else:
        foreign = not is_library_class(type(field)) or isinstance(field, _BLOCKING_FIELDS)
        blocks = foreign or any(_may_block(child, path) for child in children_of(field))
    return blocks or not _is_harmless_default(field.default) or any(map(_validator_blocks, field.validators))


def _child_blocks(field: Any, path: Path) -> bool:
    return not _is_harmless_default(field.default) if field.read_only else _may_block(field, path)


def _is_harmless_default(default: Any) -> bool:
    return (
        not callable(default)
        or default is drf.empty
        or default is timezone.now
        or isinstance(default, FreshCopy | BuiltinFunctionType)
        or getattr(builtins, getattr(default, "__name__", ""), None) is default
    )


def _validator_blocks(validator: Callable[..., Any]) -> bool:
    if is_async_validator(validator):
        return False  # it is awaited
    known = (getattr(validator, "__module__", None) or "").startswith(KNOWN_VALIDATORS)
    return not known or hasattr(validator, "queryset")
