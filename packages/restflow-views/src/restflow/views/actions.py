"""`ActionConfig`: what one action of a viewset does differently from the class."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypedDict

from restflow.core.names import suggestion

if TYPE_CHECKING:
    from typing import Unpack


class Overrides(TypedDict, total=False):
    """The fields of an `ActionConfig`. Each is what the view's attribute of that name is for the action."""

    serializer_class: Any
    request_serializer_class: Any
    response_serializer_class: Any
    queryset: Any
    filter_backends: Sequence[Any]
    filterset_class: Any
    pagination_class: Any
    permission_classes: Sequence[Any]
    authentication_classes: Sequence[Any]
    throttle_classes: Sequence[Any]
    throttle_scope: str | None
    parser_classes: Sequence[Any]
    renderer_classes: Sequence[Any]
    lookup_field: str
    lookup_url_kwarg: str | None
    post_fetches: Sequence[Any]
    success_status: int | None
    atomic: bool | None


FIELDS = frozenset(Overrides.__annotations__)
SEQUENCES = frozenset(name for name in FIELDS if name.endswith(("_backends", "_classes", "_fetches")))


class ActionConfig:
    """Overrides of a viewset's attributes for one action; immutable and shareable.

    `queryset` may be a `QuerySet`, a `Manager` or a callable, sync or async, that gets the view and returns one.
    `pagination_class=None` means no pagination. A field that is not given reads as `None`; `overrides` holds the given
    ones. An unknown field, or a sequence field that is given no sequence, is a `TypeError`.
    """

    __slots__ = ("overrides",)

    overrides: Mapping[str, Any]
    __hash__ = None  # type: ignore[assignment]

    if TYPE_CHECKING:

        def __init__(self, **overrides: Unpack[Overrides]) -> None: ...

    else:

        def __init__(self, **overrides: Any) -> None:
            for name, value in overrides.items():
                if name not in FIELDS:
                    raise TypeError(f"ActionConfig has no field {name!r}. {suggestion(name, FIELDS, what='fields')}")
                if name in SEQUENCES:
                    if isinstance(value, str) or not isinstance(value, Sequence):
                        raise TypeError(f"ActionConfig.{name} is a sequence, not {type(value).__name__}.")
                    overrides[name] = tuple(value)
            object.__setattr__(self, "overrides", MappingProxyType(overrides))

    def __getattr__(self, name: str) -> Any:
        if name in FIELDS:
            return self.overrides.get(name)
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"ActionConfig is immutable; use replace({name}=...).")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"ActionConfig is immutable; {name} cannot be deleted.")

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (dict(self.overrides),)

    def __eq__(self, other: object) -> bool:
        return self.overrides == other.overrides if isinstance(other, ActionConfig) else NotImplemented

    def __repr__(self) -> str:
        return f"ActionConfig({', '.join(f'{name}={value!r}' for name, value in self.overrides.items())})"

    def replace(self, **changes: Any) -> "ActionConfig":
        """A config with these fields changed or added."""
        return ActionConfig(**{**self.overrides, **changes})


def _restore(overrides: dict[str, Any]) -> ActionConfig:
    return ActionConfig(**overrides)
