from django.apps import AppConfig


class TestToolsAppConfig(AppConfig):
    name = "test_testapp"
    default_auto_field = "django.db.models.BigAutoField"
