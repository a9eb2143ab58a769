"""Settings sections: what a section class declares, and how a user's mapping becomes an instance of it."""

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar, ForwardRef, Self, TypeVar, dataclass_transform, overload

from django.utils.functional import Promise
from django.utils.module_loading import import_string

from restflow.core._evaluation import class_annotations
from restflow.core._redaction import HIDDEN, plain
from restflow.core._types import Check, Problem, UncheckableError, check_of, mismatch
from restflow.core.errors import AnnotationError, ConfigError
from restflow.core.names import annotation_text, suggestion

T = TypeVar("T")

_MISSING: Any = dataclasses.MISSING


@overload
def option(default: T, *, secret: bool = ..., dotted: bool = ...) -> T: ...
@overload
def option(*, factory: Callable[[], T], secret: bool = ..., dotted: bool = ...) -> T: ...
def option(
    default: Any = _MISSING,
    *,
    factory: Callable[[], Any] | None = None,
    secret: bool = False,
    dotted: bool = False,
) -> Any:
    """Declares a key of a settings section with more than a default.

    `factory` makes the default anew for each reading of the settings. The value of a `secret` key is never shown. The
    value of a `dotted` key is an import path, which `section.load(key)` imports and the system check tries.
    """
    if factory is not None and default is not _MISSING:
        raise ConfigError("option(): a key has a default or a factory, not both.", hint="Remove one of them.")
    metadata = {"secret": secret, "dotted": dotted}
    if factory is not None:
        return dataclasses.field(default_factory=factory, metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


# `option` is no field specifier: type checkers see a default in one only where it is given by keyword. As an ordinary
# value it is a default, which is true of every key.
@dataclass_transform(kw_only_default=True, frozen_default=True)
class SettingsSection:
    """Base of the sections of `RESTFLOW_SETTINGS`; a subclass is a frozen dataclass whose fields are its keys.

    Every key is upper case and has an annotation and a default. A subclass is published under the entry-point group
    `restflow.settings`, by the section's name. Raises `ConfigError` at class creation for a key that breaks the rules.
    """

    _keys: ClassVar[Mapping[str, "Key"]] = {}
    _where: ClassVar[str] = ""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls._keys = _declared(cls)
        dataclasses.dataclass(frozen=True, kw_only=True, repr=False)(cls)

    @classmethod
    def current(cls) -> Self:
        """The section as the settings are now; the same instance until they change.

        Raises `ConfigError` where the settings are wrong, and for a class that no entry point publishes.
        """
        try:
            return current_sections[cls]  # type: ignore[return-value]
        except KeyError:
            from restflow.core._registry import registry  # it builds upon this module

            return registry.current(cls)

    def problems(self) -> Iterable[str]:
        """Says what is wrong across keys, a string a problem; called once every key has the right type."""
        return ()

    def load(self, key: str) -> Any:
        """The object that the dotted path of a `dotted=True` key names, imported once per settings change.

        A value that is no string (a class, a callable, an instance, `None`) is handed out as it is. Raises
        `ConfigError` for a path that does not import and for a key that was not declared `dotted`.
        """
        declared = self._keys.get(key)
        where = f"{self._where or type(self).__name__}.{key}"
        if declared is None or not declared.dotted:
            dotted = [name for name, other in self._keys.items() if other.dotted]
            raise ConfigError(
                f"{where} is not declared as a dotted path.", hint=suggestion(key, dotted, what="dotted keys")
            )
        value = getattr(self, key)
        if not isinstance(value, (str, Promise)):
            return value
        loaded: dict[str, Any] = vars(self).setdefault("_loaded", {})
        if key not in loaded:
            try:
                loaded[key] = import_string(str(value))
            except (Exception, SystemExit) as error:
                told = f"{str(value)!r} cannot be imported: {type(error).__name__}: {error}"
                if declared.secret:
                    told = f"its path cannot be imported ({type(error).__name__})"
                raise ConfigError(f"{where}: {told.rstrip('.')}.", hint="Correct the path.") from error
        return loaded[key]

    def _as_dict(self, *, redact: bool) -> dict[str, Any]:
        return {name: key.shown(getattr(self, name), redact=redact) for name, key in self._keys.items()}

    def __repr__(self) -> str:
        keys = (f"{name}={value!r}" for name, value in self._as_dict(redact=True).items())
        return f"{type(self).__qualname__}({', '.join(keys)})"

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "_loaded"}


