"""Puts the built site where readers find it: `python publish.py SITE TARGET`.

The site of the newest version is the root of TARGET, and each minor version has its folder there (`0.1/`), which stays.
"""

import re
import shutil
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def minor() -> str:
    """The version that the pages are of: `0.1`."""
    project = tomllib.loads((ROOT / "packages" / "restflow" / "pyproject.toml").read_text())["project"]
    return str(project["version"].rpartition(".")[0])


def publish(site: Path, target: Path, version: str) -> None:
    """Copies the site to the version's folder, and to the root where no newer version is there.

    At the root, pages that the site no longer has go; hidden files and the folders of versions stay.
    """
    target.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(target / version, ignore_errors=True)
    shutil.copytree(site, target / version)
    versions = [path.name for path in target.iterdir() if re.fullmatch(r"\d+\.\d+", path.name)]
    if version != max(versions, key=lambda name: tuple(map(int, name.split(".")))):
        return
    for path in target.iterdir():
        if path.name not in versions and not path.name.startswith("."):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    shutil.copytree(site, target, dirs_exist_ok=True)


if __name__ == "__main__":
    publish(Path(sys.argv[1]), Path(sys.argv[2]), minor())
