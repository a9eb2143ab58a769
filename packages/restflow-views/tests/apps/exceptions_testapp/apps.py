from django.apps import AppConfig


class ExceptionsTestAppConfig(AppConfig):
    name = "exceptions_testapp"
    default_auto_field = "django.db.models.BigAutoField"
