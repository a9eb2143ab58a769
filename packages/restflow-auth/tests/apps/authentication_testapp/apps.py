from django.apps import AppConfig


class AuthenticationTestAppConfig(AppConfig):
    name = "authentication_testapp"
    default_auto_field = "django.db.models.BigAutoField"
