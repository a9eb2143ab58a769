"""Many invalidations while the worker is killed and the broker restarted: nothing stale afterwards, nothing lost."""

import sys

import pytest

from testsite.storm import COUNT, storm

pytestmark = pytest.mark.django_db(transaction=True)


def test_nothing_is_stale_or_lost_after_a_crash_and_a_restart(site, settings, record_property):
    block = {"DEFAULT_DISPATCHER": "django_tasks", "DISPATCHER_SETTINGS": {"django_tasks": {"RETRY_AFTER": 3}}}
    settings.RESTFLOW_SETTINGS = {"CACHE_SETTINGS": block}
    site.worker.kill()
    report = storm(
        kill_worker=site.worker.kill,
        start_worker=site.worker.start,
        stop_broker=site.server.stop,
        start_broker=site.server.start,
    )
    record_property("report", str(report))
    sys.stderr.write(f"{report}\n")
    assert report.accepted > COUNT / 2
    site.worker.kill()
