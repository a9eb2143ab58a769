"""What DRF does when an attribute is not simply there: defaults, skipping, callables, and its explanations."""

from typing import Any

_NOTHING: Any = object()


class StandIn:
    """Stands for an object in `field.get_attribute(object)`, with what was read from it: nothing is read twice.

    DRF's method then does what is left: it calls a callable, or deals with the exception. `__class__` is that of the
    object, because it stands in DRF's messages.
    """

    def __init__(self, instance: Any, *, value: Any = _NOTHING, error: Exception | None = None) -> None:
        state = object.__getattribute__(self, "__dict__")
        state["instance"], state["value"], state["error"] = instance, value, error

    def __getattribute__(self, name: str) -> Any:
        state = object.__getattribute__(self, "__dict__")
        if name == "__class__":
            return type(state["instance"])
        if state["error"] is not None:
            raise state["error"]
        return state["value"]

    def __getitem__(self, name: Any) -> Any:
        return getattr(self, "value")  # noqa: B009  # whatever the name
