"""What restflow-test tells about itself; imports nothing but restflow.core, so that listing is cheap."""

from restflow.core import Subsystem

SUBSYSTEM = Subsystem(name="test", summary="clients, test cases, streams and counters for the tests of async APIs")
