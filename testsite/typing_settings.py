"""The settings that mypy's Django plugin reads: the models of the demonstration site, the benchmarks and the tests of
dispatchers besides."""

from pathlib import Path

from testsite.settings import *  # noqa: F403
from testsite.settings import INSTALLED_APPS, ROOT, TEST_APPS

INSTALLED_APPS = [
    *(name for name in INSTALLED_APPS if name not in {*TEST_APPS, "concept_shop"}),  # which are not on mypy's path
    "testsite.dispatched",
    *(name for name in ("demo.world", "benchmarks.site") if Path(ROOT, *name.split("."), "apps.py").exists()),
]
NAME_LOOKUPS: list[str] = []  # a setting of the demonstration site
