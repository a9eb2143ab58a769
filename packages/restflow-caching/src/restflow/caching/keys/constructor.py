"""Key constructors: classes whose attributes are key fields."""

import inspect
import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar
from weakref import WeakKeyDictionary, WeakValueDictionary

from restflow.caching.errors import CacheConfigError
from restflow.caching.keys import _identity, _signature
from restflow.caching.keys._plan import KeyPlan
from restflow.caching.keys._signature import Values
from restflow.caching.keys.arguments import ArgsKeyField
from restflow.caching.keys.fields import CacheKeyField, Function
from restflow.caching.storage import _listing
from restflow.caching.storage._wipes import Wipe, awipe, wipe
from restflow.core import in_thread
from restflow.core.names import suggestion


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyOptions:
    """The options of a constructor's `Meta`."""

    namespace: str = ""
    """First part of the key."""
    version: int = 1
    """Django cache version; bumping it makes everything older unreachable."""
    key_identifier: str = ""
    """Stands for the function in the key; may hold `{module}`, `{qualname}`, `{name}`. A fixed one shares entries."""
    max_key_suffix_length: int | None = None
    """Characters; default the setting `MAX_KEY_SUFFIX_LENGTH`."""
    hash_suffix_on_overflow: bool | None = None
    """Default the setting `HASH_SUFFIX_ON_OVERFLOW`."""

    @classmethod
    def merged(cls, owner: str, base: "KeyOptions", given: Mapping[str, Any]) -> "KeyOptions":
        """`base` with the given options; raises `TypeError` for a wrong type, `CacheConfigError` for an unknown one."""
        for name, value in given.items():
            if name not in cls.__dataclass_fields__:
                raise CacheConfigError(
                    f"{owner}: Meta has no option {name!r}.",
                    hint=suggestion(name, cls.__dataclass_fields__, what="options"),
                )
            _check_option(owner, name, value)
        changes = dict(given)
        if "version" in changes:
            changes["version"] = int(changes["version"])
            if changes["version"] < 1:
                raise CacheConfigError(f"{owner}: Meta.version must be 1 or more.")
        options = replace(base, **changes)
        _identity.check_part(owner, "namespace", options.namespace)
        _identity.check_part(owner, "key_identifier", options.key_identifier)
        return options


def _check_option(owner: str, name: str, value: Any) -> None:
    if name in ("namespace", "key_identifier"):
        fits, expected = isinstance(value, str), "a string"
    elif name == "version":
        digits = isinstance(value, str) and value.isdecimal() and value.isascii()
        fits, expected = (type(value) is int or digits), "an int"
    elif name == "max_key_suffix_length":
        fits, expected = (type(value) is int or value is None), "an int"
    else:
        fits, expected = (isinstance(value, bool) or value is None), "a bool"
    if not fits:
        raise TypeError(f"{owner}: Meta.{name} must be {expected}, got {type(value).__name__}.")


