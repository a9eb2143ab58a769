"""The settings in effect, for the doctor: every key with its value, redacted, and where the value comes from."""

from dataclasses import dataclass
from typing import Any, Literal

from restflow.core._registry import registry


@dataclass(frozen=True, slots=True)
class EffectiveValue:
    """The redacted value of a key, and whether the user set it or it is the default."""

    value: Any
    source: Literal["default", "set"]


def effective_settings() -> dict[str, dict[str, EffectiveValue]]:
    """Every loadable section, key by key; of a section that fails validation, the keys that are right by themselves."""
    effective = {}
    for name, section, values in registry.readable():
        given = registry.given(name)
        effective[name] = {
            key: EffectiveValue(section._keys[key].shown(value, redact=True), "set" if key in given else "default")
            for key, value in values.items()
        }
    return effective
