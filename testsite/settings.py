"""Settings of the test project. Every package brings its test apps in `tests/apps`; those of installed ones are used.

`default` is SQLite; `postgres` is there where the server is (see services.py).
"""

import os
import sys
from importlib.util import find_spec
from pathlib import Path
from zlib import crc32

from testsite import services

ROOT = Path(__file__).resolve().parent.parent

sys.path += [str(apps) for apps in sorted(ROOT.glob("packages/*/tests/apps")) if str(apps) not in sys.path]

# packages/restflow-filters/tests/apps/filters_testapp is installed if `restflow.filters` is.
sys.path += [str(apps) for apps in (ROOT / "integration-tests" / "apps",) if str(apps) not in sys.path]

TEST_APPS = [
    app.parent.name
    for app in sorted(ROOT.glob("packages/*/tests/apps/*/apps.py"))
    if find_spec(f"restflow.{app.parent.name.removesuffix('_testapp')}") is not None
]

SECRET_KEY = "the test suite's own, worth nothing"
USE_TZ = True
TIME_ZONE = "UTC"
ROOT_URLCONF = "testsite.urls"
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    *(["rest_framework"] if find_spec("rest_framework") else []),
    *(["restflow.authentication"] if find_spec("restflow.authentication") else []),
    *TEST_APPS,
    "concept_shop",  # what docs/concepts.md takes for granted
]
MIDDLEWARE: list[str] = []
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES: dict[str, dict[str, object]] = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
if find_spec("psycopg") and services.available("postgres"):
    # one database an environment, so that the pairs of the matrix can run side by side; RESTFLOW_TEST_RUN tells apart
    # two runs in one environment
    name = f"test_restflow_{crc32((sys.prefix + os.environ.get('RESTFLOW_TEST_RUN', '')).encode()):08x}"
    DATABASES["postgres"] = services.postgres_database() | {"TEST": {"NAME": name}}
