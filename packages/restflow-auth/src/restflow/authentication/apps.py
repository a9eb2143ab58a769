"""The Django app: needed for the database store, the admin and the purge command."""

from django.apps import AppConfig


class AuthenticationConfig(AppConfig):
    """Restflow Authentication."""

    name = "restflow.authentication"
    label = "restflow_authentication"
    verbose_name = "Restflow Authentication"
    default_auto_field = "django.db.models.AutoField"
