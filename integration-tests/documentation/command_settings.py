"""The settings with which the commands tell their help."""

import django

_TASKS = "django.tasks" if django.VERSION >= (6,) else "django_tasks"

SECRET_KEY = "for the commands' help, worth nothing"
INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "rest_framework",
    "restflow.caching",
    "restflow.authentication",
]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
Q_CLUSTER = {"name": "reference", "orm": "default", "timeout": 60, "retry": 120}
RQ_QUEUES = {"default": {"URL": "redis://127.0.0.1:6379/0"}}
TASKS = {"default": {"BACKEND": f"{_TASKS}.backends.immediate.ImmediateBackend"}}