current_sections: dict[type[SettingsSection], SettingsSection] = {}
"""What `current()` hands out; kept and forgotten by the registry, here so that a repeated call is one look-up."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One key of a section, as declared."""

    name: str
    expected: str
    check: Check
    default: Any
    factory: Callable[[], Any] | None
    secret: bool
    dotted: bool

    def shown(self, value: object, *, redact: bool) -> Any:
        """The value as plain data; hidden where the key is secret and `redact` is set."""
        return HIDDEN if redact and self.secret else plain(value, redact=redact)

    def value(self, given: Mapping[str, object], where: str, problems: list[Problem]) -> object:
        """The checked value: what the user gave, or the default; a nested section is merged over its default."""
        found: list[Problem] = []
        value: object = None
        checked: object = None
        try:
            value = self.factory() if self.factory is not None else self.default
            if self.name in given:
                value = _merged(value, given[self.name])
            checked = self.check(value, where, found)
        except Exception as error:  # the user's objects and factories may raise anything from any operation
            found = [Problem("restflow.E005", where, f"{where} cannot be checked: {type(error).__name__}.")]
        problems += [self._told(problem, where, value) for problem in found]
        return checked

    def _told(self, problem: Problem, where: str, value: object) -> Problem:
        if self.secret and problem.where != where:  # the names inside a secret value are part of it
            problem = mismatch(where, value, f"{self.expected} all the way down")
        if problem.hint is None and problem.id == "restflow.E005":
            inside = problem.where != where
            hint = f"{where} is declared as {self.expected}." if inside else "Correct the value, or leave the key out."
            return dataclasses.replace(problem, hint=hint)
        return problem


def _merged(default: object, value: object) -> object:
    if not isinstance(default, SettingsSection) or not isinstance(value, Mapping):
        return value
    values = {name: getattr(default, name) for name in default._keys}
    return values | {name: _merged(values.get(name), item) for name, item in value.items()}


def build(
    section: type[SettingsSection], given: object, where: str
) -> tuple[SettingsSection | None, dict[str, Any], list[Problem]]:
    """An instance made of the user's mapping, the values of the keys that are right, and every problem.

    There is no instance where there is a problem.
    """
    problems: list[Problem] = []
    if not isinstance(given, Mapping):
        message = f"{where}: expected a dict, got {annotation_text(type(given))}."
        problems.append(Problem("restflow.E003", where, message, "Map its keys to values, or leave the section out."))
        given = {}
    problems += [_unknown_key(name, section, where) for name in given if name not in section._keys]
    values = {}
    for name, key in section._keys.items():
        found: list[Problem] = []
        value = key.value(given, f"{where}.{name}", found)
        problems += found
        if not found:
            values[name] = value
    if problems:
        return None, values, problems
    instance = section(**values)
    vars(instance)["_where"] = where
    problems = list(_problems_across(instance, where))
    return (None if problems else instance), values, problems


def _unknown_key(name: object, section: type[SettingsSection], where: str) -> Problem:
    if not isinstance(name, str):
        message = f"{where}: a key is a string, got {annotation_text(type(name))}."
        return Problem("restflow.E004", where, message, f"Known keys: {', '.join(sorted(section._keys))}.")
    hint = suggestion(name, section._keys, what="keys")
    return Problem("restflow.E004", where, f"{where}.{name}: there is no such key.", hint)


