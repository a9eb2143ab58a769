"""What restflow-core tells about itself; imports nothing but restflow.core, so that listing is cheap."""

from restflow.core import Subsystem

SUBSYSTEM = Subsystem(
    name="core",
    summary="settings, plug-ins, the sync/async bridge, annotations, checks and the doctor",
    checks="restflow.core.checks",
)
