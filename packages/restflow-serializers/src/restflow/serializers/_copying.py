"""Copies of fields that take a fraction of what DRF's copies take.

DRF copies a field by running its constructor again with copies of its arguments. Where the class is one of DRF's or
restflow's own the result of that is known: the same state, with containers of its own.
"""

import copy
from collections.abc import Callable
from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from rest_framework import fields as drf
from rest_framework import serializers as drf_serializers

from restflow.serializers._checked_validators import checker
from restflow.serializers._twins import is_library_class

Copy = Callable[[Any], Any]
"""Makes a copy whose parent is the argument."""

_MAY_BE_CHANGED = ("default", "initial", "default_empty_html")
"""Attributes with objects of the project's, which DRF copies in depth."""


def copier(template: Any) -> Copy:
    """A function that makes copies of `template`, bound under the same name as `template` is."""
    copy_of = _by_state(template) if _is_copied_by_state(template) else _by_constructor(template)
    give_check = checker(template)
    if give_check is None:
        return copy_of

    def with_check(parent: Any) -> Any:
        made = copy_of(parent)
        give_check(made)
        return made

    return with_check


def _by_constructor(template: Any) -> Copy:
    name = template.field_name

    def by_constructor(parent: Any) -> Any:
        made = copy.deepcopy(template)
        if name is not None:
            made.bind(name, parent)
        return made

    return by_constructor


def _is_copied_by_state(field: Any) -> bool:
    cls = type(field)
    return (
        is_library_class(cls)
        and cls.__deepcopy__ is drf.Field.__deepcopy__
        and not isinstance(field, drf_serializers.BaseSerializer)
    )


def _by_state(template: Any) -> Copy:
    cls = type(template)
    new = object.__new__
    shared: dict[str, Any] = {}
    containers: list[str] = []
    renewed: list[tuple[str, Callable[[Any], Any]]] = []
    for name, value in vars(template).items():
        if name == "parent" or isinstance(getattr(cls, name, None), cached_property):
            continue  # what was derived from the template's children, a copy derives from its own
        renew = _renewal(name, value)
        if renew is not None:
            renewed.append((name, renew))
        elif type(value) in (list, dict, set):
            containers.append(name)
        shared[name] = value

    def by_state(parent: Any) -> Any:
        made = new(cls)
        state = made.__dict__
        state.update(shared)
        state["parent"] = parent
        for name in containers:
            state[name] = state[name].copy()
        for name, renew in renewed:
            state[name] = renew(made)
        return made

    return by_state


def _renewal(name: str, value: Any) -> Callable[[Any], Any] | None:
    """What makes the attribute's value for a copy, where it can neither be shared nor copied flat."""
    if isinstance(value, drf.Field):
        return _child(value)
    if isinstance(value, tuple) and value and all(isinstance(item, drf.Field) for item in value):
        children = [_child(item) for item in value]
        return lambda made: tuple(child(made) for child in children)
    if isinstance(value, QuerySet):
        return lambda made: value.all()  # else the rows that one instance has read would be there for the next
    if name in _MAY_BE_CHANGED and type(value) not in _ATOMS and not callable(value):
        return lambda made: copy.deepcopy(value)
    return None


_ATOMS = (type(None), bool, int, float, str, bytes)


def _child(field: Any) -> Callable[[Any], Any]:
    make = copier(field)
    bound = field.parent is not None
    return lambda made: make(made if bound else None)
