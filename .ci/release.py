"""`python .ci/release.py restflow-filters-v0.1.0` prints the folder to release, or says what keeps it from that.

The tag names a distribution and its version; version, changelog and the neighbours' pins have to agree with it.
"""

import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TAG = re.compile(r"(?P<name>restflow[a-z-]*)-v(?P<version>\d+\.\d+\.\d+)")


def problems(tag: str, root: Path = ROOT) -> list[str]:
    """What keeps the tag from being released; empty where nothing does."""
    match = TAG.fullmatch(tag)
    if match is None:
        return [f"{tag}: a release tag is <distribution>-v<major>.<minor>.<patch>, such as restflow-filters-v0.1.0"]
    name, version = match["name"], match["version"]
    folder = root / "packages" / name
    if not (folder / "pyproject.toml").exists():
        known = ", ".join(sorted(path.parent.name for path in root.glob("packages/*/pyproject.toml")))
        return [f"{tag}: there is no distribution {name}. There are {known}"]
    found = []
    stated = _project(folder)["version"]
    if stated != version:
        found.append(f"{name}/pyproject.toml says version {stated}: `hatch version {version}` from its folder")
    if not re.search(
        rf"^## \[{re.escape(version)}\] - \d{{4}}-\d\d-\d\d$", (folder / "CHANGELOG.md").read_text(), re.M
    ):
        found.append(f"{name}/CHANGELOG.md has no section '## [{version}] - <date>': move Unreleased's entries there")
    for other in sorted(root.glob("packages/*")):
        if (other / "pyproject.toml").exists():
            found += [f"{other.name}: {text}" for text in _pins(_project(other), name, version)]
    return found


def _project(folder: Path) -> dict[str, object]:
    project: dict[str, object] = tomllib.loads((folder / "pyproject.toml").read_text())["project"]
    return project


def _pins(project: dict[str, object], name: str, version: str) -> list[str]:
    """The requirements of a neighbour that do not admit the version."""
    from packaging.requirements import Requirement

    extras = project.get("optional-dependencies", {})
    assert isinstance(extras, dict)
    listed = [*project.get("dependencies", []), *(entry for extra in extras.values() for entry in extra)]  # type: ignore[misc]
    pins = {str(entry) for entry in listed if Requirement(entry).name == name}
    return [f"{pin} does not admit {version}" for pin in sorted(pins) if version not in Requirement(pin).specifier]


if __name__ == "__main__":
    wrong = problems(sys.argv[1])
    if wrong:
        sys.exit("\n".join(wrong))
    print(f"packages/{TAG.fullmatch(sys.argv[1])['name']}")  # type: ignore[index]
