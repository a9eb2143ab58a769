"""Whether the installed distributions of restflow satisfy what is required of them.

Core depends on no version library, so this reads the part of PEP 508 and PEP 440 that requirements between restflow's
distributions use: a name, extras, and version clauses joined by commas. A requirement with a marker (an extra's, a
platform's), one with a URL, and a version or clause that does not read as PEP 440 are left unjudged: a doctor that
raises false alarms is not listened to.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import Distribution

from restflow.core._distributions import identity, is_restflow, normalised

_REQUIREMENT = re.compile(
    r"\s*(?P<name>[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?:\[[^\]]*\])?\s*(?P<clauses>[^;@]*)$"
)
_CLAUSE = re.compile(r"\s*(?P<operator>~=|==|!=|<=|>=|<|>)\s*(?P<version>[^\s]+?)(?P<wildcard>\.\*)?\s*$")
_VERSION = re.compile(
    r"""v?(?:(?P<epoch>\d+)!)?(?P<release>\d+(?:\.\d+)*)
    (?:[-_.]?(?P<pre>a|alpha|b|beta|c|rc|pre|preview)[-_.]?(?P<pre_number>\d*))?
    (?:-(?P<bare_post>\d+)|(?P<post>[-_.]?(?:post|rev|r)[-_.]?(?P<post_number>\d*)))?
    (?P<dev>[-_.]?dev[-_.]?(?P<dev_number>\d*))?
    (?:\+[a-z0-9]+(?:[-_.][a-z0-9]+)*)?""",
    re.VERBOSE | re.IGNORECASE,
)
_PHASES = {"a": 0, "alpha": 0, "b": 1, "beta": 1, "c": 2, "rc": 2, "pre": 2, "preview": 2}
_FINAL = 3


@dataclass(frozen=True, slots=True, order=True)
class Version:
    """A version without its local part, ordered as PEP 440 orders: `1.0.dev1 < 1.0a1 < 1.0rc1 < 1.0 < 1.0.post1`."""

    epoch: int
    release: tuple[int, ...]
    phase: tuple[int, int]
    post: int
    dev: tuple[bool, int]

    @classmethod
    def parse(cls, text: str) -> "Version | None":
        """The version, or `None` where `text` is none by PEP 440."""
        match = _VERSION.fullmatch(text.strip())
        if match is None:
            return None
        release = [int(part) for part in match["release"].split(".")]
        while len(release) > 1 and release[-1] == 0:  # 1.0 and 1.0.0 are one version
            release.pop()
        post = -1
        if match["bare_post"] or match["post"]:
            post = int(match["bare_post"] or match["post_number"] or 0)
        if match["pre"]:
            phase = (_PHASES[match["pre"].lower()], int(match["pre_number"] or 0))
        else:  # 1.0.dev1 comes before 1.0a1, but 1.0.post1.dev1 after 1.0
            phase = (-1, 0) if match["dev"] and post < 0 else (_FINAL, 0)
        return cls(
            epoch=int(match["epoch"] or 0),
            release=tuple(release),
            phase=phase,
            post=post,
            dev=(not match["dev"], int(match["dev_number"] or 0)),
        )

    @property
    def is_prerelease(self) -> bool:
        return self.phase[0] != _FINAL or not self.dev[0]

    def same_release(self, other: "Version") -> bool:
        return (self.epoch, self.release) == (other.epoch, other.release)

    def starts_with(self, epoch: int, prefix: tuple[int, ...]) -> bool:
        padded = self.release + (0,) * (len(prefix) - len(self.release))
        return self.epoch == epoch and padded[: len(prefix)] == prefix


def satisfies(version: str, clauses: str) -> bool | None:
    """Whether a version meets every clause of `">=0.1.0,<0.2"`; `None` where one of them cannot be judged."""
    installed = Version.parse(version)
    if installed is None:
        return None
    verdicts = [_meets(installed, clause) for clause in clauses.strip().strip("()").split(",") if clause.strip()]
    if False in verdicts:
        return False
    return None if None in verdicts else True


def _meets(installed: Version, clause: str) -> bool | None:
    match = _CLAUSE.fullmatch(clause)
    bound = Version.parse(match["version"]) if match else None
    if match is None or bound is None:
        return None
    written = _VERSION.fullmatch(match["version"])
    prefix = tuple(int(part) for part in written["release"].split(".")) if written else ()
    match match["operator"], bool(match["wildcard"]):
        case "==", wildcard:
            return installed.starts_with(bound.epoch, prefix) if wildcard else installed == bound
        case "!=", wildcard:
            return not (installed.starts_with(bound.epoch, prefix) if wildcard else installed == bound)
        case _, True:
            return None  # PEP 440 allows `.*` with == and != only
        case "~=", _:
            return installed >= bound and installed.starts_with(bound.epoch, prefix[:-1]) if len(prefix) > 1 else None
        case ">=", _:
            return installed >= bound
        case "<=", _:
            return installed <= bound
        case "<", _:
            # `<0.2` keeps 0.2rc1 out: who excludes a release excludes its previews
            preview = installed.is_prerelease and not bound.is_prerelease and installed.same_release(bound)
            return installed < bound and not preview
        case _:
            # `>1.0` keeps 1.0.post1 out
            repackaged = installed.post >= 0 > bound.post and installed.same_release(bound)
            return installed > bound and not repackaged


def unmet(distributions: Iterable[Distribution]) -> list[str]:
    """A sentence for every requirement of an installed distribution on one of restflow that is not met."""
    installed: dict[str, tuple[str, str]] = {}
    required: dict[str, list[str]] = {}
    for distribution in distributions:
        name, version = identity(distribution)
        # The first one on the path is the one that is imported.
        if name and version and normalised(name) not in installed:
            installed[normalised(name)] = (name, version)
            required[normalised(name)] = distribution.requires or []
    return [
        problem
        for key, (name, version) in sorted(installed.items())
        for requirement in required[key]
        if (problem := _problem(f"{name} {version}", requirement, installed)) is not None
    ]


def _problem(owner: str, requirement: str, installed: Mapping[str, tuple[str, str]]) -> str | None:
    match = _REQUIREMENT.fullmatch(requirement)
    if match is None or not is_restflow(match["name"]):
        return None
    found = installed.get(normalised(match["name"]))
    if found is None:
        return f"{owner} requires {requirement.strip()}, which is not installed."
    if satisfies(found[1], match["clauses"]) is False:
        return f"{owner} requires {requirement.strip()}, but {found[0]} {found[1]} is installed."
    return None
