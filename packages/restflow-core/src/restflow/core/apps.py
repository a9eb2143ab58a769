"""The Django app of restflow.core: listing it in `INSTALLED_APPS` imports the system checks at start-up."""

from django.apps import AppConfig


class RestflowCoreConfig(AppConfig):
    """Imports `restflow.core`, and with it the system checks, whatever else the project imports."""

    name = "restflow.core"
    label = "restflow_core"
    verbose_name = "restflow"
