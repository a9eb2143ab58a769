"""Settings that the test hands over: the addresses of the broker and the cache, and who dispatches."""

import json
import os
from typing import Any

GIVEN: dict[str, Any] = json.loads(os.environ["DISPATCH_SITE"])

SECRET_KEY = "the test suite's own, worth nothing"
USE_TZ = True
INSTALLED_APPS = ["django.contrib.contenttypes", "restflow.caching", *GIVEN.get("apps", [])]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": GIVEN["database"],
        "OPTIONS": {"timeout": 60, "init_command": "PRAGMA journal_mode=wal; PRAGMA synchronous=off"},
    }
}
CACHES = {"default": GIVEN["cache"]}
RESTFLOW_SETTINGS = {"CACHE_SETTINGS": GIVEN.get("caching", {})}
globals().update(GIVEN.get("settings", {}))
