from django.apps import AppConfig


class SpectacularTestappConfig(AppConfig):
    name = "spectacular_testapp"
    default_auto_field = "django.db.models.BigAutoField"
