from django.apps import AppConfig


class FiltersTestAppConfig(AppConfig):
    name = "filters_testapp"
