"""The registry of sections: which are declared, what the user gave, what came of it until a setting changes."""

import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.conf import ENVIRONMENT_VARIABLE, settings
from django.core.signals import setting_changed

from restflow.core._sections import SettingsSection, build, current_sections, dotted_problems
from restflow.core._types import Problem
from restflow.core.errors import ConfigError, PluginError
from restflow.core.names import annotation_text, nearest
from restflow.core.plugins import Plugins

S = TypeVar("S", bound=SettingsSection)

KNOWN_OWNERS = {"JWT": "restflow-auth", "CACHE_SETTINGS": "restflow-caching", "SCHEMA": "restflow-spectacular"}
"""Well-known sections and the distributions that bring them, for hints."""


class _SectionClasses(Plugins[type[SettingsSection]]):
    """A section is published as a class: an instance, which any other registry would take, declares nothing."""

    def _fits(self, obj: object) -> bool:
        return isinstance(obj, type) and issubclass(obj, SettingsSection) and obj is not SettingsSection

    def _misfit(self) -> str:
        return "expected a subclass of restflow.core.SettingsSection"


@dataclass(slots=True)
class _Reading:
    """What came of one section: an instance, or problems; and the values of the keys that are right."""

    instance: SettingsSection | None
    values: dict[str, Any]
    problems: list[Problem]


@dataclass(slots=True)
class State:
    """What was read since the last change of a setting; replaced whole, so that a read under way leaves nothing in the
    next."""

    readings: dict[str, _Reading] = field(default_factory=dict)


