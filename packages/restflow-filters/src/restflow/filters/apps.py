"""The Django app: optional in `INSTALLED_APPS`, where it makes sure that the system check is registered."""

from django.apps import AppConfig


class FiltersConfig(AppConfig):
    """Imports the system check at start-up, and does nothing else."""

    name = "restflow.filters"
    label = "restflow_filters"
    verbose_name = "restflow filters"

    def ready(self) -> None:
        """Registers the system check."""
        from restflow.filters import checks  # noqa: F401
