"""The project's Celery app."""

from celery import Celery

from dispatch_celery_site.settings import AUTODISCOVER

app = Celery("dispatch_celery_site")
app.config_from_object("django.conf:settings", namespace="CELERY")
if AUTODISCOVER:
    app.autodiscover_tasks(AUTODISCOVER)
