"""The benchmark's application."""

from django.apps import AppConfig


class SiteConfig(AppConfig):
    """Products and categories."""

    name = "benchmarks.site"
    label = "benchmark_site"
    default_auto_field = "django.db.models.BigAutoField"
