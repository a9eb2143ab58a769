"""The worker's settings: it shares broker and cache with the test, and imports none of the functions that it wipes."""

import json
import os
from datetime import timedelta

from rq import Worker
from rq.intermediate_queue import IntermediateQueue
from rq.utils import now

SITE = json.loads(os.environ["RESTFLOW_WORKER_SITE"])

SECRET_KEY = "the test suite's own, worth nothing"
USE_TZ = True
INSTALLED_APPS = ["django.contrib.contenttypes", "django_rq", "restflow.caching"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
CACHES = SITE["caches"]
RQ_QUEUES = SITE["queues"]
RQ = {"WORKER_CLASS": "rq_worker_settings.QuickWorker"}


class QuickWorker(Worker):
    """Looks for the jobs of killed workers every second rather than every ten minutes."""

    def __init__(self, *args, **options):
        super().__init__(*args, **options, maintenance_interval=1)

    def get_heartbeat_ttl(self, job, working_time=0.0):
        return 2

    @property
    def dequeue_timeout(self):
        return 1


def _is_stuck(self, job_id):
    first_seen = self.get_first_seen(job_id)
    return bool(first_seen) and now() - first_seen > timedelta(seconds=2)


# RQ waits a minute before it takes a job that was popped and not begun for abandoned
IntermediateQueue.should_be_cleaned_up = _is_stuck
