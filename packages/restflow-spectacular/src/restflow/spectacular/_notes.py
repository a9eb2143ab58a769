"""What one generation of a document remembers: who has taken which name."""

from typing import Any
from weakref import WeakKeyDictionary

from drf_spectacular.drainage import warn
from drf_spectacular.plumbing import ComponentRegistry, ResolvedComponent

_names: WeakKeyDictionary[ComponentRegistry, dict[tuple[str, str], tuple[Any, Any]]] = WeakKeyDictionary()


def claim(
    registry: ComponentRegistry,
    kind: str,
    name: str,
    content: Any,
    claimant: Any,
    remedy: str = "Rename one of them.",
) -> bool:
    """Whether the name is free for this content, or taken by the same; one warning names both where it is not."""
    content_there, owner = _names.setdefault(registry, {}).setdefault((kind, name), (content, claimant))
    if content_there == content:
        return True
    warn(f'the {kind} "{name}" means two things: {_path(owner)} and {_path(claimant)}. {remedy}')
    return False


def taken_by_other(registry: ComponentRegistry, kind: str, name: str, content: Any) -> bool:
    """Whether another content has the name."""
    known = _names.get(registry, {}).get((kind, name))
    return known is not None and known[0] != content


def component(registry: ComponentRegistry, kind: str, name: str, schema: Any) -> dict[str, Any]:
    """The reference to a component that is identified by its name alone."""
    found = ResolvedComponent(name=name, type=kind, schema=schema, object=name)
    registry.register_on_missing(found)
    reference: dict[str, Any] = found.ref
    return reference


def _path(value: Any) -> str:
    if isinstance(value, str):
        return value
    named = value if hasattr(value, "__qualname__") else type(value)
    return f"{named.__module__}.{named.__qualname__}"
