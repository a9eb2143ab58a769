"""Shows the Celery application of a project whose cache rules run on workers: `celery -A demo.celery worker`."""

import os

import celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "demo.settings")

app = celery.Celery("demo", set_as_current=True)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["restflow.dispatch.celery"])
