"""The app that brings the translations of restflow's messages: `"restflow.exceptions"` in `INSTALLED_APPS`."""

from django.apps import AppConfig


class ExceptionsConfig(AppConfig):
    """Has no models; Django finds the catalogs of installed apps alone."""

    name = "restflow.exceptions"
    label = "restflow_exceptions"
    verbose_name = "restflow exceptions"
