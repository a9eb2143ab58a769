"""The declaration of a rule."""

import enum
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Model
from django.utils.module_loading import import_string

from restflow.caching.dispatchers.base import Dispatcher
from restflow.caching.dispatchers.registry import plugins
from restflow.caching.errors import CacheConfigError
from restflow.caching.settings import CacheSettings


class SignalTypes(enum.StrEnum):
    """What made a rule fire."""

    POST_SAVE = "post_save"
    POST_DELETE = "post_delete"
    M2M_CHANGED = "m2m_changed"
    MANUAL = "manual"


@dataclass(eq=False)
class InvalidationRule:
    """Which changes of a model make entries of the decorated function invalid.

    Exactly one of `field_mapping`, `invalidator` and `invalidate_all`; a function without parameters may have none.
    """

    model: type[Model] | str
    """Model class or `"app_label.Model"`, which need not be loaded yet."""
    rewarm: bool = False
    """After the wipe run the function again with the mapped arguments."""
    field_mapping: Mapping[str, str] = field(default_factory=dict)
    """Argument or partition field name to dotted path on the saved row."""
    require_args: bool | Iterable[str] = True
    """Skip a row in which a mapped value (or one of those listed) is `None`; `False`: `None` is a value to wipe by."""
    trigger_on_create: bool = False
    """Fire for a new row too: for functions that cache "not found", or lists."""
    watch_fields: Iterable[str] | None = None
    """Fire on save only if one of these fields changed."""
    invalidate_when: Mapping[str, Any] = field(default_factory=dict)
    """Attribute to expected value; a key with `!` in front means "not equal". Either state of the row may match."""
    invalidator: Callable[..., Any] | str | None = None
    """`f(wrapper, instance, **extras)`, sync or async, or its dotted path; called in this process after the commit."""
    dispatcher: str | type[Dispatcher] | None = None
    """Where the work runs; default the setting `DEFAULT_DISPATCHER`."""
    dispatcher_config: Mapping[str, Any] = field(default_factory=dict)
    """Options of the dispatcher."""
    batch: bool = False
    """May share a dispatch with other rules of the same batch key."""
    raise_exception: bool | None = None
    """Whether a failing run raises; default the dispatcher's own setting."""
    name: str | None = field(default=None, kw_only=True)
    """Stable name within its function; default its position."""
    using: str | None = field(default=None, kw_only=True)
    """Only for changes on this database alias."""
    m2m_fields: Iterable[str] = field(default_factory=list, kw_only=True)
    """Also fire when these many-to-many relations of `model` change, from either side."""
    invalidate_all: bool = field(default=False, kw_only=True)
    """Wipe every entry of the function."""

    def __post_init__(self) -> None:
        if not isinstance(self.model, str) and not (isinstance(self.model, type) and issubclass(self.model, Model)):
            raise CacheConfigError(
                f"InvalidationRule: model must be a model class or 'app_label.Model', got {type(self.model).__name__}."
            )
        if isinstance(self.model, str) and self.model.count(".") != 1:
            raise CacheConfigError(f"InvalidationRule: {self.model!r} must be of the form 'app_label.Model'.")
        if self.invalidator is not None and not callable(self.invalidator) and not isinstance(self.invalidator, str):
            raise TypeError(
                f"InvalidationRule: invalidator must be callable or a dotted path, got "
                f"{type(self.invalidator).__name__}."
            )
        self.watch_fields = None if self.watch_fields is None else _names("watch_fields", self.watch_fields)
        self.m2m_fields = _names("m2m_fields", self.m2m_fields)
        if not isinstance(self.require_args, bool):
            self.require_args = _names("require_args", self.require_args)
        for option in ("field_mapping", "invalidate_when", "dispatcher_config"):
            if not isinstance(getattr(self, option), Mapping):
                raise TypeError(f"InvalidationRule: {option} must be a mapping.")
        ways = [way for way in ("field_mapping", "invalidator", "invalidate_all") if getattr(self, way)]
        if len(ways) > 1:
            raise CacheConfigError(f"InvalidationRule: {' and '.join(ways)} exclude each other.", hint="Keep one.")
        self._invalidator: Callable[..., Any] | None = None
        self._dispatcher: tuple[Any, Dispatcher] | None = None

    def resolve_invalidator(self) -> Callable[..., Any] | None:
        """The invalidator, imported once; raises `ValueError` for a path without a dot, `CacheConfigError` for one
        that does not import."""
        if self._invalidator is None and self.invalidator is not None:
            found: Any = self.invalidator
            if isinstance(found, str):
                if "." not in found:
                    raise ValueError(f"InvalidationRule: the invalidator {found!r} is no dotted path.")
                try:
                    found = import_string(found)
                except ImportError as error:
                    raise CacheConfigError(f"InvalidationRule: {error}.") from error
            self._invalidator = found
        return self._invalidator

    def get_dispatcher(self) -> Dispatcher:
        """The dispatcher, made once; raises `PluginError` for an unknown name, `TypeError` for options it refuses."""
        wanted = self.dispatcher or CacheSettings.current().DEFAULT_DISPATCHER
        cls = plugins.get(wanted) if isinstance(wanted, str) else wanted
        if self._dispatcher is None or self._dispatcher[0] is not cls:
            if not (isinstance(cls, type) and issubclass(cls, Dispatcher)):
                raise TypeError(f"InvalidationRule: dispatcher must be a name or a Dispatcher, got {cls!r}.")
            self._dispatcher = (cls, cls(**self.dispatcher_config))
        return self._dispatcher[1]


def _names(option: str, names: Any) -> tuple[str, ...]:
    if isinstance(names, str) or not isinstance(names, Iterable):
        raise TypeError(f"InvalidationRule: {option} must be a list of names, got {type(names).__name__}.")
    listed = tuple(names)
    if not all(isinstance(name, str) for name in listed):
        raise TypeError(f"InvalidationRule: {option} must be a list of names.")
    return listed
