from django.apps import AppConfig


class ConceptShopConfig(AppConfig):
    """The models that the concept page's samples take for granted."""

    name = "concept_shop"
    default_auto_field = "django.db.models.BigAutoField"
