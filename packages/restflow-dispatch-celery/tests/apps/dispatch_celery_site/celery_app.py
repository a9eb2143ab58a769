"""The project's Celery app."""

from celery import Celery

from testsite.dispatched.settings import GIVEN

app = Celery("dispatch_celery_site")
app.config_from_object("django.conf:settings", namespace="CELERY")
if autodiscover := GIVEN.get("autodiscover"):
    app.autodiscover_tasks(autodiscover)
