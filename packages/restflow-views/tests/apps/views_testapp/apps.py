from django.apps import AppConfig


class ViewsTestAppConfig(AppConfig):
    name = "views_testapp"
    default_auto_field = "django.db.models.BigAutoField"
