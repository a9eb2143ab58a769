"""The worker's settings: it shares broker and cache with the test, and imports none of the functions that it wipes."""

import json
import os

SITE = json.loads(os.environ["RESTFLOW_WORKER_SITE"])

SECRET_KEY = SITE["secret"]
USE_TZ = True
INSTALLED_APPS = ["django.contrib.contenttypes", "django_q", "restflow.caching"]
DATABASES = {"default": SITE["database"]}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = SITE["caches"]
Q_CLUSTER = SITE["cluster"]
