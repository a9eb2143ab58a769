"""What restflow-serializers tells about itself; imports nothing but restflow.core, so that listing is cheap."""

from restflow.core import Subsystem

SUBSYSTEM = Subsystem(
    name="serializers",
    summary="serializers whose fields are annotations, with an async face",
    checks="restflow.serializers.checks",
)
