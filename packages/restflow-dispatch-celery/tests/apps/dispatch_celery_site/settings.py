"""Settings that the test hands over: the addresses of its broker and its cache."""

import json
import os

_given = json.loads(os.environ["DISPATCH_SITE"])

SECRET_KEY = "the test suite's own, worth nothing"
USE_TZ = True
INSTALLED_APPS = ["django.contrib.contenttypes", "restflow.caching", *_given.get("apps", [])]
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": _given.get("database", ":memory:"),
        "OPTIONS": {"timeout": 60, "init_command": "PRAGMA journal_mode=wal; PRAGMA synchronous=off"},
    }
}
CACHES = {"default": _given["cache"]}
RESTFLOW_SETTINGS = {"CACHE_SETTINGS": _given.get("caching", {})}
AUTODISCOVER = _given.get("autodiscover", [])
for _name, _value in _given["celery"].items():
    globals()[f"CELERY_{_name.upper()}"] = _value