class KeyConstructor:
    """Base of key constructors: declare key fields as attributes, and options in `Meta`.

    Fields keep the order of declaration, inherited ones first; `name = None` removes an inherited field. `Meta` is
    inherited option by option (see `KeyOptions`).
    """

    fields: ClassVar[Mapping[str, CacheKeyField]] = {}
    options: ClassVar[KeyOptions] = KeyOptions()
    _wrappers: ClassVar["WeakValueDictionary[tuple[str, str], Any]"] = WeakValueDictionary()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        names: dict[str, None] = {}
        for base in (*cls.__bases__, cls):
            own = base.fields if base is not cls and issubclass(base, KeyConstructor) else vars(base)
            names.update(dict.fromkeys(own))
        found = {name: inspect.getattr_static(cls, name, None) for name in names}
        for name, value in found.items():
            if isinstance(value, type) and issubclass(value, CacheKeyField):
                raise CacheConfigError(
                    f"{cls.__module__}.{cls.__qualname__}.{name}: a key field is an instance.",
                    hint=f"Write {name} = {value.__name__}(...).",
                )
        cls.fields = {name: value for name, value in found.items() if isinstance(value, CacheKeyField)}
        meta = vars(cls).get("Meta")
        given = {k: v for k, v in vars(meta).items() if not k.startswith("__")} if meta is not None else {}
        bases = [base.options for base in cls.__bases__ if issubclass(base, KeyConstructor)]
        inherited: dict[str, Any] = {
            name: next((v for v in (getattr(o, name) for o in bases) if v != default.default), default.default)
            for name, default in KeyOptions.__dataclass_fields__.items()
        }
        cls.options = KeyOptions.merged(f"{cls.__module__}.{cls.__qualname__}", KeyOptions(**inherited), given)
        cls._wrappers = WeakValueDictionary()

    def __init__(self) -> None:
        self._plans: WeakKeyDictionary[Function, KeyPlan] = WeakKeyDictionary()

    @classmethod
    def get_fields(cls) -> dict[str, CacheKeyField]:
        """The declared fields by name, in order; a new dict."""
        return dict(cls.fields)

    @classmethod
    def get_version(cls) -> int:
        """The version, which Django's cache puts into the final key."""
        return cls.options.version

    @staticmethod
    def get_function_identifier(func: Function) -> str:
        """The dotted path of a function, method or classmethod."""
        return _signature.path_of_function(func)

    @classmethod
    def prefix_of(cls, func: Function) -> str:
        """`<namespace>::<function-id>`, the same for every call."""
        options = cls.options
        identifier = _identity.function_id(func, options.namespace, options.key_identifier)
        return f"{options.namespace}::{identifier}" if options.namespace else identifier

    def plan(self, func: Function) -> KeyPlan:
        """What is known of the function's keys; made once. Raises `CacheConfigError` where a field does not fit."""
        try:
            return self._plans[func]
        except KeyError:
            options = self.options
            limits = (options.max_key_suffix_length, options.hash_suffix_on_overflow)
            plan = self._plans[func] = KeyPlan(func, self.fields, self.prefix_of(func), limits)
            return plan

    def build_partition(self, func: Function, args: Values | None, kwargs: dict[str, Any] | None) -> str:
        """The parts of the partition, joined; empty where there is no call (`args` and `kwargs` are `None`)."""
        if args is None and kwargs is None:
            return ""
        plan = self.plan(func)
        args, kwargs = args or (), kwargs or {}
        return "::".join(plan.partition(plan.shape.bind(*args, **kwargs), args, kwargs))

    def build_key_prefix(self, func: Function, args: Values | None, kwargs: dict[str, Any] | None) -> str:
        """Namespace, function and partition."""
        prefix = self.plan(func).prefix
        has_partition = any(field.partition for field in self.fields.values())
        if (args is None and kwargs is None) or not has_partition:
            return prefix
        return f"{prefix}::{self.build_partition(func, args, kwargs)}"

    def build_key_suffix(self, func: Function, args: Values, kwargs: dict[str, Any]) -> str:
        """The parts outside the partition, hashed where they are too long."""
        plan = self.plan(func)
        return plan.suffix(plan.shape.bind(*args, **kwargs), args, kwargs) or ""

    def generate_key(self, func: Function, args: Values, kwargs: dict[str, Any]) -> str:
        """The whole key of a call."""
        plan = self.plan(func)
        key = self.build_key_prefix(func, args, kwargs)
        if not plan.partition_only:
            key = f"{key}::{self.build_key_suffix(func, args, kwargs)}"
        return plan.fitted(key)

    @classmethod
    def overrides_texts(cls) -> bool:
        """Whether a subclass builds some of the key in its own way."""
        names = ("build_partition", "build_key_prefix", "build_key_suffix", "generate_key")
        return any(getattr(cls, name) is not getattr(KeyConstructor, name) for name in names)

    @classmethod
    def remember(cls, wrapper: Any) -> None:
        """Lets `wipe` reach a decorated function; the same path again replaces it."""
        cls._wrappers[wrapper.alias_setting or "", wrapper.path] = wrapper

    @classmethod
    def _wipes(cls, args: Values, kwargs: dict[str, Any]) -> list[Wipe]:
        wrappers = list(cls._wrappers.values())
        if not args and not kwargs:
            return [wrapper.wipe_of_all() for wrapper in wrappers]
        wipes, refusal = [], None
        for wrapper in wrappers:
            if kwargs and not any(wrapper.plan.knows(name) for name in kwargs):
                continue
            try:
                wipes.append(wrapper.wipe_of(args, {k: v for k, v in kwargs.items() if wrapper.plan.knows(k)}))
            except TypeError as error:
                refusal = error
        if not wipes:
            raise refusal or TypeError(
                f"{cls.__module__}.{cls.__qualname__}.wipe(): no function of this constructor has the arguments or "
                f"fields {', '.join(kwargs)}."
            )
        return wipes

    @classmethod
    def wipe(cls, *args: Any, **kwargs: Any) -> None:
        """Wipes every function decorated with exactly this class: all of it, or what agrees with the arguments.

        One round trip per cache alias and version. Raises `TypeError` if no function has the named arguments.
        """
        wipe(cls._wipes(args, kwargs))

    @classmethod
    async def awipe(cls, *args: Any, **kwargs: Any) -> None:
        """`wipe` for async code."""
        await awipe(cls._wipes(args, kwargs))

    @classmethod
    def delete_previous_versions(cls) -> int:
        """Deletes what older versions left under the namespace; returns how many keys.

        `CacheConfigError` without a namespace, `NotImplementedError` where the backend cannot list its keys.
        """
        options = cls.options
        owner = f"{cls.__module__}.{cls.__qualname__}"
        if not options.namespace:
            raise CacheConfigError(
                f"{owner}: without Meta.namespace the keys of older versions cannot be told apart.",
                hint="Set Meta.namespace.",
            )
        if options.version == 1:
            return 0
        aliases = {wrapper.alias for wrapper in cls._wrappers.values()} or {_listing.default_alias()}
        return sum(
            _listing.delete_under(alias, options.namespace, version)
            for alias in sorted(aliases)
            for version in range(1, options.version)
        )

    @classmethod
    async def adelete_previous_versions(cls) -> int:
        """`delete_previous_versions` for async code."""
        return await in_thread(cls.delete_previous_versions)


