"""What the doctor reports, as data."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from math import isfinite
from typing import Any, Literal

from django.utils.functional import Promise

from restflow.core._effective import EffectiveValue
from restflow.core._redaction import plain

Level = Literal["debug", "info", "warning", "error", "critical"]


@dataclass(frozen=True, slots=True)
class InstalledDistribution:
    """One of restflow's distributions; `version` is `None` where its metadata has none."""

    name: str
    version: str | None


@dataclass(frozen=True, slots=True)
class InstalledPlugin:
    """One claim to a plug-in's name, whether it loads, and if not, why."""

    group: str
    name: str
    value: str
    distribution: str | None
    version: str | None
    ok: bool
    error: str | None


@dataclass(frozen=True, slots=True)
class Problem:
    """Something to repair: a check's id, how bad it is, what is wrong and what to do."""

    id: str
    level: Level
    message: str
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """What `diagnose()` found. Secrets are not in it.

    `versions` are those of `python`, `django`, `djangorestframework` (`None` where it is not installed) and `asgiref`.
    `settings` are the sections of `RESTFLOW_SETTINGS` in effect, key by key with `value` and `source` (`"default"` or
    `"set"`); `None` where Django has no settings.
    """

    versions: Mapping[str, str | None]
    distributions: tuple[InstalledDistribution, ...]
    plugins: tuple[InstalledPlugin, ...]
    settings: Mapping[str, Mapping[str, EffectiveValue]] | None
    problems: tuple[Problem, ...]

    @property
    def ok(self) -> bool:
        """Whether there is no problem of level `error` or worse."""
        return not any(problem.level in ("error", "critical") for problem in self.problems)

    def to_dict(self) -> dict[str, Any]:
        """The report as JSON has it: plain data, in which a value that JSON lacks is its `repr()`."""
        return {
            "versions": dict(self.versions),
            "distributions": [asdict(distribution) for distribution in self.distributions],
            "plugins": [asdict(plugin) for plugin in self.plugins],
            "settings": self.settings
            and {
                section: {key: {"value": in_json(found.value), "source": found.source} for key, found in keys.items()}
                for section, keys in self.settings.items()
            },
            "problems": [asdict(problem) for problem in self.problems],
        }


def in_json(value: object) -> Any:
    """A value in the types of JSON. Sequences and sets become arrays, the latter in a fixed order."""
    if value is None or type(value) in (bool, int, str) or (type(value) is float and isfinite(value)):
        return value
    if isinstance(value, Promise):
        return str(value)
    if isinstance(value, Mapping):
        return {key if type(key) is str else shown(key): in_json(item) for key, item in value.items()}
    if type(value) in (list, tuple):
        return [in_json(item) for item in value]  # type: ignore[attr-defined]
    if type(value) in (set, frozenset):
        return sorted((in_json(item) for item in value), key=repr)  # type: ignore[attr-defined]
    return shown(value)


def without_users(text: str) -> str:
    """A text without the user part of the URLs in it, where passwords are."""
    return str(plain(text, redact=True))


def shown(value: object) -> str:
    """The `repr()` of a value, without the user part of a URL in it."""
    try:
        return without_users(repr(value))
    except Exception as error:  # somebody else's code
        return f"<{type(value).__qualname__}, whose repr() raises {type(error).__qualname__}>"
