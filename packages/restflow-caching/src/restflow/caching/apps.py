"""The Django app: autodiscovery, system checks and the management command."""

from django.apps import AppConfig


class CachingConfig(AppConfig):
    """Imports the modules with cached functions and registers the system checks at start-up."""

    name = "restflow.caching"
    label = "restflow_caching"
    verbose_name = "restflow caching"

    def ready(self) -> None:
        """Discovers cached functions, loads the dispatchers that they use, and registers the checks."""
        from restflow.caching import checks  # noqa: F401
        from restflow.caching.rules.register import CacheRegister

        CacheRegister.auto_discover()
        CacheRegister.load_dispatchers()
