"""What restflow-views tells about itself; imports nothing but restflow.core, so that listing is cheap."""

from restflow.core import Subsystem

SUBSYSTEM = Subsystem(
    name="views",
    summary="async views and viewsets, request policies and responses",
    checks="restflow.views.checks",
)
