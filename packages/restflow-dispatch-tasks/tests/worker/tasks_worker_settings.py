"""The settings of the worker: it shares database and cache with the test, and knows none of the functions it wipes."""

import json
import os
from importlib.util import find_spec

SITE = json.loads(os.environ["RESTFLOW_WORKER_SITE"])

SECRET_KEY = "the test suite's own, worth nothing"
USE_TZ = True
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    *([] if find_spec("django.tasks") else ["django_tasks"]),
    "django_tasks_db",
    "restflow.caching",
]
DATABASES = {"default": SITE["database"]}
CACHES = SITE["caches"]
TASKS = SITE["tasks"]
RESTFLOW_SETTINGS = SITE["restflow"]