class DefaultKeyConstructor(KeyConstructor):
    """Every argument of the call."""

    arguments = ArgsKeyField("*")


_inline: dict[tuple[Any, ...], type[KeyConstructor]] = {}
_inline_lock = threading.Lock()


def InlineKeyConstructor(  # noqa: N802 - it stands for a class
    fields: Mapping[str, CacheKeyField],
    version: int | str = 1,
    max_key_suffix_length: int | None = None,
    hash_suffix_on_overflow: bool | None = None,
    namespace: str = "",
    key_identifier: str = "",
) -> type[KeyConstructor]:
    """A key constructor from a dict of fields; the same field objects and options give the same class."""
    for name, field in fields.items():
        if not isinstance(field, CacheKeyField):
            raise CacheConfigError(
                f"InlineKeyConstructor: {name!r} must be a key field, got {type(field).__name__}.",
            )
    meta = {
        "version": version,
        "max_key_suffix_length": max_key_suffix_length,
        "hash_suffix_on_overflow": hash_suffix_on_overflow,
        "namespace": namespace,
        "key_identifier": key_identifier,
    }
    identity = (tuple((name, id(field)) for name, field in fields.items()), tuple(meta.items()))
    with _inline_lock:
        known = _inline.get(identity)
        if known is None:
            known = type("InlineKeyConstructor", (KeyConstructor,), {**fields, "Meta": type("Meta", (), meta)})
            _inline[identity] = known  # keeps the fields alive, so that no other gets their ids
        return known


def constructor_from(value: Any) -> KeyConstructor:
    """The constructor that a decorator was given: a subclass, an instance, a dict of fields, or of parameters."""
    if isinstance(value, KeyConstructor):
        return value
    if isinstance(value, type) and issubclass(value, KeyConstructor):
        return value()
    if isinstance(value, Mapping):
        if isinstance(value.get("fields"), Mapping):
            return InlineKeyConstructor(**value)()
        return InlineKeyConstructor(value)()
    given = f"{value.__module__}.{value.__qualname__}" if isinstance(value, type) else type(value).__name__
    raise CacheConfigError(
        f"key_constructor must be a KeyConstructor, or a dict of key fields, got {given}.",
        hint="Subclass KeyConstructor, or pass {'name': ArgsKeyField('argument')}.",
    )
