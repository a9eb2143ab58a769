from django.apps import AppConfig


class PaginationTestAppConfig(AppConfig):
    name = "pagination_testapp"
    default_auto_field = "django.db.models.BigAutoField"
