from django.apps import AppConfig


class SerializersTestAppConfig(AppConfig):
    name = "serializers_testapp"
    label = "serializers_testapp"
