"""Which of two twins runs: `validate` or `avalidate`, `create` or `acreate`, and so on.

The first class in the MRO that defines either name decides.
"""

from dataclasses import dataclass
from types import FunctionType
from typing import Any
from weakref import WeakKeyDictionary

from restflow.core import is_async_callable

TWINS = {
    "validate": "avalidate",
    "to_internal_value": "ato_internal_value",
    "run_validation": "arun_validation",
    "create": "acreate",
    "update": "aupdate",
    "to_representation": "ato_representation",
    "is_valid": "ais_valid",
    "save": "asave",
}
"""The sync name -> the async name."""

_LIBRARIES = ("rest_framework.", "restflow.serializers.")


def is_library_member(cls: type, name: str) -> bool:
    """Whether `cls` has the member `name` from a library, unpatched, or not at all."""
    for owner in cls.__mro__:
        if name in vars(owner):
            return is_library_class(owner) and is_library_code(vars(owner)[name])
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Twin:
    """How a pair of names behaves in one class.

    `owner` is the class that decides, `None` for the defaults of DRF and restflow. `attribute` is the name that the
    async face calls, `awaited` whether it is async; `refused` whether the sync face has nothing that it could call.
    """

    name: str
    attribute: str
    owner: type | None = None
    awaited: bool = False
    refused: bool = False


_twins: WeakKeyDictionary[type, dict[str, Twin]] = WeakKeyDictionary()


def is_library_name(module: str) -> bool:
    """Whether a module of this name is one of DRF's or restflow.serializers' own."""
    return module.startswith(_LIBRARIES)


def is_library_class(cls: type) -> bool:
    """Whether `cls` is one of DRF's, restflow's or Python's own."""
    return cls.__module__.startswith(_LIBRARIES) or cls.__module__ in ("builtins", "typing")


def is_library_code(member: Any) -> bool:
    """Whether a member of a library's class is what the library put there, and no patch."""
    function = getattr(member, "fget", None) or getattr(member, "func", None) or getattr(member, "__func__", member)
    kind = type(function)
    if kind is FunctionType:  # whose `__module__` may be that of what it wraps
        module = function.__globals__.get("__name__")
    else:
        module = getattr(function if kind.__module__ == "builtins" else kind, "__module__", None)
    return str(module or _LIBRARIES[0]).startswith(_LIBRARIES)


def twin(cls: type, name: str) -> Twin:
    """The twin for the pair with the sync `name`; worked out once per class."""
    known = _twins.setdefault(cls, {})
    if name not in known:
        known[name] = _find(cls, name)
    return known[name]


def _find(cls: type, name: str) -> Twin:
    aname = TWINS[name]
    for owner in cls.__mro__:
        if is_library_class(owner) and (name in vars(owner) or aname in vars(owner)):
            break
        own = {known: vars(owner)[known] for known in (name, aname) if _is_written(vars(owner).get(known))}
        if not own:
            continue
        if aname in own:
            return Twin(name=name, attribute=aname, owner=owner, awaited=True, refused=_refuses(own, name))
        awaited = _is_async(own[name])
        return Twin(name=name, attribute=name, owner=owner, awaited=awaited, refused=awaited)
    return Twin(name=name, attribute=name)


def _is_written(attribute: Any) -> bool:
    """Whether the project wrote it; a class may also have a refusal that restflow has put there."""
    return attribute is not None and not str(getattr(attribute, "__module__", "")).startswith(_LIBRARIES)


def _refuses(own: Any, name: str) -> bool:
    return name not in own or _is_async(own[name])


def _is_async(attribute: Any) -> bool:
    function = attribute.__func__ if isinstance(attribute, classmethod | staticmethod) else attribute
    return is_async_callable(function)
