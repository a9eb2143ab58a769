"""What restflow-spectacular tells about itself; imports nothing but restflow.core, so that listing is cheap."""

from restflow.core import Subsystem

SUBSYSTEM = Subsystem(
    name="spectacular",
    summary="OpenAPI documents through drf-spectacular",
    checks="restflow.spectacular.checks",
    app="restflow.spectacular",
    settings=("SCHEMA",),
)
