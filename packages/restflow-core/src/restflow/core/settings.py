"""Settings: sections declared by their owners, read through `restflow_settings`."""

from typing import Any

from restflow.core._effective import EffectiveValue, effective_settings
from restflow.core._registry import registry
from restflow.core._sections import SettingsSection, option
from restflow.core.errors import PluginError
from restflow.core.names import suggestion

__all__ = ["EffectiveValue", "SettingsSection", "effective_settings", "option", "restflow_settings"]


class _ReadOnly:
    """What has no attribute that can be set: a repeated read finds its value in the instance's own `__dict__`."""

    __slots__ = ("__dict__",)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"restflow's settings are read-only: {name!r} cannot be set.")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"restflow's settings are read-only: {name!r} cannot be deleted.")


class SectionView(_ReadOnly):
    """A live view of one section: its attributes are the section's keys, as the settings are at that moment."""

    __slots__ = ("_name",)
    _name: str

    def __init__(self, name: str) -> None:
        object.__setattr__(self, "_name", name)
        registry.new_cache(vars(self))

    def __getattr__(self, key: str) -> Any:
        if key.startswith("_"):
            raise AttributeError(key)
        state = registry.state
        section = registry.instance(self._name, state)
        if key not in section._keys:
            hint = suggestion(key, section._keys, what="keys")
            raise AttributeError(f"{self._name}.{key}: there is no such key. {hint}")
        value = getattr(section, key)
        registry.remember(vars(self), key, value, state)
        return value

    def load(self, key: str) -> Any:
        """The object that the dotted path of a `dotted=True` key names, as `SettingsSection.load` says."""
        return registry.instance(self._name, registry.state).load(key)

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *registry.classes.get(self._name)._keys]

    def __repr__(self) -> str:
        return f"<settings section {self._name}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return getattr, (restflow_settings, self._name)


class RestflowSettings(_ReadOnly):
    """The accessor of `RESTFLOW_SETTINGS`: `restflow_settings.JWT.ALGORITHM`. There is one, `restflow_settings`."""

    __slots__ = ("_views",)
    _views: dict[str, SectionView]

    def __init__(self) -> None:
        object.__setattr__(self, "_views", {})

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        if name not in registry.classes:
            raise AttributeError(registry.no_section(name))
        # One view a name, ever: those that are held must be found by every change of a setting.
        view = self._views.get(name) or self._views.setdefault(name, SectionView(name))
        vars(self)[name] = view
        return view

    def sections(self) -> tuple[str, ...]:
        """The sorted names of the declared sections; loads none of them."""
        return registry.classes.names()

    def to_dict(self, *, redact: bool = True) -> dict[str, dict[str, Any]]:
        """Every loadable section as plain data, defaults included.

        Secrets are `"********"` unless `redact=False`. Raises `ConfigError` where the settings are wrong.
        """
        sections = {}
        for name in self.sections():
            try:
                registry.classes.get(name)
            except PluginError:
                continue  # not loadable; the check restflow.E008 says why
            sections[name] = registry.instance(name, registry.state)._as_dict(redact=redact)
        return sections

    def reload(self) -> None:
        """Forgets everything cached, the scan for sections included; views that are held stay live."""
        vars(self).clear()
        registry.forget(declarations=True)

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self.sections()]

    def __repr__(self) -> str:
        return f"<restflow settings: {', '.join(self.sections()) or 'no section'}>"

    def __reduce__(self) -> str:
        return "restflow_settings"


restflow_settings = RestflowSettings()
"""The settings of the project, a section an attribute: `restflow_settings.JWT.ALGORITHM`."""
