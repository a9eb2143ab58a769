"""Settings of the benchmark's site. The server is PostgreSQL, where the tests look for it, without a pool."""

import os

from testsite import services

SECRET_KEY = "the benchmark's own, worth nothing"
ROOT_URLCONF = "benchmarks.site.views"
ALLOWED_HOSTS = ["127.0.0.1"]
INSTALLED_APPS = ["benchmarks.site"]
MIDDLEWARE: list[str] = []
USE_TZ = True
DATABASE = "restflow_benchmark"
DATABASES = {
    "default": services.postgres_database()
    | {
        "NAME": os.environ.get("BENCHMARK_DATABASE", DATABASE),
        "CONN_MAX_AGE": 600,
        "OPTIONS": {"application_name": os.environ.get("BENCHMARK_APPLICATION", DATABASE)},
    }
}
LOGGING = {"version": 1, "disable_existing_loggers": True}
