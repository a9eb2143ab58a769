"""Values that no caller can change: read-only mappings with attribute access, tuples for lists, frozensets for sets."""

from collections.abc import Iterator, Mapping
from typing import Any

from restflow.core._redaction import plain
from restflow.core.names import suggestion


class FrozenMapping(Mapping[Any, Any]):
    """A read-only mapping whose entries are attributes too: `rules["celery"]["QUEUE"]`, `rules.celery.QUEUE`.

    An entry that is called like a method of mappings (`items`) is reached by subscription only.
    """

    __slots__ = ("_entries",)
    _entries: dict[Any, Any]

    def __init__(self, entries: Mapping[Any, Any]) -> None:
        object.__setattr__(self, "_entries", dict(entries))

    def __getitem__(self, key: Any) -> Any:
        return self._entries[key]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, key: object) -> bool:
        return key in self._entries

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name == "_entries":  # what copy and pickle ask for is no entry
            raise AttributeError(name)
        try:
            return self._entries[name]
        except KeyError:
            names = [key for key in self._entries if isinstance(key, str)]
            raise AttributeError(f"There is no entry {name!r}. {suggestion(name, names, what='entries')}") from None

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"Settings are read-only: {name!r} cannot be set.")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"Settings are read-only: {name!r} cannot be deleted.")

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *(key for key in self._entries if isinstance(key, str))]

    def __repr__(self) -> str:
        return repr(plain(self, redact=True))

    def __hash__(self) -> int:
        return hash(frozenset(self._entries.items()))

    def __reduce__(self) -> tuple[type["FrozenMapping"], tuple[dict[Any, Any]]]:
        return FrozenMapping, (self._entries,)

    def __copy__(self) -> "FrozenMapping":
        return self


def frozen(value: object) -> object:
    """A copy of built-in containers that nothing done to `value` or to the copy changes; other values as they are."""
    if isinstance(value, Mapping):
        return FrozenMapping({key: frozen(item) for key, item in value.items()})
    if isinstance(value, (list, tuple)):
        items = [frozen(item) for item in value]
        # a namedtuple stays one
        return type(value)._make(items) if hasattr(value, "_make") else tuple(items)
    if isinstance(value, (set, frozenset)):
        return frozenset(value)
    return value
