"""Many invalidations while the worker is killed and the broker restarted: nothing stale afterwards, nothing lost."""

import sys

import pytest

from testsite.storm import COUNT, storm

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("site", ["redis", "orm"], indirect=True)
def test_nothing_is_stale_or_lost_after_a_crash_and_a_restart(site, settings, record_property):
    settings.RESTFLOW_SETTINGS = {"CACHE_SETTINGS": {"DEFAULT_DISPATCHER": "django_q"}}
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
