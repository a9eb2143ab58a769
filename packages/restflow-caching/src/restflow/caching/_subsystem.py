"""What restflow-caching tells about itself; imports nothing but restflow.core, so that listing is cheap."""

from restflow.core import Subsystem

SUBSYSTEM = Subsystem(
    name="caching",
    summary="declarative cache keys, generations instead of scans, and invalidation rules on models",
    checks="restflow.caching.checks",
    app="restflow.caching",
    settings=("CACHE_SETTINGS",),
)
