"""An API of many viewsets of Django REST Framework, and the OpenAPI document of it."""

from collections.abc import Callable
from time import process_time
from typing import Any


def sampler(schema_class: str, *, viewsets: int, errors: bool = False) -> Callable[[], dict[str, float]]:
    """Takes the processor's time and the size of a document over that many viewsets: eight columns, six operations."""
    import django
    from django.conf import settings

    settings.configure(
        INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "rest_framework", "drf_spectacular"],
        REST_FRAMEWORK={"DEFAULT_SCHEMA_CLASS": schema_class},
        **({} if errors else {"RESTFLOW_SETTINGS": {"SCHEMA": {"ERROR_STATUSES": ()}}}),
    )
    django.setup()
    patterns = _patterns(viewsets)
    from drf_spectacular.generators import SchemaGenerator
    from drf_spectacular.renderers import OpenApiJsonRenderer

    def sample() -> dict[str, float]:
        start = process_time()
        document = SchemaGenerator(patterns=patterns).get_schema(public=True)
        seconds = process_time() - start
        operations = sum(len(methods) for methods in document["paths"].values())
        assert operations == 6 * viewsets, operations
        return {"seconds": seconds, "bytes": float(len(OpenApiJsonRenderer().render(document)))}

    return sample


def _patterns(viewsets: int) -> list[Any]:
    from django.db import models
    from rest_framework.routers import SimpleRouter
    from rest_framework.serializers import ModelSerializer
    from rest_framework.viewsets import ModelViewSet

    router = SimpleRouter()
    for number in range(viewsets):
        meta = {"app_label": "documents"}
        columns: dict[str, Any] = {
            "name": models.CharField(max_length=50),
            "text": models.TextField(),
            "price": models.DecimalField(max_digits=8, decimal_places=2),
            "stock": models.IntegerField(),
            "active": models.BooleanField(default=True),
            "made": models.DateTimeField(),
            "day": models.DateField(),
        }
        model = type(
            f"Thing{number}", (models.Model,), {"__module__": __name__, "Meta": type("Meta", (), meta), **columns}
        )
        serializer = type(
            f"Thing{number}Serializer",
            (ModelSerializer,),
            {"Meta": type("Meta", (), {"model": model, "fields": ["id", *columns]})},
        )
        viewset = type(
            f"Thing{number}ViewSet",
            (ModelViewSet,),
            {"queryset": model.objects.all(), "serializer_class": serializer},  # type: ignore[attr-defined]
        )
        router.register(f"things{number}", viewset)
    return list(router.urls)
