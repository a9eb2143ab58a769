"""Plug-ins found through entry points: listed without an import, loaded on first use, failing only for the asker."""

import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast
from weakref import WeakSet

from restflow.core._distributions import group_entries, identity, normalised
from restflow.core.errors import PluginError
from restflow.core.names import nearest

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class PluginInfo:
    """One claim to a plug-in's name: an entry point of a distribution, or an object registered in this process.

    `value` is the entry point's `"module:attr"`, or the dotted name of a registered object. `distribution` and
    `version` are `None` for a registered object and where a distribution's metadata does not name them.
    """

    group: str
    name: str
    value: str
    distribution: str | None
    version: str | None
    loaded: bool


class Plugins(Generic[T]):
    """The plug-ins of one entry-point group: `Plugins("restflow.dispatchers", base=Dispatcher).get("celery")`.

    `base` is what a plug-in must be a subclass or an instance of, `kind` what messages call one, and `known` maps the
    names of plug-ins to the distributions that bring them, for the hint where one is not installed.
    """

    def __init__(
        self,
        group: str,
        *,
        base: type | None = None,
        kind: str = "plug-in",
        known: Mapping[str, str] | None = None,
    ) -> None:
        self.group = group
        self._base = base
        self._kind = kind
        self._known = dict(known or {})
        self._registered: dict[str, T] = {}
        self._installed: _Installed | None = None
        # Guards the scan and registrations. It is never held while a plug-in is imported: the import system's own
        # module locks make an import happen once and break cycles between threads, which a lock around them would
        # turn into dead-locks.
        self._lock = threading.RLock()
        self._importing = threading.local()
        _registries.add(self)

    def get(self, name: str) -> T:
        """The plug-in called `name`, imported on first use; the same object ever after.

        Raises `PluginError` where there is none, two distributions claim the name, or it cannot be loaded; a failed
        load is tried again by the next call.
        """
        try:
            return self._registered[name]
        except KeyError:
            installed = self._scan()
        if name in installed.loaded:
            return cast("T", installed.loaded[name])
        claims = installed.claims(name)
        if not claims:
            raise self._unknown(name)
        if len(claims) > 1:
            raise self._contested(name, claims)
        # Two threads may both arrive here with the one object; the first to store it decides.
        return cast("T", installed.loaded.setdefault(name, self._load(claims[0])))

    def names(self) -> tuple[str, ...]:
        """The sorted names, installed and registered; imports no plug-in."""
        return tuple(sorted({*self._scan().found, *self._registered}))

    def infos(self) -> tuple[PluginInfo, ...]:
        """One entry per claim, sorted by name, then distribution; imports no plug-in."""
        installed = self._scan()
        infos = [
            PluginInfo(
                group=self.group,
                name=name,
                value=claim.value,
                distribution=claim.distribution,
                version=claim.version,
                loaded=name in installed.loaded,
            )
            for name in tuple(installed.found)
            for claim in installed.claims(name)
        ]
        infos += [
            PluginInfo(
                group=self.group, name=name, value=_dotted_name(obj), distribution=None, version=None, loaded=True
            )
            for name, obj in tuple(self._registered.items())
        ]
        return tuple(sorted(infos, key=lambda info: (info.name, info.distribution or "", info.value)))

    def register(self, name: str, obj: T, *, replace: bool = False) -> None:
        """Adds an object of this process under `name`, before any installed plug-in of that name.

        Raises `PluginError` for a taken name unless `replace=True`, and for an object of the wrong type.
        """
        if not self._fits(obj):
            raise PluginError(
                f"{self.group}: {_dotted_name(obj)} cannot be the {self._kind} {name!r}: {self._misfit()}.",
                group=self.group,
                name=name,
            )
        with self._lock:
            if not replace and name in self:
                raise PluginError(
                    f"{self.group}: the {self._kind} {name!r} exists already.",
                    group=self.group,
                    name=name,
                    hint="Pass replace=True to put this one in its place.",
                )
            self._registered[name] = obj

    def unregister(self, name: str) -> None:
        """Removes what `register` added; an installed plug-in of that name is found again. Raises `PluginError`."""
        with self._lock:
            if name not in self._registered:
                raise PluginError(
                    f"{self.group}: no {self._kind} {name!r} is registered in this process.",
                    group=self.group,
                    name=name,
                    hint="Only what register() added can be removed.",
                )
            del self._registered[name]

    def reset(self) -> None:
        """Forgets the scan and every loaded object, but not what `register` added."""
        with self._lock:
            self._installed = None

    def __contains__(self, name: object) -> bool:
        return name in self._registered or name in self._scan().found

    def __iter__(self) -> Iterator[str]:
        return iter(self.names())

    def __len__(self) -> int:
        return len(self.names())

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.group!r})"

    def _scan(self) -> "_Installed":
        installed = self._installed
        if installed is None:
            with self._lock:
                installed = self._installed
                if installed is None:
                    installed = self._installed = _Installed(group_entries(self.group))
        return installed

    def _load(self, claim: "_Claim") -> T:
        importing: set[str] = self._importing.__dict__.setdefault("names", set())
        name = claim.entry.name
        if name in importing:
            raise self._unloadable(claim, "it asks for itself while it is being imported")
        importing.add(name)
        try:
            obj = self._import(claim.entry)
        except (Exception, SystemExit) as error:
            # A module that calls sys.exit() is as broken as one that raises, and must not end the process that lists
            # it. KeyboardInterrupt is the user's, and goes through.
            raise self._unloadable(claim, f"{type(error).__name__}: {error}") from error
        finally:
            importing.discard(name)
        if not self._fits(obj):
            raise self._unloadable(claim, f"{self._misfit()}, got {_dotted_name(obj)}")
        return cast("T", obj)

    def _import(self, entry: "EntryPoint") -> object:
        return entry.load()

    def _fits(self, obj: object) -> bool:
        if self._base is None or isinstance(obj, self._base):
            return True
        return isinstance(obj, type) and issubclass(obj, self._base)

    def _misfit(self) -> str:
        return f"expected a subclass or an instance of {_dotted_name(self._base)}"

    def _unloadable(self, claim: "_Claim", reason: str) -> PluginError:
        return PluginError(
            f"{self.group}: the {self._kind} {claim.entry.name!r} ({claim.value}) of {claim.origin} "
            f"cannot be loaded: {reason}.",
            group=self.group,
            name=claim.entry.name,
            distributions=(claim.distribution,) if claim.distribution else (),
            hint="Repair, upgrade or uninstall that distribution.",
        )

    def _contested(self, name: str, claims: "tuple[_Claim, ...]") -> PluginError:
        claimed = " and ".join(f"{claim.origin} ({claim.value})" for claim in claims)
        return PluginError(
            f"{self.group}: the {self._kind} {name!r} is claimed by {claimed}.",
            group=self.group,
            name=name,
            distributions=tuple(claim.distribution for claim in claims if claim.distribution),
            hint="Uninstall all but one of them.",
        )

    def _unknown(self, name: str) -> PluginError:
        names = self.names()
        hints = []
        if name in self._known:
            hints.append(f"It comes with {self._known[name]}: pip install {self._known[name]}.")
        else:
            near = nearest(name, {*names, *self._known})
            if near is not None:
                brings = self._known.get(near) if near not in names else None
                hints.append(f"Did you mean {near!r} (pip install {brings})?" if brings else f"Did you mean {near!r}?")
        hints.append(f"Installed: {', '.join(names)}." if names else "None is installed.")
        return PluginError(
            f"{self.group}: there is no {self._kind} {name!r}.", group=self.group, name=name, hint=" ".join(hints)
        )


