"""A project as the README tells to set it up; web process and worker are processes of their own, never the tests'."""

from dispatch_celery_site.celery_app import app as celery_app

__all__ = ["celery_app"]
