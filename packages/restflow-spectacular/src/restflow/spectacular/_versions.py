"""The drf-spectacular that this package stands on."""

import drf_spectacular
from django.utils.version import get_version_tuple

from restflow.core import ConfigError

OLDEST = "0.30"


def require_drf_spectacular() -> None:
    """`ConfigError`, naming both versions, where an older one is installed."""
    installed = drf_spectacular.__version__
    if get_version_tuple(installed) < get_version_tuple(OLDEST):
        raise ConfigError(
            f"restflow-spectacular needs drf-spectacular {OLDEST} or later; {installed} is installed.",
            hint=f"Run: pip install 'drf-spectacular>={OLDEST}'.",
        )