_registries: "WeakSet[Plugins[Any]]" = WeakSet()


def registry_like(group: str) -> Plugins[Any]:
    """A registry of the group that has found nothing yet, and wants of a plug-in what the one in use wants."""
    for registry in tuple(_registries):
        if registry.group == group and registry._base is not None:
            return type(registry)(group, base=registry._base, kind=registry._kind, known=registry._known)
    return Plugins(group)


class _Claim:
    """An entry point and, read when first asked for, the name and version of the distribution that it came from."""

    def __init__(self, entry: "EntryPoint") -> None:
        self.entry = entry
        self.value = entry.value

    @cached_property
    def _metadata(self) -> tuple[str | None, str | None]:
        return identity(self.entry.dist)

    @property
    def distribution(self) -> str | None:
        return self._metadata[0]

    @property
    def version(self) -> str | None:
        return self._metadata[1]

    @property
    def origin(self) -> str:
        """The distribution and its version, for messages."""
        if self.distribution is None:
            return "a distribution without a name"
        return f"{self.distribution} {self.version or '(no version)'}"


@dataclass(slots=True)
class _Installed:
    """The result of one scan, and what was loaded from it; `reset` replaces it whole, so that a load under way then
    leaves nothing behind in the next."""

    entries: "Iterable[EntryPoint]"
    found: dict[str, list[_Claim]] = field(init=False, default_factory=dict)
    loaded: dict[str, object] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        for entry in self.entries:
            self.found.setdefault(entry.name, []).append(_Claim(entry))

    def claims(self, name: str) -> tuple[_Claim, ...]:
        """The different claims to a name: one seen twice on the path, as editable installs do, counts once."""
        found = self.found.get(name, [])
        distinct = {(normalised(claim.distribution or ""), claim.value): claim for claim in reversed(found)}
        return tuple(sorted(distinct.values(), key=lambda claim: (claim.distribution or "", claim.value)))


def _dotted_name(obj: object) -> str:
    named: Any = obj if hasattr(obj, "__qualname__") else type(obj)
    return f"{named.__module__}.{named.__qualname__}"
