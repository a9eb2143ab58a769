"""The project of the tests; worker and tests share the folder that the environment names."""

import os

FOLDER = os.environ["SKELETON_TESTS"]

SECRET_KEY = "worth nothing"
USE_TZ = True
INSTALLED_APPS = ["django.contrib.contenttypes", "restflow.caching"]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.filebased.FileBasedCache", "LOCATION": f"{FOLDER}/cache"}}
RESTFLOW_SETTINGS = {
    "CACHE_SETTINGS": {"DISPATCHER_SETTINGS": {"skeleton": {"FOLDER": f"{FOLDER}/spool"}}},
}
