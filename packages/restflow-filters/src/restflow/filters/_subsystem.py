"""What restflow-filters tells about itself; imports nothing but restflow.core, so that listing is cheap."""

from restflow.core import Subsystem

SUBSYSTEM = Subsystem(
    name="filters",
    summary="filter sets declared by annotation",
    checks="restflow.filters.checks",
    app="restflow.filters",
)
