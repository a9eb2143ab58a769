"""Shows nothing of restflow: the Django app that holds the world."""

from django.apps import AppConfig
from django.conf import settings


class WorldConfig(AppConfig):
    """The countries and cities of the world."""

    name = "demo.world"
    label = "world"
    verbose_name = "The world"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Gives each process of a project on Celery its application; without that setting Celery is not imported."""
        if getattr(settings, "DISPATCHER", "") == "celery":  # other projects that install the app have no such setting
            import demo.celery  # noqa: F401
