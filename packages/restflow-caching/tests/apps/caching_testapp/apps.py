from django.apps import AppConfig


class CachingTestAppConfig(AppConfig):
    name = "caching_testapp"