class Registry:
    """The declared sections and their readings. Reads take no lock: threads that race build equal values."""

    def __init__(self) -> None:
        self.classes: Plugins[type[SettingsSection]] = _SectionClasses(
            "restflow.settings", base=SettingsSection, kind="settings section", known=KNOWN_OWNERS
        )
        self.state = State()
        self._names: dict[type[SettingsSection], str] = {}
        self._caches: list[dict[Any, Any]] = [current_sections]

    def forget(self, *, declarations: bool = False) -> None:
        """Forgets every reading; with `declarations` the scan for sections too."""
        if declarations:
            self.classes.reset()
            self._names = {}
        self.state = State()
        for cache in tuple(self._caches):
            cache.clear()

    def new_cache(self, cache: dict[Any, Any]) -> None:
        """Makes `cache` one of those that a change of a setting empties."""
        self._caches.append(cache)

    def remember(self, cache: dict[Any, Any], key: object, value: object, state: State) -> None:
        """Puts what was read under `state` into a cache, unless that state has passed."""
        if not state.readings:
            return  # Django is not configured
        cache[key] = value
        if self.state is not state:  # a change came between the read and the line above
            cache.pop(key, None)

    def instance(self, name: str, state: State) -> SettingsSection:
        """The section of that name. Raises `ConfigError` with every problem of it and of the settings' top level."""
        reading = self._reading(name, state)
        problems = [*self._top_level(), *reading.problems]
        if problems or reading.instance is None:
            raise ConfigError("\n".join(map(str, problems)))
        return reading.instance

    def current(self, section: type[S]) -> S:
        """The instance of a section, by its class."""
        state = self.state
        instance = self.instance(self._name_of(section), state)
        if not isinstance(instance, section):
            raise _unpublished(section)
        self.remember(current_sections, section, instance, state)
        return instance

    def readable(self) -> Iterator[tuple[str, type[SettingsSection], dict[str, Any]]]:
        """Name, class and right values of every section whose class can be loaded."""
        for name in self.classes:
            try:
                section = self.classes.get(name)
            except PluginError:
                continue  # the check restflow.E008 says what is wrong with it
            yield name, section, self._reading(name, self.state).values

    def given(self, name: str) -> Mapping[str, object]:
        """What the user gave for a section; empty where that is nothing or no mapping."""
        given = _user_settings()
        section = given.get(name) if isinstance(given, Mapping) else None
        return section if isinstance(section, Mapping) else {}

    def problems(self) -> Iterator[Problem]:
        """Every problem of the settings, for the system check."""
        yield from self._top_level()
        yield from self._missing_owners()
        for name in self.classes:
            try:
                reading = self._reading(name, self.state)
            except PluginError as error:
                yield Problem("restflow.E008", name, error.message, error.hint)
                continue
            yield from reading.problems
            if reading.instance is not None:
                yield from dotted_problems(reading.instance)

    def _reading(self, name: str, state: State) -> _Reading:
        reading = state.readings.get(name)
        if reading is None:
            section = self.classes.get(name)
            given = _user_settings()
            own = given.get(name, {}) if isinstance(given, Mapping) else {}
            reading = _Reading(*build(section, own, name))
            if _configured():
                state.readings[name] = reading
        return reading

    def _name_of(self, section: type[SettingsSection]) -> str:
        name = self._names.get(section)
        if name is None:
            name = self._names[section] = self._published_name(section)
        return name

    def _published_name(self, section: type[SettingsSection]) -> str:
        names = {info.name for info in self.classes.infos() if _names(info.value, section)}
        if not names:
            raise _unpublished(section)
        return min(names)

    def _top_level(self) -> Iterator[Problem]:
        given = _user_settings()
        if not isinstance(given, Mapping):
            got = annotation_text(type(given))
            yield Problem(
                "restflow.E001", "", f"RESTFLOW_SETTINGS: expected a dict, got {got}.", "Map section names to dicts."
            )
            return
        for name in given:
            if name in self.classes or name in KNOWN_OWNERS:
                continue
            if isinstance(name, str):
                message = f"RESTFLOW_SETTINGS: there is no section {name!r}."
                yield Problem("restflow.E002", name, message, self._section_hint(name))
            else:
                got = annotation_text(type(name))
                message = f"RESTFLOW_SETTINGS: a section's name is a string, got {got}."
                yield Problem("restflow.E002", "", message, self._known_sections())

    def _missing_owners(self) -> Iterator[Problem]:
        given = _user_settings()
        for name in given if isinstance(given, Mapping) else ():
            if name in KNOWN_OWNERS and name not in self.classes:
                owner = KNOWN_OWNERS[name]
                message = f"RESTFLOW_SETTINGS[{name!r}] has no effect: {owner} is not installed."
                yield Problem("restflow.W002", name, message, f"pip install {owner}, or remove the section.")

    def _section_hint(self, name: str) -> str:
        names = self.classes.names()
        near = nearest(name, {*names, *KNOWN_OWNERS})
        known = self._known_sections()
        if near is None:
            return known
        install = "" if near in names else f" (pip install {KNOWN_OWNERS[near]})"
        return f"Did you mean {near!r}{install}? {known}"

    def _known_sections(self) -> str:
        names = self.classes.names()
        return f"Known sections: {', '.join(names)}." if names else "No section is installed."

    def no_section(self, name: str) -> str:
        """What to say of a section that is not declared."""
        if name in KNOWN_OWNERS:
            return f"The section {name!r} comes with {KNOWN_OWNERS[name]}: pip install {KNOWN_OWNERS[name]}."
        return f"There is no section {name!r}. {self._section_hint(name)}"


def _names(value: str, section: type[SettingsSection]) -> bool:
    """Whether an entry point's value names the class; nothing is imported to find out."""
    module, _, attributes = value.partition("[")[0].replace(" ", "").partition(":")
    if (module, attributes) == (section.__module__, section.__qualname__):
        return True
    named: object = sys.modules.get(module)  # another module may show the class, which is imported with it
    for attribute in attributes.split("."):
        named = getattr(named, attribute, None)
    return named is section


def _unpublished(section: type[SettingsSection]) -> ConfigError:
    return ConfigError(
        f"{section.__module__}.{section.__qualname__} is no published section.",
        hint="Publish the class under the entry-point group 'restflow.settings', and install the distribution again.",
    )


def _configured() -> bool:
    return settings.configured or bool(os.environ.get(ENVIRONMENT_VARIABLE))


def _user_settings() -> object:
    if not _configured():
        return {}
    if not settings.configured:
        settings.INSTALLED_APPS  # noqa: B018  # imports the module, whose own AttributeError is no missing setting
    return getattr(settings, "RESTFLOW_SETTINGS", {})


registry = Registry()


def _forget(**kwargs: object) -> None:
    # Any setting: the problems() of a section may read others, CACHES for instance.
    registry.forget()


setting_changed.connect(_forget, dispatch_uid="restflow.core.settings")