def _problems_across(instance: SettingsSection, where: str) -> Iterable[Problem]:
    try:
        for text in instance.problems():
            yield Problem("restflow.E006", where, f"{where}: {text}")
    except Exception as error:  # a check that fails is a problem to report, and its text may hold a value
        message = f"{where}: its check failed with {type(error).__name__}."
        hint = f"Repair problems() of {type(instance).__module__}.{type(instance).__qualname__}."
        yield Problem("restflow.E006", where, message, hint)


def dotted_problems(instance: SettingsSection) -> Iterable[Problem]:
    """A problem for every dotted path of the section, nested sections included, that does not import."""
    for name, key in instance._keys.items():
        value = getattr(instance, name)
        if isinstance(value, SettingsSection):
            yield from dotted_problems(value)
        elif key.dotted:
            try:
                instance.load(name)
            except ConfigError as error:
                yield Problem("restflow.E007", f"{instance._where}.{name}", error.message, error.hint)


def _nested(cls: type) -> Check | None:
    """The check for a key whose type is a section, which is given as a dict."""
    if not issubclass(cls, SettingsSection):
        return None

    def check(value: object, where: str, problems: list[Problem]) -> object:
        if isinstance(value, cls):
            return value
        if not isinstance(value, Mapping):
            problems.append(mismatch(where, value, f"a dict ({cls.__qualname__})"))
            return value
        instance, _, found = build(cls, value, where)
        problems += found
        return instance

    return check


def _declared(cls: type[SettingsSection]) -> dict[str, Key]:
    """The keys of a class that is being created: inherited ones, then its own. Raises `ConfigError`."""
    keys: dict[str, Key] = {}
    for base in reversed(cls.__mro__[1:]):
        keys |= base.__dict__.get("_keys", {})
    owner = f"{cls.__module__}.{cls.__qualname__}"
    own = class_annotations(cls)
    for name, value in vars(cls).items():
        if name not in own and (isinstance(value, dataclasses.Field) or name in keys):
            raise ConfigError(f"{owner}.{name}: the key has no annotation.", hint=f"Write {name}: <type> = <default>.")
    for name, annotation in own.items():
        keys[name] = _key(owner, name, annotation, vars(cls).get(name, _MISSING))
    return keys


def _key(owner: str, name: str, annotation: Any, declared: Any) -> Key:
    if isinstance(annotation, ForwardRef):
        missing = f"the name {annotation.__forward_arg__!r} is not defined"
        raise AnnotationError(owner, name, annotation, missing, hint="Import the name at run time.")
    if not name.isupper() or name.startswith("_"):
        raise ConfigError(
            f"{owner}.{name}: the name of a key is upper case.", hint=f"Call it {name.strip('_').upper()}."
        )
    field = declared if isinstance(declared, dataclasses.Field) else dataclasses.field(default=declared)
    factory: Any = None if field.default_factory is _MISSING else field.default_factory
    if factory is None and field.default is _MISSING:
        raise ConfigError(f"{owner}.{name}: the key has no default.", hint="Give it one, or option(factory=...).")
    if factory is None and type(field.default).__hash__ is None:
        kind = annotation_text(type(field.default))
        raise ConfigError(
            f"{owner}.{name}: a {kind} is mutable, and every reader would share it.",
            hint=f"Write option(factory=lambda: ...), or option(factory={kind}) for an empty one.",
        )
    try:
        check = check_of(annotation, _nested)
    except UncheckableError as error:
        raise AnnotationError(
            owner, name, annotation, str(error), hint="Use a plain class, a union, a container or Any."
        ) from error
    except RecursionError as error:
        raise AnnotationError(owner, name, annotation, "the type refers to itself", hint="Use Any there.") from error
    key = Key(
        name=name,
        expected=annotation_text(annotation),
        check=check,
        default=field.default,
        factory=factory,
        secret=field.metadata.get("secret", False),
        dotted=field.metadata.get("dotted", False),
    )
    if factory is None:
        wrong: list[Problem] = []
        key.value({}, f"{owner}.{name}", wrong)
        if wrong:
            raise ConfigError(
                f"The default is of the wrong type. {wrong[0].message}", hint="Correct the default or the type."
            )
    return key
