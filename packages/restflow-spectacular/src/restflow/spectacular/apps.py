"""The Django app: optional in `INSTALLED_APPS`, where it registers extensions and system checks at start-up."""

from django.apps import AppConfig


class SpectacularConfig(AppConfig):
    """Registers the extensions, so that drf-spectacular's own schema class knows restflow's parts too."""

    name = "restflow.spectacular"
    label = "restflow_spectacular"
    verbose_name = "restflow OpenAPI"

    def ready(self) -> None:
        """Registers the extensions and the system checks."""
        from restflow.spectacular import checks, extensions  # noqa: F401
